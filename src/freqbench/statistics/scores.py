"""The tidy per-image metrics as arrays, patches by runs: two methods are paired patch by patch and run by run."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from freqbench.config import CONTROLS
from freqbench.errors import FreqbenchError
from freqbench.metrics.contracts import CONTRACTS, check_names

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Scores:
    """The values of one metric.

    Attributes:
        values: by method, P patches by R runs, each a split and a seed; NaN where there is no finite value. A control,
            which depends on no seed, has those of its split in every run. Every method of the table is there.
        measured: by method, (P, R): whether a value stands in the file, finite or not.
        field: field of view of each patch, from 0 in the order of their names, (P,).
        split: split of each run, from 0, (R,).
        seed: seed of each run, from 0, (R,).
    """

    values: dict[str, Array]
    measured: dict[str, npt.NDArray[np.bool_]]
    field: npt.NDArray[np.intp]
    split: npt.NDArray[np.intp]
    seed: npt.NDArray[np.intp]

    @property
    def means(self) -> dict[str, float]:
        """Return the mean over patches of each method, of finite values, those of a patch averaged over its runs."""
        means = {}
        for method, values in self.values.items():
            by_patch = mean_of(values)
            finite = by_patch[~np.isnan(by_patch)]
            means[method] = float(finite.mean()) if len(finite) else float("nan")
        return means


def mean_of(values: Array) -> Array:
    """Return the mean of each row without its NaN; NaN for a row of nothing else."""
    present = ~np.isnan(values)
    count = present.sum(axis=1)
    total = np.where(present, values, 0.0).sum(axis=1)
    means: Array = np.divide(total, count, out=np.full(len(values), np.nan), where=count > 0)
    return means


def scores_by_metric(metrics: pd.DataFrame) -> dict[str, Scores]:
    """Return the values of each metric, in the order of the metrics' contracts.

    Args:
        metrics: tidy metrics of one data set. The runs are those of its trained methods.

    Raises:
        FreqbenchError: if a metric is unknown, or one patch has two values in one run.
    """
    check_names(metrics["metric"].unique(), CONTRACTS)
    control = metrics["method"].isin(CONTROLS).to_numpy()
    split, splits = _numbered(metrics["split"])
    seed, seeds = _numbered(metrics["seed"])
    patch, field = _patches(metrics)
    run = split * len(seeds) + seed
    runs = np.unique(run[~control])
    of_run, seed_of_run = np.divmod(runs, max(len(seeds), 1))
    # the values of a control stand for every run of its split
    column = np.where(control, split, np.searchsorted(runs, run))
    shapes = {False: (len(field), len(runs)), True: (len(field), len(splits))}
    value = metrics["value"].to_numpy(dtype=np.float64)
    found: dict[str, Scores] = {}
    rows: dict[Any, Any] = dict(metrics.groupby(["metric", "method"]).indices)
    present = {metric for metric, _ in rows}
    for metric in (name for name in CONTRACTS if name in present):
        values, measured = {}, {}
        # a method without any value of the metric is missing on every patch
        for method in metrics["method"].unique():
            chosen = rows.get((metric, method), [])
            is_control = method in CONTROLS
            table = np.full(shapes[is_control], np.nan)
            known = np.zeros(table.shape, dtype=bool)
            table[patch[chosen], column[chosen]] = np.where(np.isfinite(value[chosen]), value[chosen], np.nan)
            known[patch[chosen], column[chosen]] = True
            if known.sum() < len(chosen):
                raise FreqbenchError(f"{metric} of {method}: a patch has two values in one split and seed")
            values[method], measured[method] = (table[:, of_run], known[:, of_run]) if is_control else (table, known)
        found[metric] = Scores(values, measured, field, of_run, seed_of_run)
    return found


def _numbered(column: "pd.Series[int]") -> tuple[npt.NDArray[np.intp], npt.NDArray[np.int64]]:
    """Return the place of each value among the different ones, and those in order."""
    different, place = np.unique(column.to_numpy(), return_inverse=True)
    return place, different.astype(np.int64)


def _patches(metrics: pd.DataFrame) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return the number of the patch of each row, and the field of view of each patch, in the order of their names."""
    (fov, _), (name, names) = (pd.factorize(metrics[column], sort=True) for column in ("fov", "patch_id"))
    pairs, patch = np.unique(fov * len(names) + name, return_inverse=True)
    return patch, (pairs // max(len(names), 1)).astype(np.intp)
