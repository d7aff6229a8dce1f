"""How much of a score is leakage? The same methods, trained and tested on a leaking and on a leakage-free split."""

from collections.abc import Collection

import numpy as np
import pandas as pd

from freqbench.config import CONTROLS, Config
from freqbench.config.methods import LANDMARKS
from freqbench.metrics.contracts import contract_of
from freqbench.statistics.bootstrap import cluster_bootstrap
from freqbench.statistics.holm import holm
from freqbench.statistics.paired import paired_comparison

FIELDS = ("all", "shared")
"""``all``: every field of view that both splits test; ``shared``: those that show pixels of a train field of view
of the leaking split."""

COLUMNS = (
    "leaking",
    "free",
    "metric",
    "method",
    "fields",
    "fovs",
    "mean_leaking",
    "mean_free",
    "input_gain",
    "owed",
    "ci_low",
    "ci_high",
    "p_value",
    "p_holm",
    "note",
)


def owed_to_leakage(leaking: pd.DataFrame, free: pd.DataFrame, shared: Collection[str], config: Config) -> pd.DataFrame:
    """Return what the scores of each method owe to leakage.

    A field of view that both splits test is the unit: its score is the mean over its patches, whose captures,
    seeds and splits are averaged. What a method gains from the leakage-free to the leaking split, less what the
    degraded image itself gains, is owed to leakage: the second takes out that the two splits may test other parts
    of a field of view (a mask), and is 0 where they test the same patches. A split that excludes train fields of
    view also trains on fewer; the difference cannot tell that from leakage.

    Args:
        leaking: tidy per-image metrics of the data set whose split leaks.
        free: the same of the data set whose split does not.
        shared: test fields of view of the leaking split that show pixels of a train field of view.
        config: the study: settings of the bootstrap.

    Returns:
        One row a metric, method and choice of fields, with the columns ``COLUMNS``. ``owed``, its 95 % interval
        (bootstrap over fields of view) and ``input_gain`` are positive where the leaking split looks better,
        whatever the direction of the metric; p-values of the paired t-test over fields of view are corrected
        (Holm) over all metrics and methods, for each choice of fields on its own. Empty if the splits test no
        field of view in common.
    """
    scores = [_by_field(metrics) for metrics in (leaking, free)]
    names = [str(metrics["dataset"].iloc[0]) for metrics in (leaking, free)]
    methods = [name for name in scores[0].columns if name in scores[1] and name not in LANDMARKS]
    rows = []
    for metric in scores[0].index.unique("metric").intersection(scores[1].index.unique("metric")):
        pair = [score.loc[metric] for score in scores]
        common = pair[0].index.intersection(pair[1].index)
        for fields, chosen in (("all", common), ("shared", common.intersection(pd.Index(sorted(shared))))):
            for method in methods if len(chosen) else ():
                row = _row(pair[0].loc[chosen], pair[1].loc[chosen], str(metric), method, config)
                rows.append({"leaking": names[0], "free": names[1], "fields": fields, **row})
    table = pd.DataFrame(rows, columns=[name for name in COLUMNS if name != "p_holm"])
    table["p_holm"] = np.nan
    for fields in FIELDS:
        # classical filters are landmarks, no hypotheses
        family = (table["fields"] == fields) & ~table["method"].isin(CONTROLS)
        table.loc[family, "p_holm"] = holm(table.loc[family, "p_value"].to_numpy())
    return table[list(COLUMNS)]


def _by_field(metrics: pd.DataFrame) -> pd.DataFrame:
    """Return mean values by metric and field of view (rows) and method (columns)."""
    finite = metrics.replace([np.inf, -np.inf], np.nan).dropna(subset="value")
    return finite.pivot_table(index=["metric", "fov"], columns="method", values="value", aggfunc="mean")


def _row(leaking: pd.DataFrame, free: pd.DataFrame, metric: str, method: str, config: Config) -> dict[str, object]:
    sign = 1 if contract_of(metric).better == "higher" else -1
    gain = sign * (leaking - free)
    has_input = "input" in leaking and "input" in free
    by_input = gain["input"] if has_input else pd.Series(0.0, index=gain.index)
    owed = (gain[method] - by_input).dropna()
    result = paired_comparison(owed, np.zeros(len(owed)))
    settings = config.comparison
    low, high = cluster_bootstrap(owed, owed.index, samples=settings.bootstrap, seed=settings.seed)
    missing = "" if has_input else "without the degraded image as a control"
    return {
        "metric": metric,
        "method": method,
        "fovs": len(owed),
        "mean_leaking": leaking[method].loc[owed.index].mean(),
        "mean_free": free[method].loc[owed.index].mean(),
        "input_gain": by_input.loc[owed.index].mean(),
        "owed": result.mean_difference,
        "ci_low": low,
        "ci_high": high,
        "p_value": result.p_value,
        "note": "; ".join(filter(None, (result.note, missing))),
    }
