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
