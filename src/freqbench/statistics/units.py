"""The units of an analysis: patches or fields of view, each with one value of both methods."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from freqbench.statistics.scores import Array, Scores

Analysis = Literal["image", "fov"]


@dataclass(frozen=True)
class Pair:
    """The values of two methods where both have one.

    Attributes:
        method: (P, C), patches by runs, or by splits where there are several: the mean over the seeds of a split.
            0 where there is no pair.
        baseline: the same of the baseline.
        present: (P, C), whether there is a pair.
        field: field of view of each patch, from 0, (P,).
        splits: splits that the pairs are of.
        seeds: seeds that they are of.
        lost: patches in a run that one of the two was measured on, and of which there is no pair.
        found: all patches in a run that one of the two was measured on.
    """

    method: Array
    baseline: Array
    present: npt.NDArray[np.bool_]
    field: npt.NDArray[np.intp]
    splits: int
    seeds: int
    lost: int
    found: int


@dataclass(frozen=True)
class Units:
    """The units of one analysis.

    Attributes:
        method: values of the method, (N,).
        baseline: values of the baseline, (N,).
        sums: differences, summed by field of view and run or split with the weights, (F, C).
        weights: what each cell weighs in the mean difference, (F, C), summing to N.
    """

    method: Array
    baseline: Array
    sums: Array
    weights: Array


def pair_of(scores: Scores, method: str, baseline: str) -> Pair:
    """Return the values of two methods, paired by patch and by run.

    With several splits the seeds of a split are averaged: they share its train fields of view, so that they are to
    the split what captures are to their field of view.
    """
    a, b = scores.values[method], scores.values[baseline]
    present = ~(np.isnan(a) | np.isnan(b))
    found = int((scores.measured[method] | scores.measured[baseline]).sum())
    lost = found - int(present.sum())
    a, b = (np.where(present, values, 0.0) for values in (a, b))
    used = present.any(axis=0)
    seeds = len(np.unique(scores.seed[used]))
    splits = len(np.unique(scores.split[used]))
    if splits > 1:
        member = by_split(scores)
        count = present @ member
        a, b = (np.divide(values @ member, count, out=np.zeros_like(count), where=count > 0) for values in (a, b))
        present = count > 0
    return Pair(a, b, present, scores.field, splits, seeds, lost, found)


def by_split(scores: Scores) -> Array:
    """Return which runs a split has, (R, splits), 1 or 0."""
    return np.eye(int(scores.split.max()) + 1)[scores.split]


def units_of(pair: Pair, analysis: Analysis) -> Units:
    """Return the units of an analysis.

    ``image``: a patch, with its mean over the runs that test it. ``fov``: a field of view, with the mean over the runs
    that test it of the mean over its patches in each. The weights make the mean difference the mean over the units.
    """
    known, places = np.unique(pair.field[pair.present.any(axis=1)], return_inverse=True)
    rows = pair.present.any(axis=1)
    present = pair.present[rows].astype(np.float64)
    member = np.eye(len(known))[:, places]
    a, b = pair.method[rows], pair.baseline[rows]
    if analysis == "fov":
        count = member @ present
        a, b = (np.divide(member @ values, count, out=np.zeros_like(count), where=count > 0) for values in (a, b))
        present, member = (count > 0).astype(np.float64), np.eye(len(known))
    weights = present / present.sum(axis=1, keepdims=True)
    first, second = ((weights * values).sum(axis=1) for values in (a, b))
    return Units(first, second, member @ (weights * (a - b)), member @ weights)
