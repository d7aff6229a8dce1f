"""Compare the methods of a data set: on patches as the LFFL paper does, on fields of view, and as sets."""

from collections.abc import Iterator

import pandas as pd

from freqbench.config import Config
from freqbench.statistics.contrasts import contrasts
from freqbench.statistics.crossed import crossed_interval
from freqbench.statistics.families import with_families
from freqbench.statistics.paired import paired_comparison
from freqbench.statistics.scores import scores_by_metric
from freqbench.statistics.sets import set_rows
from freqbench.statistics.signed_rank import signed_rank
from freqbench.statistics.units import Analysis, Pair, pair_of, units_of

ANALYSES: tuple[Analysis, ...] = ("image", "fov")
"""``image``: every patch is a unit, as in the LFFL paper, though the captures of one field of view are not
independent; ``fov``: the mean of each field of view is a unit. Distances between sets have a third: ``set``."""

COLUMNS = (
    "dataset",
    "metric",
    "method",
    "baseline",
    "against",
    "analysis",
    "n",
    "fovs",
    "splits",
    "seeds",
    "mean_difference",
    "ci_low",
    "ci_high",
    "effect_size",
    "p_value",
    "p_holm",
    "wilcoxon_p",
    "wilcoxon_p_holm",
    "family_size",
    "better",
    "note",
)


def compare_methods(
    metrics: pd.DataFrame,
    config: Config,
    *,
    sets: pd.DataFrame | None = None,
    without: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return the tested differences of one data set.

    Two methods are paired patch by patch and run by run, a run being a split and a seed. Runs are averaged before a
    test: they are no further images. A patch is one unit, with its mean over the runs that test it, and so is a field
    of view. A split can move the patches of a field of view, where it masks another area: those of one number are
    averaged all the same.

    What is compared with what: `freqbench.statistics.contrasts`. Families and verdicts:
    `freqbench.statistics.families`. Distances between sets: `freqbench.statistics.sets`.

    Args:
        metrics: tidy per-image metrics of one data set.
        config: the study: baselines, reference, level, bootstrap.
        sets: set metrics of the data set; None for none.
        without: the same without each field of view in turn, in a column ``fov``; None for none.

    Returns:
        One row a metric, comparison and analysis, with the columns ``COLUMNS``. ``mean_difference``, of method minus
        baseline, is the mean over the units, and ``ci_low`` and ``ci_high`` are the 95 % interval of that mean:
        bootstrap over fields of view, with their captures, and over runs where there are several.
        ``effect_size`` is Cohen's d of paired differences: their mean in their standard deviations over the units.
        ``p_value`` is that of the paired t-test, ``wilcoxon_p`` that of the signed-rank test.

    Raises:
        FreqbenchError: if a metric is unknown, a patch has two values, or no baseline was measured.
    """
    rows = []
    for metric, scores in scores_by_metric(metrics).items():
        known: dict[tuple[str, str], list[dict[str, object]]] = {}
        for against, method, baseline in contrasts(metric, scores.means, config):
            # one pair of methods can be compared for more than one reason
            if (method, baseline) not in known:
                known[method, baseline] = list(_rows(pair_of(scores, method, baseline), config))
            names = {"metric": metric, "method": method, "baseline": baseline, "against": against}
            rows += [names | row for row in known[method, baseline]]
    if sets is not None and len(sets):
        rows += set_rows(sets, without, config)
    dataset = metrics["dataset"].iloc[0] if len(metrics) else ""
    # a study may have nothing to compare; its table is empty then, with the same columns
    table = pd.DataFrame(rows, columns=[name for name in COLUMNS if name != "dataset"]).assign(dataset=dataset)
    return with_families(table, config)[list(COLUMNS)]


def _rows(pair: Pair, config: Config) -> Iterator[dict[str, object]]:
    settings = config.comparison
    for analysis in ANALYSES:
        units = units_of(pair, analysis)
        t_test, ranks = paired_comparison(units.method, units.baseline), signed_rank(units.method, units.baseline)
        low, high = crossed_interval(units.sums, units.weights, samples=settings.bootstrap, seed=settings.seed)
        yield {
            "analysis": analysis,
            "n": t_test.n,
            "fovs": len(units.sums),
            "splits": pair.splits,
            "seeds": pair.seeds,
            "mean_difference": t_test.mean_difference,
            "ci_low": low,
            "ci_high": high,
            "effect_size": t_test.effect_size,
            "p_value": t_test.p_value,
            "wilcoxon_p": ranks.p_value,
            "note": _note(pair, len(units.sums), t_test.note, ranks.note),
        }


def _note(pair: Pair, fovs: int, t_test: str, ranks: str) -> str:
    """Say what is not possible, and why."""
    lost = f"{pair.lost} of {pair.found} values left out: not finite, or without one of the other method"
    parts = (
        *((t_test,) if t_test == ranks else (t_test and f"t-test: {t_test}", ranks and f"Wilcoxon: {ranks}")),
        "one field of view: no interval" if fovs == 1 else "",
        lost if pair.lost else "",
    )
    return "; ".join(filter(None, parts))
