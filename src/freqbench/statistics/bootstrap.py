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


def influence_bootstrap(
    value: float, without: npt.ArrayLike, *, samples: int, seed: int, level: float = 0.95
) -> tuple[float, float]:
    """Return an interval for a statistic of a whole set, resampling the influences of its clusters.

    To repeat clusters themselves misleads where a statistic looks at pairs: a distance between sets takes a
    repeated image for a close match, its bootstrap samples lie off the value, and their percentiles miss what
    they aim at. So each cluster is left out once, its influence is (G - 1) times the mean of these statistics
    less its own (Efron and Stein 1981), and means of G influences, drawn with replacement, are added to the
    value. Their percentiles are the expanded ones of Hesterberg (2015), as wide as Student's t with G - 1
    degrees of freedom where influences are normal: plain ones are too narrow for few clusters.

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
        T. Hesterberg, "What teachers should know about the bootstrap", The American Statistician 69, 2015.
        DOI 10.1080/00031305.2015.1089789
    """
    from scipy import stats

    left_out = np.asarray(without, dtype=np.float64)
    clusters = len(left_out)
    if clusters < 2:
        return float("nan"), float("nan")
    influences = (clusters - 1) * (left_out.mean() - left_out)
    quantile = np.sqrt(clusters / (clusters - 1)) * stats.t.ppf(0.5 + level / 2, clusters - 1)
    expanded = 1 - 2 * float(stats.norm.sf(quantile))
    low, high = cluster_bootstrap(influences, np.arange(clusters), samples=samples, seed=seed, level=expanded)
    return value + low, value + high
