"""What is left of captures when the mean is taken away, in units of the expected noise: shape and correlation."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy import fft

from freqbench.data.image_files import Grey
from freqbench.data.noise_model.points import LEVELS, Array, Averaging, clean_level

LARGEST_LAG = 4
EDGES = np.linspace(-6, 6, 121)
"""Edges of the histogram of standardised residuals."""


def standardised(captures: Grey, clean: Grey, expected: Array, averaging: Averaging) -> Array:
    """Return captures minus their mean over their expected noise; a single capture minus the clean image.

    Args:
        captures: integers (n, H, W).
        clean: integers (H, W).
        expected: noise variance of each level (``LEVELS``,), counts**2, positive.
        averaging: what the clean image contains.

    Returns:
        Residuals (n, H, W) of unit variance where the expectation holds; correlations between pixels are kept.
    """
    number = len(captures)
    middle = captures.mean(axis=0) if number > 1 else clean.astype(np.float64)
    # residuals to a mean that contains the capture are too small by its share
    share = number / (number - 1) if number > 1 and averaging.degraded == 1 else averaging.variance_factor
    width = np.iinfo(clean.dtype).max / (LEVELS - 1)
    level = np.clip(np.rint(clean_level(captures, clean, averaging) / width), 0, LEVELS - 1).astype(np.int64)
    return np.asarray((captures - middle) * np.sqrt(share / expected[level]))


@dataclass
class ResidualSums:
    """Sums over residuals, image by image.

    Attributes:
        products: sum of products at each lag, rows 0 to ``LARGEST_LAG``, columns from minus to plus that.
        pairs: number of products at each lag.
        counts: histogram over ``EDGES`` of the pixels that the model describes.
        moments: their number, and the sums of their first three powers.
    """

    products: Array = field(default_factory=lambda: np.zeros((LARGEST_LAG + 1, 2 * LARGEST_LAG + 1)))
    pairs: Array = field(default_factory=lambda: np.zeros((LARGEST_LAG + 1, 2 * LARGEST_LAG + 1)))
    counts: Array = field(default_factory=lambda: np.zeros(EDGES.size - 1))
    moments: Array = field(default_factory=lambda: np.zeros(4))

    def add(self, residual: Array, used: npt.NDArray[np.bool_]) -> None:
        """Add the residuals of one capture (H, W); `used` (H, W) is the area that the model describes."""
        # padded by the largest lag, the circular correlation of the FFT is the linear one (Wiener-Khinchin)
        padded = [fft.next_fast_len(length + LARGEST_LAG, real=True) for length in residual.shape]
        circular = fft.irfft2(np.abs(fft.rfft2(residual, padded)) ** 2, padded)
        rows, columns = np.arange(LARGEST_LAG + 1), np.arange(-LARGEST_LAG, LARGEST_LAG + 1)
        self.products += circular[rows[:, None], columns]
        height, width = residual.shape
        self.pairs += np.maximum(height - rows, 0)[:, None] * np.maximum(width - np.abs(columns), 0)
        inside = residual[used]
        self.counts += np.histogram(np.clip(inside, EDGES[0], EDGES[-1]), EDGES.size - 1, (EDGES[0], EDGES[-1]))[0]
        self.moments += [inside.size, inside.sum(), (inside**2).sum(), (inside**3).sum()]

    def autocorrelation(self) -> Array:
        """Return the correlation at lags (y, x) from -``LARGEST_LAG`` to ``LARGEST_LAG``, 1 in the middle."""
        mean = self.products / np.maximum(self.pairs, 1)
        half = mean / max(mean[0, LARGEST_LAG], 1e-12)
        # a shift and its opposite are the same pairs
        return np.concatenate([half[:0:-1, ::-1], half])

    def variance_and_skewness(self) -> tuple[float, float]:
        """Return variance and skewness of the residuals about zero."""
        second, third = self.moments[2:] / max(self.moments[0], 1)
        return float(second), float(third / max(second, 1e-12) ** 1.5)
