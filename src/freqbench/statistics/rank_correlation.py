"""Pearson's and Spearman's correlation, with intervals that resample whole groups of pairs."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]

LEVEL = 0.95
"""Coverage aimed at."""
AT_ONCE = 4_000_000
"""Weights of pairs held in memory at a time."""


@dataclass(frozen=True)
class Correlation:
    """A correlation with its interval; NaN where there is none.

    Attributes:
        value: in [-1, 1].
        low: lower end.
        high: upper end.
    """

    value: float
    low: float
    high: float


def correlations(
    first: npt.ArrayLike, second: npt.ArrayLike, groups: npt.ArrayLike, *, samples: int, seed: int
) -> tuple[Correlation, Correlation]:
    """Return Pearson's and Spearman's correlation of pairs of values.

    The intervals are percentiles over samples of as many groups as there are, drawn with replacement. Pairs of one
    group, such as distorted images of one reference, are not independent; resampling single pairs would make the
    intervals too narrow.

    Args:
        first: finite values, (N,).
        second: finite values, (N,).
        groups: group of each pair, (N,).
        samples: of the bootstrap.
        seed: of the bootstrap.

    Returns:
        Pearson's and Spearman's; NaN where all values are alike, and without interval with fewer than two groups.

    Raises:
        ValueError: if the lengths differ or a value is not finite.
    """
    x, y = (np.asarray(each, dtype=np.float64) for each in (first, second))
    names, group = np.unique(np.asarray(groups), return_inverse=True)
    if not (x.shape == y.shape == group.shape and x.ndim == 1 and len(x)):
        raise ValueError("every value needs its partner and its group")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ValueError("values must be finite")
    once = np.ones((1, len(x)))
    found = [weighted_pearson(x, y, once), weighted_spearman(x, y, once)]
    drawn: list[list[Values]] = [[], []]
    if len(names) > 1:
        draws = np.random.default_rng(seed).integers(len(names), size=(samples, len(names)))
        for some in np.array_split(draws, max(1, samples * len(x) // AT_ONCE)):
            counts = np.stack([np.bincount(draw, minlength=len(names)) for draw in some]).astype(np.float64)
            weights = counts[:, group]
            drawn[0].append(weighted_pearson(x, y, weights))
            drawn[1].append(weighted_spearman(x, y, weights))
    pearson, spearman = (_with_interval(float(one[0]), many) for one, many in zip(found, drawn, strict=True))
    return pearson, spearman


def weighted_pearson(x: Values, y: Values, weights: Values) -> Values:
    """Return Pearson's correlation for each set of weights.

    Args:
        x: values (N,), or (B, N) with different ones for each set.
        y: the same for their partners.
        weights: (B, N), none below zero.

    Returns:
        (B,), NaN where the weighted values of one side are all alike.
    """
    total = weights.sum(axis=1, keepdims=True)
    centred = [each - (weights * each).sum(axis=1, keepdims=True) / total for each in (x, y)]
    squares = [(weights * each**2).sum(axis=1) for each in centred]
    # what is left of equal values is the rounding of their mean
    spreads = [
        np.where(square > total[:, 0] * (1e-12 * np.abs(each).max()) ** 2, square, np.nan)
        for square, each in zip(squares, (x, y), strict=True)
    ]
    found: Values = (weights * centred[0] * centred[1]).sum(axis=1) / np.sqrt(spreads[0] * spreads[1])
    return np.clip(found, -1.0, 1.0)


def weighted_spearman(x: Values, y: Values, weights: Values) -> Values:
    """Return Spearman's correlation for each set of weights: Pearson's of the ranks, equal values sharing theirs.

    A weight counts how often a pair is there.

    Args:
        x: values (N,).
        y: their partners (N,).
        weights: (B, N), none below zero.

    Returns:
        (B,), NaN where the weighted values of one side are all alike.
    """
    return weighted_pearson(_ranks(x, weights), _ranks(y, weights), weights)


def _ranks(values: Values, weights: Values) -> Values:
    """Return the mean rank of each value among all, each as often as its weight says, (B, N)."""
    _, place = np.unique(values, return_inverse=True)
    order = np.argsort(place, kind="stable")
    starts = np.flatnonzero(np.diff(place[order], prepend=-1))
    shares = np.add.reduceat(weights[:, order], starts, axis=1)
    # of m equal values the last has the rank of all up to it, and their mean lies (m - 1) / 2 below
    ranks: Values = np.cumsum(shares, axis=1) - (shares - 1) / 2
    return ranks[:, place]


def _with_interval(value: float, drawn: list[Values]) -> Correlation:
    samples = np.concatenate(drawn) if drawn else np.empty(0)
    samples = samples[np.isfinite(samples)]
    if not len(samples) or not np.isfinite(value):
        return Correlation(value, float("nan"), float("nan"))
    low, high = np.quantile(samples, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Correlation(value, float(low), float(high))
