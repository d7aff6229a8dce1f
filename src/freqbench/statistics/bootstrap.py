"""Bootstrap over fields of view: captures of one field are no independent images."""

import numpy as np
import numpy.typing as npt


def cluster_bootstrap(
    differences: npt.ArrayLike, clusters: npt.ArrayLike, *, samples: int, seed: int, level: float = 0.95
) -> tuple[float, float]:
    """Return a percentile interval for the mean difference, resampling whole clusters.

    The mean is taken over cluster means, so that a field of view with many captures weighs no more.

    Args:
        differences: paired differences, (N,).
        clusters: field of view of each difference, (N,).
        samples: bootstrap samples.
        seed: seed of the resampling.
        level: coverage aimed at.

    Returns:
        Lower and upper end; both NaN with fewer than two clusters, where no interval exists.
    """
    values = np.asarray(differences, dtype=np.float64)
    _, member = np.unique(np.asarray(clusters), return_inverse=True)
    counts = np.bincount(member)
    if len(counts) < 2:
        return float("nan"), float("nan")
    means = np.bincount(member, weights=values) / counts
    drawn = np.random.default_rng(seed).integers(len(means), size=(samples, len(means)))
    tail = 100.0 * (1.0 - level) / 2.0
    low, high = np.percentile(means[drawn].mean(axis=1), (tail, 100.0 - tail))
    return float(low), float(high)


def cluster_counts(clusters: int, *, samples: int, seed: int) -> npt.NDArray[np.int64]:
    """Return how often each cluster is in each bootstrap sample of as many clusters, (samples, clusters).

    Args:
        clusters: number of clusters.
        samples: bootstrap samples.
        seed: seed of the resampling.
    """
    rng = np.random.default_rng(seed)
    return rng.multinomial(clusters, np.full(clusters, 1.0 / clusters), size=samples)


def interval_of_spread(
    value: float, replicates: npt.ArrayLike, clusters: int, *, level: float = 0.95
) -> tuple[float, float]:
    """Return an interval about a value that is as wide as the spread of its bootstrap replicates says.

    value ± t s, with the standard deviation s of the replicates and the quantile t of Student's distribution
    with one degree of freedom less than there are clusters. Only the spread of the replicates is used, not
    where they lie: a statistic that takes a repeated image for a close match of itself, such as a distance
    between sets, has replicates that lie off its value, and their percentiles miss what they aim at.

    Args:
        value: the statistic of the data.
        replicates: the statistic of each bootstrap sample, (samples,).
        clusters: number of clusters that were resampled, at least 2.
        level: coverage aimed at.

    Returns:
        Lower and upper end.

    Raises:
        ValueError: with fewer than two clusters.
    """
    from scipy import stats

    if clusters < 2:
        raise ValueError(f"an interval needs at least 2 clusters, got {clusters}")
    width = stats.t.ppf(0.5 + level / 2, clusters - 1) * np.std(np.asarray(replicates), ddof=1)
    return float(value - width), float(value + width)
