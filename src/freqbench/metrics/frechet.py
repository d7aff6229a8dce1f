"""Fréchet distance between the features of two sets of images."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def frechet_distance(features_a: NDArray[Any], features_b: NDArray[Any]) -> float:
    """Return the Fréchet distance between the normal distributions fitted to two sets of features.

    d² = |m_a - m_b|² + tr S_a + tr S_b - 2 tr (S_a S_b)^(1/2), with the sample means m and the unbiased
    sample covariances S (Dowson and Landau 1982; Heusel et al. 2017, Eq. 6, who call d² the FID).

    No matrix square root is taken. With centred features A and B of N and M rows, tr (S_a S_b)^(1/2) is the
    sum of the singular values of A Bᵀ / sqrt((N - 1)(M - 1)). So the value is exact also for fewer samples
    than features, where S is singular, and the usual eigenvalue route adds roots of rounding errors.

    The estimate is biased upwards, the more so the fewer the images: compare only distances that come from
    equal numbers of images.

    Args:
        features_a: ``(N, D)`` real array, one row per image.
        features_b: ``(M, D)`` real array.

    Returns:
        d² >= 0; 0 for identical sets.

    Raises:
        ValueError: if an array is not two-dimensional, has fewer than two rows, or holds NaN or infinity,
            or if the numbers of columns differ.

    References:
        D. C. Dowson and B. V. Landau, "The Fréchet distance between multivariate normal distributions",
        J. Multivariate Analysis 12, 1982. DOI 10.1016/0047-259X(82)90077-X
        M. Heusel et al., "GANs trained by a two time-scale update rule converge to a local Nash
        equilibrium", NeurIPS 2017. arXiv 1706.08500
    """
    mean_a, factor_a = _moments(features_a, "features_a")
    mean_b, factor_b = _moments(features_b, "features_b")
    if mean_a.shape != mean_b.shape:
        raise ValueError(f"the sets have {mean_a.size} and {mean_b.size} features per image; they must be equal")
    traces = np.square(factor_a).sum() + np.square(factor_b).sum()
    cross = np.linalg.svd(factor_a @ factor_b.T, compute_uv=False).sum()
    distance = np.square(mean_a - mean_b).sum() + traces - 2 * cross
    # Rounding can leave a small negative value where the sets are the same.
    return max(0.0, float(distance))


def _moments(features: NDArray[Any], name: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the mean ``(D,)`` and a matrix F of at most D rows with FᵀF = the sample covariance."""
    values = checked_features(features, name)
    count, dimension = values.shape
    if count < 2:
        raise ValueError(f"{name}: a covariance needs at least 2 images, got {count}")
    mean = values.mean(axis=0)
    factor = (values - mean) / np.sqrt(count - 1)
    if count > dimension:
        # Rotating the rows keeps the covariance and the singular values, and makes the product small.
        factor = np.linalg.qr(factor, mode="r")
    return mean, factor


def checked_features(features: NDArray[Any], name: str) -> NDArray[np.float64]:
    """Return the features of a set of images ``(N, D)`` as float64.

    Raises:
        ValueError: if they are not two-dimensional, or hold NaN or infinity.
    """
    values = np.asarray(features, dtype=np.float64)
    if values.ndim != 2 or values.shape[1] == 0:
        raise ValueError(f"{name}: expected an array (images, features), got shape {values.shape}")
    if not np.isfinite(values).all():
        raise ValueError(f"{name} holds NaN or infinity")
    return values
