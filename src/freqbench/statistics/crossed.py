"""Intervals for the mean of a table of fields of view by runs, where neither is a fixed choice."""

from functools import lru_cache

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def crossed_interval(
    sums: Array, weights: Array, *, samples: int, seed: int, level: float = 0.95
) -> tuple[float, float]:
    """Return a bootstrap interval for a weighted mean over fields of view and runs.

    One trained network restores all fields of view, so runs are crossed with fields and not nested in them. Both
    are drawn with replacement, on their own, and a cell counts as often as its field times as often as its run: the
    pigeonhole bootstrap (Owen 2007). A cell that does not exist weighs nothing. With one run only the fields are
    drawn. The variance that this takes is right for what fields share and for what runs share, and too large for
    what only one cell has, which counts three times: the interval is on the safe side (Owen and Eckles 2012).

    The percentiles of few fields are too near the mean: the variance of a bootstrap mean of n values is (n - 1) / n
    of the unbiased one, and it is taken for known. So their distances from the mean are stretched by the ratio of
    Student's quantile to the normal one and by the root of the unbiased variance over the bootstrap's. Hesterberg
    (2015) moves to percentiles further out by that same ratio instead; of five fields or fewer these end at the
    outermost bootstrap samples, which lie too far in. With several runs the degrees of freedom are those of
    Satterthwaite (1946) for the sum of the variances of fields and of runs.

    Args:
        sums: weighted sums of the cells, (F, R).
        weights: sums of their weights, (F, R), not negative; 0 where there is no cell. A field or a run without any
            cell does not count.
        samples: bootstrap samples.
        seed: seed of the resampling: the same draws for tables of the same shape.
        level: coverage aimed at.

    Returns:
        Lower and upper end around ``sums.sum() / weights.sum()``; both NaN with fewer than two fields of view, where
        no interval exists.

    References:
        A. B. Owen, "The pigeonhole bootstrap", Annals of Applied Statistics 1, 2007. DOI 10.1214/07-AOAS122
        A. B. Owen and D. Eckles, "Bootstrapping data arrays of arbitrary order", Annals of Applied Statistics 6,
        2012. DOI 10.1214/12-AOAS547
        T. Hesterberg, "What teachers should know about the bootstrap", The American Statistician 69, 2015.
        DOI 10.1080/00031305.2015.1089789
        F. E. Satterthwaite, "An approximate distribution of estimates of variance components", Biometrics Bulletin
        2, 1946. DOI 10.2307/3002019
    """
    known = np.ix_(weights.any(axis=1), weights.any(axis=0))
    sums, weights = sums[known], weights[known]
    if len(sums) < 2:
        return float("nan"), float("nan")
    total = weights.sum()
    value = sums.sum() / total
    fields, runs = (_times_drawn(count, samples, seed, axis) for axis, count in enumerate(sums.shape))
    weight = ((fields @ weights) * runs).sum(axis=1)
    # fields and runs that were drawn may have no cell in common
    drawn = ((fields @ sums) * runs).sum(axis=1)[weight > 0] / weight[weight > 0]
    tail = 100.0 * (1.0 - level) / 2.0
    ends = np.percentile(drawn, (tail, 100.0 - tail))
    stretch = _stretch((sums - value * weights) / total, level)
    low, high = value + stretch * (ends - value)
    return float(low), float(high)


@lru_cache(maxsize=8)
def _times_drawn(count: int, samples: int, seed: int, axis: int) -> Array:
    """Return how often each of ``count`` is drawn in each sample, (samples, count); fields are axis 0, runs axis 1."""
    drawn = np.random.default_rng((seed, axis)).multinomial(count, np.full(count, 1 / count), size=samples)
    times = drawn.astype(np.float64)
    times.flags.writeable = False
    return times


def _stretch(influences: Array, level: float) -> float:
    """Return by how much percentiles of few fields and runs are too near the mean.

    Args:
        influences: what each cell adds to the mean beyond its share of it, (F, R), summing to 0.
        level: coverage aimed at.
    """
    from scipy import special

    bootstrap = unbiased = squares = 0.0
    for axis, count in ((1, influences.shape[0]), (0, influences.shape[1])):
        if count < 2:
            continue
        variance = float((influences.sum(axis=axis) ** 2).sum())
        bootstrap += variance
        variance *= count / (count - 1)
        unbiased += variance
        squares += variance**2 / (count - 1)
    if squares == 0:  # no spread at all, or too little to be squared
        return 1.0
    quantile = special.stdtrit(unbiased**2 / squares, 0.5 + level / 2)
    return float(quantile / special.ndtri(0.5 + level / 2) * np.sqrt(unbiased / bootstrap))
