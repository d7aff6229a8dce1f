"""Where a Fourier ring correlation curve falls below a threshold: the resolution that it shows."""

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]
ONE_SEVENTH = 1 / 7
"""Fixed threshold of Rosenthal and Henderson (2003) for two half sets of images, usual in light microscopy."""


def half_bit(ring_sizes: npt.ArrayLike) -> Values:
    r"""Return the half-bit threshold curve of van Heel and Schatz (2005).

    .. math:: T = \frac{0.2071 + 1.9102 / \sqrt n}{1.2071 + 0.9102 / \sqrt n}

    It is the correlation, in a ring of n frequencies, of two images with the signal-to-noise ratio (sqrt(2) - 1) / 2
    = 0.2071 each: their sum carries half a bit of information at each frequency. It is made for two images of equal
    and independent noise; against a clean image it is a landmark only.

    Args:
        ring_sizes: number n of frequencies of each ring of the full spectrum, (R,), at least 1. Of real images half
            of them are independent; as in the usual programs all are counted.

    Returns:
        (R,) in (0.17, 1]; it falls as rings grow.

    References:
        M. van Heel and M. Schatz, "Fourier shell correlation threshold criteria", Journal of Structural Biology 151,
        2005. DOI 10.1016/j.jsb.2005.05.009
    """
    root = np.sqrt(np.asarray(ring_sizes, dtype=np.float64))
    return np.asarray((0.2071 + 1.9102 / root) / (1.2071 + 0.9102 / root))


def crossing(curves: npt.ArrayLike, frequencies: npt.ArrayLike, threshold: npt.ArrayLike) -> Values:
    """Return the frequency at which each curve first falls below a threshold.

    Between the two rings around it, curve and threshold are taken to be straight.

    Args:
        curves: (..., R).
        frequencies: middle of each ring in cycles per pixel, (R,), rising.
        threshold: one number, or one for each ring.

    Returns:
        (...): the frequency; 0 where the first ring already lies below, infinity where no ring does.
    """
    above = np.asarray(curves, dtype=np.float64) - np.asarray(threshold, dtype=np.float64)
    places = np.asarray(frequencies, dtype=np.float64)
    below = above < 0
    first = below.argmax(axis=-1)
    before = np.maximum(first - 1, 0)
    high, low = (np.take_along_axis(above, place[..., None], -1)[..., 0] for place in (before, first))
    with np.errstate(invalid="ignore", divide="ignore"):
        inside = places[before] + (places[first] - places[before]) * high / (high - low)
    return np.where(~below.any(axis=-1), np.inf, np.where(first == 0, 0.0, inside))
