"""Holm's correction for several tests."""

import numpy as np
import numpy.typing as npt


def holm(p_values: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return p-values corrected for their number (Holm 1979, step-down).

    Args:
        p_values: p-values of one family; NaN marks a test that was not possible: it is not counted and
            stays NaN.

    Returns:
        Corrected p-values in the same order, at most 1.

    Raises:
        ValueError: if a p-value lies outside [0, 1].
    """
    p = np.asarray(p_values, dtype=np.float64)
    valid = np.flatnonzero(~np.isnan(p))
    if ((p[valid] < 0) | (p[valid] > 1)).any():
        raise ValueError("p-values must lie in [0, 1]")
    corrected = np.full(p.shape, np.nan)
    order = valid[np.argsort(p[valid], kind="stable")]
    scaled = p[order] * np.arange(len(order), 0, -1)
    corrected[order] = np.minimum(1.0, np.maximum.accumulate(scaled))
    return corrected
