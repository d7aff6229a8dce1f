"""Bootstrap over fields of view: captures of one field are no independent images."""

import numpy as np
import numpy.typing as npt

from freqbench.statistics.crossed import crossed_interval


def cluster_bootstrap(
    differences: npt.ArrayLike,
    clusters: npt.ArrayLike,
    *,
    runs: npt.ArrayLike | None = None,
    samples: int,
    seed: int,
    level: float = 0.95,
) -> tuple[float, float]:
    """Return an interval for the mean difference, resampling whole clusters and, where there are any, whole runs.

    The mean is taken over clusters: of each the mean over the runs that have it, of each of those the mean over its
    values. A field of view with many captures, or in the test fields of many runs, weighs no more. How clusters and
    runs are drawn, and why the interval is wider than plain percentiles: `freqbench.statistics.crossed`.

    Args:
        differences: paired differences, (N,), finite.
        clusters: field of view of each difference, (N,).
        runs: training of each difference, (N,), crossed with the fields of view; None for one. The interval then
            covers these trainings alone.
        samples: bootstrap samples.
        seed: seed of the resampling.
        level: coverage aimed at.

    Returns:
        Lower and upper end; both NaN with fewer than two clusters, where no interval exists.

    Raises:
        ValueError: if the lengths differ or a difference is not finite.
    """
    values = np.asarray(differences, dtype=np.float64)
    names = np.asarray(clusters), np.zeros(len(values)) if runs is None else np.asarray(runs)
    if any(labels.shape != values.shape or values.ndim != 1 for labels in names):
        raise ValueError("every difference needs its cluster and its run")
    if not np.isfinite(values).all():
        raise ValueError("differences must be finite")
    if len(values) == 0:
        return float("nan"), float("nan")
    found, places = zip(*(np.unique(labels, return_inverse=True) for labels in names), strict=True)
    shape = (len(found[0]), len(found[1]))
    cell = np.ravel_multi_index(places, shape)
    counts, sums = (np.bincount(cell, weights=each, minlength=shape[0] * shape[1]) for each in (None, values))
    means = np.divide(sums, counts, out=np.zeros_like(sums), where=counts > 0).reshape(shape)
    present = counts.reshape(shape) > 0
    weights = present / present.sum(axis=1, keepdims=True)
    return crossed_interval(weights * means, weights, samples=samples, seed=seed, level=level)


def influence_bootstrap(
    value: float, without: npt.ArrayLike, *, samples: int, seed: int, level: float = 0.95
) -> tuple[float, float]:
    """Return an interval for a statistic of a whole set, resampling the influences of its clusters.

    To repeat clusters themselves misleads where a statistic looks at pairs: a distance between sets takes a
    repeated image for a close match, its bootstrap samples lie off the value, and their percentiles miss what
    they aim at. So each cluster is left out once, its influence is (G - 1) times the mean of these statistics
    less its own (Efron and Stein 1981), and the interval is that of a mean of G influences, around the value.

    Args:
        value: the statistic of all G clusters.
        without: the statistic without each of them, (G,).
        samples: bootstrap samples.
        seed: seed of the resampling.
        level: coverage aimed at: of the statistic's expectation for as many clusters, whose bias it shares.

    Returns:
        Lower and upper end; both NaN with fewer than two clusters, where no interval exists.

    References:
        B. Efron and C. Stein, "The jackknife estimate of variance", Annals of Statistics 9, 1981.
    """
    left_out = np.asarray(without, dtype=np.float64)
    if len(left_out) < 2:
        return float("nan"), float("nan")
    low, high = cluster_bootstrap(
        pseudo_values(value, left_out), np.arange(len(left_out)), samples=samples, seed=seed, level=level
    )
    return low, high


def pseudo_values(value: float, without: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the statistic plus the influence of each cluster, (G,): their mean is the statistic."""
    influences: npt.NDArray[np.float64] = (len(without) - 1) * (without.mean() - without)
    return value + influences
