"""Test every method of a data set against the best baseline, on images and on fields of view."""

from collections.abc import Hashable, Iterator, Mapping
from typing import Literal

import numpy as np
import pandas as pd

from freqbench.config import Config
from freqbench.metrics.contracts import contract_of
from freqbench.statistics.bootstrap import cluster_bootstrap
from freqbench.statistics.holm import holm
from freqbench.statistics.paired import paired_comparison

ANALYSES = ("image", "fov")
"""``image``: every patch is a unit, as in the LFFL paper, though the captures of one field of view are not
independent; ``fov``: the mean of each field of view is a unit."""

COLUMNS = (
    "dataset",
    "metric",
    "method",
    "baseline",
    "analysis",
    "n",
    "mean_difference",
    "ci_low",
    "ci_high",
    "effect_size",
    "p_value",
    "p_holm",
    "better",
    "note",
)


def compare_methods(metrics: pd.DataFrame, config: Config) -> pd.DataFrame:
    """Return the tested differences of one data set.

    Splits and seeds are averaged per patch first: neither is a further image. A pair is thus the mean of a patch
    over all seeds and over the splits that test it, the same ones for both methods, as every method is trained and
    tested on every split; and a field of view has one mean, however many splits test it. A split can move the
    patches of a field of view, where it masks another area: those of one number are averaged all the same.

    For each metric the baseline is the one with the best mean among ``comparison.baselines``. p-values are
    corrected (Holm) within each analysis over all metrics and methods of the data set. ``better`` follows the
    metric's direction: ``method`` or ``baseline`` where the corrected p-value is below the level, otherwise
    ``undecided``; empty for a control.

    Args:
        metrics: tidy per-image metrics of one data set.
        config: the study: baselines, level, bootstrap.

    Returns:
        One row a metric, method and analysis, with the columns ``COLUMNS``.
    """
    settings = config.comparison
    trained = [method.name for method in config.methods]
    baselines = [name for name in settings.baselines if name in trained]
    rows = []
    for metric in metrics["metric"].unique():
        wide = unit_values(metrics, str(metric))
        baseline = best_method(wide, baselines, str(metric))
        for method in [name for name in (*config.controls, *trained) if name != baseline and name in wide]:
            for row in _rows(wide, str(metric), method, baseline, config):
                rows.append({"dataset": metrics["dataset"].iloc[0], **row})
    # a study may have nothing to compare; its table is empty then, with the same columns
    table = pd.DataFrame(rows, columns=[name for name in COLUMNS if name not in ("p_holm", "better")])
    table["p_holm"] = np.nan
    # the controls are landmarks, no hypotheses: they stay outside the family and have no verdict
    family = table["method"].isin(trained)
    for analysis in ANALYSES:
        chosen = family & (table["analysis"] == analysis)
        table.loc[chosen, "p_holm"] = holm(table.loc[chosen, "p_value"].to_numpy())
    verdicts = [_verdict(row, settings.significance) for row in table.to_dict("records")]
    table["better"] = np.where(family, verdicts, "")
    return table[list(COLUMNS)]


def unit_values(metrics: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Return values by patch (rows) and method (columns), averaged over splits and seeds.

    A patch that several splits test stands there once: its identity repeats between splits. The index holds field of
    view and patch.
    """
    chosen = metrics[metrics["metric"] == metric]
    return chosen.pivot_table(index=["fov", "patch_id"], columns="method", values="value", aggfunc="mean")


def best_method(wide: pd.DataFrame, names: list[str], metric: str) -> str:
    """Return the method with the best mean in the direction of the metric."""
    means = wide[[name for name in names if name in wide]].mean()
    return str(means.idxmax() if contract_of(metric).better == "higher" else means.idxmin())


def _rows(wide: pd.DataFrame, metric: str, method: str, baseline: str, config: Config) -> Iterator[dict[str, object]]:
    pair = wide[[method, baseline]].replace([np.inf, -np.inf], np.nan)
    lost = int(pair.isna().any(axis=1).sum())
    pair = pair.dropna()
    by_fov = pair.groupby(level="fov").mean()
    settings = config.comparison
    fovs = pair.index.get_level_values("fov")
    low, high = cluster_bootstrap(pair[method] - pair[baseline], fovs, samples=settings.bootstrap, seed=settings.seed)
    for analysis, units in (("image", pair), ("fov", by_fov)):
        result = paired_comparison(units[method], units[baseline])
        left_out = f"{lost} patches without a finite value left out" if lost else ""
        yield {
            "metric": metric,
            "method": method,
            "baseline": baseline,
            "analysis": analysis,
            "n": result.n,
            "mean_difference": result.mean_difference,
            "ci_low": low,
            "ci_high": high,
            "effect_size": result.effect_size,
            "p_value": result.p_value,
            "note": "; ".join(filter(None, (result.note, left_out))),
        }


def _verdict(row: Mapping[Hashable, object], significance: float) -> Literal["method", "baseline", "undecided"]:
    """Say which of the two is better; where no test is possible nothing is decided."""
    p_value, difference = float(str(row["p_holm"])), float(str(row["mean_difference"]))
    if np.isnan(p_value) or p_value >= significance or difference == 0:
        return "undecided"
    gain = difference if contract_of(str(row["metric"])).better == "higher" else -difference
    return "method" if gain > 0 else "baseline"
