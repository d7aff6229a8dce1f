"""Kernel distance between the features of two sets of images; of Inception features, the KID."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from freqbench.metrics.frechet import checked_features


def kernel_distance(features_a: NDArray[Any], features_b: NDArray[Any]) -> float:
    """Return the unbiased squared maximum mean discrepancy of two sets of features, with a cubic kernel.

    With k(x, y) = (x·y / D + 1)³, the mean of k over all pairs of different images of A, plus that of B,
    minus twice the mean over all pairs of one image of A and one of B (Gretton et al. 2012, Eq. 3;
    Bińkowski et al. 2018, Section 4, who call it the KID). It is taken of the whole sets, not averaged over
    random subsets, which would add noise and aim at the same number.

    For independent sets its expectation is 0 where the distributions agree, at any number of images, so
    that a value may be negative. Restored and clean images of the same scenes are not independent: each
    image of A then has a partner in B that it resembles, and none in A. That lowers the value, by most at
    few images; two identical sets give less than 0.

    Args:
        features_a: ``(N, D)`` real array, one row per image.
        features_b: ``(M, D)`` real array.

    Returns:
        The distance, of any sign.

    Raises:
        ValueError: if an array is not two-dimensional, has fewer than two rows, or holds NaN or infinity,
            or if the numbers of columns differ.

    References:
        A. Gretton et al., "A kernel two-sample test", JMLR 13, 2012.
        M. Bińkowski et al., "Demystifying MMD GANs", ICLR 2018. arXiv 1801.01401
    """
    a, b = _checked_pair(features_a, features_b)
    cross = _kernel(a, b).mean()
    return float(_mean_of_pairs(_kernel(a, a)) + _mean_of_pairs(_kernel(b, b)) - 2 * cross)


def resampled_kernel_distances(
    features_a: NDArray[Any],
    features_b: NDArray[Any],
    groups: NDArray[np.integer[Any]],
    counts: NDArray[np.integer[Any]],
) -> NDArray[np.float64]:
    """Return the kernel distances of samples in which whole groups of images are repeated or missing.

    The same as `kernel_distance` of the arrays with their rows repeated. All kernels are summed once for each
    pair of groups; a sample is then a quadratic form in its counts.

    Args:
        features_a: ``(N, D)`` real array, one row per image.
        features_b: ``(N, D)`` real array, its rows in the same groups.
        groups: group of each row, from 0 to G - 1, ``(N,)``.
        counts: how often each group is in each sample, ``(S, G)``.

    Returns:
        ``(S,)``.

    Raises:
        ValueError: as `kernel_distance`.
    """
    a, b = _checked_pair(features_a, features_b)
    drawn = counts.astype(np.float64)
    member = np.eye(counts.shape[1])[groups]
    sizes = drawn @ member.sum(axis=0)

    def within(features: NDArray[np.float64]) -> NDArray[np.float64]:
        kernel = _kernel(features, features)
        every = _quadratic(drawn, member.T @ kernel @ member)
        pairs: NDArray[np.float64] = every - drawn @ (member.T @ np.diagonal(kernel))
        return pairs / (sizes * (sizes - 1))

    cross: NDArray[np.float64] = _quadratic(drawn, member.T @ _kernel(a, b) @ member) / sizes**2
    return within(a) + within(b) - 2 * cross


def _checked_pair(
    features_a: NDArray[Any], features_b: NDArray[Any]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    a, b = checked_features(features_a, "features_a"), checked_features(features_b, "features_b")
    for name, values in (("features_a", a), ("features_b", b)):
        if len(values) < 2:
            raise ValueError(f"{name}: a mean over pairs needs at least 2 images, got {len(values)}")
    if a.shape[1] != b.shape[1]:
        raise ValueError(f"the sets have {a.shape[1]} and {b.shape[1]} features per image; they must be equal")
    return a, b


def _kernel(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    inner: NDArray[np.float64] = a @ b.T / a.shape[1] + 1
    return inner * inner * inner


def _mean_of_pairs(kernel: NDArray[np.float64]) -> float:
    """Return the mean of a kernel matrix without its diagonal."""
    count = len(kernel)
    return float((kernel.sum() - np.trace(kernel)) / (count * (count - 1)))


def _quadratic(vectors: NDArray[np.float64], form: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return vᵀ F v for each row v."""
    result: NDArray[np.float64] = ((vectors @ form) * vectors).sum(axis=1)
    return result
