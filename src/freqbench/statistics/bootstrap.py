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
