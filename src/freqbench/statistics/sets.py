"""Compare methods by distances between sets, such as the FID, which have one value for a whole run."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from freqbench.config import Config
from freqbench.statistics.bootstrap import pseudo_values
from freqbench.statistics.contrasts import contrasts
from freqbench.statistics.crossed import crossed_interval
from freqbench.statistics.paired import paired_comparison
from freqbench.statistics.scores import Array, Scores, mean_of, scores_by_metric
from freqbench.statistics.units import by_split

IDENTITY = ["dataset", "method", "split", "seed", "metric", "fov", "value"]


def set_rows(sets: pd.DataFrame, without: pd.DataFrame | None, config: Config) -> Iterator[dict[str, object]]:
    """Yield the differences of set metrics, as rows of `freqbench.statistics.compare.compare_methods`.

    A distance between sets has no value of one image. What stands for it is the pseudo-value of a field of view, the
    difference of the two methods plus the influence of that field (Tukey 1958; see
    `freqbench.statistics.bootstrap.influence_bootstrap`). The interval is that of their mean, with fields of view
    and, where there are several, runs resampled. ``p_value`` is that of their t-test: bootstrap samples cannot tell
    how far out a corrected level lies, of which 2000 samples hold nothing. ``n`` counts fields of view.

    Args:
        sets: set metrics of one data set, of all runs.
        without: the same without each field of view in turn, which the column ``fov`` names; None for none. A run of
            which they are missing leaves the comparison without interval and test.
        config: the study.

    References:
        J. W. Tukey, "Bias and confidence in not-quite large samples", Annals of Mathematical Statistics 29, 1958.
        DOI 10.1214/aoms/1177706647
    """
    # the whole set stands first, as a field of view without a name
    parts = [sets.assign(fov=""), *([] if without is None else [without])]
    table = pd.concat([part[IDENTITY] for part in parts if len(part)], ignore_index=True)
    for metric, scores in scores_by_metric(table.assign(patch_id="")).items():
        means = {method: float(mean_of(values[:1])[0]) for method, values in scores.values.items()}
        for contrast in contrasts(metric, means, config):
            row = _row(scores, contrast.method, contrast.baseline, config)
            yield {"metric": metric, **contrast._asdict(), "analysis": "set", **row}


def _row(scores: Scores, method: str, baseline: str, config: Config) -> dict[str, object]:
    difference = scores.values[method] - scores.values[baseline]
    runs = np.flatnonzero(~np.isnan(difference[0]))
    row: dict[str, object] = {
        "n": 0,
        "fovs": 0,
        "splits": len(np.unique(scores.split[runs])),
        "seeds": len(np.unique(scores.seed[runs])),
        "mean_difference": difference[0, runs].mean() if len(runs) else np.nan,
        **dict.fromkeys(("ci_low", "ci_high", "effect_size", "p_value", "wilcoxon_p"), np.nan),
    }
    if not len(runs):
        return row | {"note": "no pairs"}
    whole, without = difference[0, runs], difference[1:, runs]
    tested = (scores.measured[method] | scores.measured[baseline])[1:, runs]
    fields = tested.any(axis=1)
    without, tested = without[fields], tested[fields]
    if not tested.any(axis=0).all() or np.isnan(without[tested]).any():
        return row | {"note": "values without each field of view are missing: no interval and no test"}
    row |= {"n": len(without), "fovs": len(without)}
    if tested.sum(axis=0).min() < 2:
        return row | {"note": "a run with one field of view: no interval and no test"}
    values, weights = _pseudo_values(whole, without, tested)
    group = by_split(scores)[runs] if len(np.unique(scores.split[runs])) > 1 else np.eye(len(runs))
    settings = config.comparison
    low, high = crossed_interval(
        (weights * values) @ group, weights @ group, samples=settings.bootstrap, seed=settings.seed
    )
    # of one field of view: its influence on the mean over all runs, which not all of them may test
    by_field = whole.mean() + len(without) * (weights * (values - whole)).sum(axis=1) / len(runs)
    result = paired_comparison(by_field, np.zeros_like(by_field))
    return row | {"ci_low": low, "ci_high": high, "p_value": result.p_value, "note": result.note}


def _pseudo_values(whole: Array, without: Array, tested: npt.NDArray[np.bool_]) -> tuple[Array, Array]:
    """Return the pseudo-value of each field of view in each run, and its weight, with which each run weighs 1, (F, R).

    Args:
        whole: difference of the whole sets, (R,).
        without: difference without each field of view, (F, R).
        tested: whether a run tests a field of view, (F, R).
    """
    values, weights = np.zeros_like(without), tested / tested.sum(axis=0)
    for run, rows in enumerate(tested.T):
        values[rows, run] = pseudo_values(whole[run], without[rows, run])
    return values, weights
