"""Where the scores of a study, and the differences between its methods, vary: variance components of a data set."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from freqbench.config import Config
from freqbench.config.names import beside, generator_part
from freqbench.statistics.variance_components import RESIDUAL, Component, Design

EFFECTS = {
    "field": ["fov"],
    "split": ["split"],
    "seed": ["split", "seed"],
    "patch": ["fov", "patch_id"],
    "field_run": ["fov", "split", "seed"],
}
"""The random effects beside the residual, by the columns that tell their levels apart, those that stay where two cannot
be told apart first. A training, or run, is a split and a seed: ``seed`` is nested in ``split``. Runs are crossed with
fields of view and with their patches, the captures among them. The residual is of a run on a patch."""

COLUMNS = (
    "dataset",
    "metric",
    "method",
    "reference",
    "component",
    "levels",
    "variance",
    "sd",
    "share",
    "estimate",
    "note",
)


@dataclass(frozen=True)
class Quantity:
    """What varies: the score of a method, or its paired difference to the reference.

    Attributes:
        metric: the metric.
        method: the trained method.
        reference: the method that is subtracted; empty for the method's own score.
        values: one a patch and run, with an index of split, seed, fov and patch_id; finite.
        lost: how many were left out because they are not finite.
        components: their variance components.
    """

    metric: str
    method: str
    reference: str
    values: "pd.Series[float]"
    lost: int
    components: dict[str, Component]


def quantities(metrics: pd.DataFrame, config: Config, *, differences_only: bool = False) -> Iterator[Quantity]:
    """Yield what varies in one data set, for each metric: scores of all trained methods, then differences.

    Args:
        metrics: tidy per-image metrics of the data set.
        config: the study.
        differences_only: leave the scores out.
    """
    trained = [method.name for method in config.methods_of(str(metrics["dataset"].iloc[0]))]
    designs = Designs()
    for metric, chosen in metrics[metrics["method"].isin(trained)].groupby("metric", sort=False):
        wide = chosen.pivot(index=["split", "seed", "fov", "patch_id"], columns="method", values="value")
        wide = wide.replace([np.inf, -np.inf], np.nan)
        for name in () if differences_only else trained:
            yield _quantity(str(metric), name, "", wide[name], designs)
        for name in trained:
            reference = reference_of(trained, name)
            if name != reference:
                yield _quantity(str(metric), name, reference, wide[name] - wide[reference], designs)


def reference_of(trained: list[str], method: str) -> str:
    """Return the method that another is compared with: ``spatial``, else the first, of the same generator."""
    same = [name for name in trained if generator_part(name) == generator_part(method)]
    spatial = beside("spatial", method)
    return spatial if spatial in same else same[0]


class Designs:
    """The design of the values last seen: all methods and metrics of a study are mostly tested on the same patches."""

    def __init__(self) -> None:
        """Start without any."""
        self._index: pd.MultiIndex | None = None
        self._design: Design | None = None

    def of(self, index: pd.MultiIndex) -> Design:
        """Return the design of values with this index, of split, seed, fov and patch_id."""
        if self._design is None or self._index is None or not self._index.equals(index):
            self._index = index
            self._design = Design({name: _labels(index, columns) for name, columns in EFFECTS.items()})
        return self._design


def _quantity(metric: str, method: str, reference: str, values: "pd.Series[float]", designs: Designs) -> Quantity:
    finite = values.dropna()
    components = components_of(finite, designs)
    return Quantity(metric, method, reference, finite, len(values) - len(finite), components)


def components_of(values: "pd.Series[float]", designs: Designs | None = None) -> dict[str, Component]:
    """Return the variance components of values by split, seed, fov and patch_id."""
    assert isinstance(values.index, pd.MultiIndex)
    return (designs or Designs()).of(values.index).components(values.to_numpy())


def _labels(index: pd.MultiIndex, columns: list[str]) -> npt.NDArray[np.int64]:
    """Return a number for each row, the same where the columns are."""
    labels = np.zeros(len(index), dtype=np.int64)
    for column in columns:
        place = index.names.index(column)
        labels = labels * len(index.levels[place]) + index.codes[place]
    return labels


def variance_table(metrics: pd.DataFrame, config: Config, known: Iterable[Quantity] | None = None) -> pd.DataFrame:
    """Return the variance components of one data set, of each method's score and of its difference to the reference.

    Args:
        metrics: tidy per-image metrics of the data set.
        config: the study.
        known: what `quantities` yields of them, where that is known already.

    Returns:
        One row a metric, method, reference (empty for the score itself) and component, with the columns ``COLUMNS``:
        ``variance`` in the squared unit of the metric and ``sd`` in its unit, 0 where the estimate is below it and
        empty where there is none, as ``note`` says; ``share`` of the sum of all variances.
    """
    rows = []
    for quantity in quantities(metrics, config) if known is None else known:
        components = quantity.components
        total = np.nansum([component.variance for component in components.values()])
        for name, component in components.items():
            holds = [other for other, found in components.items() if found.held_by == name]
            notes = [component.note, f"holds {', '.join(holds)} too" if holds else ""]
            rows.append(
                {
                    "dataset": metrics["dataset"].iloc[0],
                    "metric": quantity.metric,
                    "method": quantity.method,
                    "reference": quantity.reference,
                    "component": name,
                    "levels": component.levels,
                    "variance": component.variance,
                    "sd": np.sqrt(component.variance),
                    "share": component.variance / total if total > 0 else np.nan,
                    "estimate": component.estimate,
                    "note": "; ".join(filter(None, [*notes, _lost(quantity.lost)])),
                }
            )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _lost(count: int) -> str:
    return f"{count} values that are not finite left out" if count else ""


COMPONENTS = (*EFFECTS, RESIDUAL)
"""All components, in the order of the table."""
