"""Pearson correlation of two images where one lies on the other."""

import numpy as np
import numpy.typing as npt

from freqbench.data.registration.geometry import common_area, resampled

Image = npt.NDArray[np.float64]

HIGHEST = 0.9999
"""Correlations are cut off here: Fisher's transform of 1 is infinite."""


def pearson(a: Image, b: Image) -> float:
    """Return the Pearson correlation of two vectors; 0 if one is empty or constant."""
    if not a.size:
        return 0.0
    a, b = a - a.mean(), b - b.mean()
    norm = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / norm if norm > 0 else 0.0


def correlation_at(first: Image, second: Image, shift: tuple[int, int]) -> tuple[float, float]:
    """Return the Pearson correlation over the common area at a shift, and that area's share of the image.

    A constant area correlates with nothing: 0.
    """
    a, b = first[common_area(first.shape, shift)], second[common_area(second.shape, (-shift[0], -shift[1]))]
    return pearson(a.ravel(), b.ravel()), a.size / first.size


def correlation_turned(
    first: Image, second: Image, shift: tuple[float, float], rotation: float, scale: float
) -> tuple[float, float]:
    """Return the same at a shift in pixels, a rotation in degrees and a scale of the second image."""
    pixels, inside = resampled(second, shift, rotation, scale, (first.shape[0], first.shape[1]))
    return pearson(first[inside], pixels[inside]), float(inside.mean())


def fisher(correlation: float) -> float:
    """Return Fisher's transform of a correlation: its standard error does not depend on it."""
    return float(np.arctanh(np.clip(correlation, -HIGHEST, HIGHEST)))


def score(correlation: float, area: float) -> float:
    """Return what is proportional to the standard errors by which a correlation over an area lies above zero."""
    return fisher(correlation) * float(np.sqrt(area))
