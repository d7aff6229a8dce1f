"""The grey scale in which images of one patch are shown: that of its clean image, the same for all methods."""

import numpy as np
import numpy.typing as npt

PERCENTILES = (0.5, 99.8)
"""Percentiles of the clean image that become black and white."""


def display_range(clean: npt.NDArray[np.float32]) -> tuple[float, float]:
    """Return the values that are shown black and white.

    Args:
        clean: clean image (H, W) in [0, 1].
    """
    low, high = np.percentile(clean, PERCENTILES)
    return float(low), float(high)
