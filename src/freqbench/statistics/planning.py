"""How large a study has to be to find the differences that this one observed."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from freqbench.config import Config
from freqbench.statistics.power import POWER, Spread, detectable, fields_needed, runs_needed
from freqbench.statistics.variance import Quantity, quantities
from freqbench.statistics.variance_components import RESIDUAL, Component

RUNS = (1, 3, 5, 10)
"""Trainings of each method for which the fields of view are counted."""
STATEMENTS = ("networks", "method")
"""What may be said to differ: these networks, or the methods whatever the training."""
LEVEL = 0.05
"""The usual level, beside the study's own."""

COLUMNS = (
    "dataset",
    "metric",
    "method",
    "reference",
    "level",
    "power",
    "statement",
    "sought",
    "runs",
    "fovs",
    "difference",
    "outcome",
    "note",
)


@dataclass(frozen=True)
class Observed:
    """What a study saw of one paired difference.

    Attributes:
        difference: mean over fields of view.
        field_sd: standard deviation of the means of the fields of view; NaN for one.
        fovs: test fields of view.
        runs: trainings of each method that test a field of view (harmonic mean); NaN without any.
        patches: patches a field of view (harmonic mean); NaN without any.
    """

    difference: float
    field_sd: float
    fovs: int
    runs: float
    patches: float

    @classmethod
    def of(cls, values: "pd.Series[float]") -> "Observed":
        """Return what differences by split, seed, fov and patch_id show, each patch averaged over its runs first."""
        by_field = values.groupby(level=["fov", "patch_id"]).mean().groupby(level="fov")
        index = values.index.to_frame(index=False)
        runs = index.drop_duplicates(["split", "seed", "fov"]).groupby("fov").size()
        means = by_field.mean()
        return cls(
            float(means.mean()),
            float(means.std()),
            len(means),
            float(len(runs) / (1 / runs).sum()) if len(runs) else float("nan"),
            float(len(means) / (1 / by_field.size()).sum()) if len(means) else float("nan"),
        )


def spread_of(components: dict[str, Component], observed: Observed, runs: float) -> Spread:
    """Return the variances that decide the power with a number of trainings, as far as the study knows them.

    A patch's variance is shared by all trainings and is averaged over the patches of a field of view alone; the
    residual over them and the trainings. The variance between trainings is that of splits and of seeds; of seeds
    alone where there is one split.

    Args:
        components: of the paired difference, as `freqbench.statistics.variance.components_of` returns.
        observed: patches a field of view.
        runs: trainings that are planned. Where each field of view has one training, its own variance holds that of
            the interaction: neither is known for another number of them.
    """
    nan = float("nan")
    run = [component.variance for component in (components["split"], components["seed"])]
    known = [variance for variance in run if np.isfinite(variance)]
    if components["field_run"].held_by == "field" and runs != 1:
        return Spread(nan, sum(known) if known else nan, nan)
    patches = observed.patches
    return Spread(
        _own(components["field"]) + _own(components["patch"]) / patches,
        sum(known) if known else nan,
        _own(components["field_run"]) + _own(components[RESIDUAL]) / patches,
    )


def _own(component: Component) -> float:
    """Return a variance, 0 where another component holds it."""
    return 0.0 if component.held_by else component.variance


def power_table(metrics: pd.DataFrame, config: Config, known: Iterable[Quantity] | None = None) -> pd.DataFrame:
    """Return how large a study would have to be to find each observed difference with a power of `POWER`.

    Of `STATEMENTS`, ``networks`` is tested by the paired t-test over fields of view; for ``method`` trainings are
    drawn at random, too. Where the study has several splits, a training has a split of its own; it is planned as if
    each were tested on all fields of view. Every number is for one test, without Holm's correction.

    Args:
        metrics: tidy per-image metrics of one data set.
        config: the study: its level.
        known: what `freqbench.statistics.variance.quantities` yields of them, where that is known already.

    Returns:
        One row a metric, method, level, statement and question, with the columns ``COLUMNS``. ``sought`` is the
        column that the row answers, ``fovs``, ``runs`` or ``difference``, from the others; infinite ``fovs`` are as
        many as one likes. ``outcome``: ``found``; ``not reachable``, the sought number is infinite; ``unknown``, it
        is empty, and ``note`` says why.
    """
    found = quantities(metrics, config, differences_only=True) if known is None else known
    differences = [quantity for quantity in found if quantity.reference]
    levels = sorted({config.comparison.significance, LEVEL})
    rows = [
        {
            "dataset": metrics["dataset"].iloc[0],
            "metric": quantity.metric,
            "method": quantity.method,
            "reference": quantity.reference,
            "level": level,
            "power": POWER,
            **answer,
        }
        for quantity in differences
        for level in levels
        for answer in _answers(quantity, level)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _answers(quantity: Quantity, level: float) -> Iterator[dict[str, object]]:
    observed = Observed.of(quantity.values)
    difference, components = observed.difference, quantity.components
    smallest = detectable(observed.field_sd, observed.fovs, level)
    note = "" if np.isfinite(smallest) else "one test field of view allows no test"
    given = {"statement": "networks", "sought": "difference", "runs": observed.runs, "fovs": observed.fovs}
    yield {**given, "difference": smallest, "outcome": _outcome(smallest), "note": note}
    for statement in STATEMENTS:
        for runs in RUNS:
            spread = spread_of(components, observed, runs)
            why = _unknown(difference, spread, statement)
            methods = statement == "method"
            needed = np.nan if why else fields_needed(difference, spread, runs, level, methods=methods)
            note = why or _scope(statement, components)
            given = {"statement": statement, "sought": "fovs", "runs": runs, "fovs": needed}
            yield {**given, "difference": difference, "outcome": _outcome(needed), "note": note}
    spread = spread_of(components, observed, observed.runs)
    why = _unknown(difference, spread, "method")
    for fovs in (observed.fovs, np.inf):
        needed = np.nan if why else runs_needed(difference, spread, fovs, level)
        given = {"statement": "method", "sought": "runs", "runs": needed, "fovs": fovs}
        note = why or _scope("method", components)
        yield {**given, "difference": difference, "outcome": _outcome(needed), "note": note}


def _unknown(difference: float, spread: Spread, statement: str) -> str:
    """Return why nothing can be planned, empty if it can."""
    if statement == "method" and np.isnan(spread.run):
        return "one training: how much they differ is not known"
    if np.isnan(spread.field + spread.interaction):
        return "how much fields of view, or trainings on one, differ is not known"
    if spread.field + spread.interaction <= 0:
        return "no variance between fields of view is found"
    return "no difference" if difference == 0 else ""


def _scope(statement: str, components: dict[str, Component]) -> str:
    one_split = not np.isfinite(components["split"].variance)
    return "for trainings on the split at hand" if statement == "method" and one_split else ""


def _outcome(value: float) -> str:
    return "unknown" if np.isnan(value) else "not reachable" if np.isinf(value) else "found"
