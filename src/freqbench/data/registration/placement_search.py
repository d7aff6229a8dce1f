"""Search for the placement of one image on another: translation, small rotation and scale, by template matching."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy import fft

from freqbench.data.registration.correlation import HIGHEST
from freqbench.data.registration.geometry import resampled

Image = npt.NDArray[np.float64]
Sums = npt.NDArray[np.float32]

ROTATIONS = tuple(range(-8, 9, 2))
"""Degrees. Half a step displaces the corner of a search image by less than one of its pixels."""

SCALES = (0.9, 0.933, 0.967, 1.0, 1.034, 1.071, 1.11)

NULL_TRANSFORMS = tuple((rotation, scale) for rotation in (-8, 0, 8) for scale in (0.9, 1.0, 1.11))
"""Tried on each of the seven mirrored copies: together as many placements as the search itself tries."""

SEARCH_TRANSFORMS = tuple((rotation, scale) for rotation in ROTATIONS for scale in SCALES)

TEMPLATE_SHARE = 0.8
"""Central part of a turned or scaled image that is placed: turned by 8 degrees and shrunk by a tenth, it is filled."""


@dataclass(frozen=True)
class Placement:
    """Where the second image lies on the first: turned and scaled about its centre, then moved.

    Attributes:
        shift: rows and columns by which it is moved, in pixels.
        rotation: degrees, counter-clockwise as displayed.
        scale: factor, above 1 where the second image has to grow.
        score: ``atanh(correlation) * sqrt(area)``.
        correlation: Pearson correlation over the common area, in [-1, 1].
        area: common area as a share of the image.
    """

    shift: tuple[float, float]
    rotation: float
    scale: float
    score: float
    correlation: float
    area: float


class Target:
    """The image on which others are placed, with what all placements share."""

    def __init__(self, image: Image, template: tuple[int, int]) -> None:
        """Prepare an image of shape (H, W) for templates of one size."""
        self.size = (image.shape[0], image.shape[1])
        centred = image - image.mean()
        self.shape = (self.size[0] + template[0] - 1, self.size[1] + template[1] - 1)
        self.padded = [fft.next_fast_len(length, real=True) for length in self.shape]
        self.spectrum = fft.rfft2(centred.astype(np.float32), self.padded)
        self.count = _window_counts(self.size, template)
        self.sums = _window_sums(centred, template)
        self.spread = _spread(self.sums, _window_sums(centred**2, template), self.count)
        self.mean = self.sums / self.count
        self.root_area = np.sqrt(self.count / image.size)


class Template:
    """An image that is placed on targets of one size."""

    def __init__(self, image: Image, target: tuple[int, int], rotation: float = 0.0, scale: float = 1.0) -> None:
        """Prepare an image that has been turned by ``rotation`` and scaled by ``scale`` already."""
        self.rotation, self.scale = rotation, scale
        self.size = (image.shape[0], image.shape[1])
        centred = image - image.mean()
        shape = [length + other - 1 for length, other in zip(target, self.size, strict=True)]
        padded = [fft.next_fast_len(length, real=True) for length in shape]
        self.spectrum = fft.rfft2(centred[::-1, ::-1].astype(np.float32), padded)
        count = _window_counts(self.size, target)
        sums = _window_sums(centred, target)
        # windows of the target slide over the template the other way round
        self.spread = _spread(sums, _window_sums(centred**2, target), count)[::-1, ::-1]
        self.sums = np.ascontiguousarray(sums[::-1, ::-1])


def best_placement(target: Target, template: Template, minimum_area: float) -> Placement:
    """Return the placement of highest score over all shifts.

    The score ``atanh(r) * sqrt(area)`` is proportional to the number of standard errors by which a correlation
    ``r`` over ``area`` lies above zero (Fisher's transform): a small overlap must correlate more to win.

    Args:
        target: the first image.
        template: the second image.
        minimum_area: smallest common area considered, as a share of the first image.
    """
    height, width = target.shape
    product = fft.irfft2(target.spectrum * template.spectrum, target.padded)[:height, :width]
    covariance = product - target.mean * template.sums
    correlation = np.clip(covariance / (target.spread * template.spread), -HIGHEST, HIGHEST)
    score = np.arctanh(correlation) * target.root_area
    score[target.root_area**2 < minimum_area] = -np.inf
    row, column = divmod(int(score.argmax()), width)
    # a central part has its corner inside the whole image
    inset = [(size - part) / 2 for size, part in zip(target.size, template.size, strict=True)]
    shift = (row - template.size[0] + 1 - inset[0], column - template.size[1] + 1 - inset[1])
    found = float(correlation[row, column])
    area = float(target.root_area[row, column]) ** 2
    return Placement(shift, template.rotation, template.scale, float(score[row, column]), found, area)


def template_size(shape: tuple[int, ...]) -> tuple[int, int]:
    """Return the size of the central part that is placed; it leaves the same margin on both sides."""
    height, width = (length - 2 * round(length * (1 - TEMPLATE_SHARE) / 2) for length in shape)
    return height, width


def turned(image: Image, rotation: float, scale: float, shape: tuple[int, int]) -> Image:
    """Return the central part of an image, turned and scaled about its centre."""
    moved = (0.5 * (image.shape[0] - shape[0]), 0.5 * (image.shape[1] - shape[1]))
    return resampled(image, (-moved[0], -moved[1]), rotation, scale, shape)[0]


@lru_cache(maxsize=8)
def _window_counts(size: tuple[int, int], window: tuple[int, int]) -> Sums:
    return _window_sums(np.ones(size), window)


def _window_sums(image: Image, window: tuple[int, int]) -> Sums:
    """Return the sum of the part of an image inside a window, for all positions where they touch."""
    integral = np.zeros((image.shape[0] + 1, image.shape[1] + 1))
    integral[1:, 1:] = image.cumsum(0).cumsum(1)
    (top, bottom), (left, right) = (
        (np.clip(start, 0, length), np.clip(start + size, 0, length))
        for length, size in zip(image.shape, window, strict=True)
        for start in [np.arange(1 - size, length)]
    )
    upper, lower = integral[top], integral[bottom]
    sums = lower[:, right] - upper[:, right] - lower[:, left] + upper[:, left]
    return np.asarray(sums, dtype=np.float32)


def _spread(sums: Sums, squares: Sums, count: Sums) -> Sums:
    """Return the root of the sum of squared deviations from the mean; infinite where all pixels are equal."""
    squared = squares - sums**2 / count
    # rounding leaves a small remainder of a constant window, and dividing by it would give any correlation
    constant = squared <= 1e-5 * float(squares.max(initial=0)) * count / float(count.max())
    return np.asarray(np.where(constant, np.inf, np.sqrt(np.maximum(squared, 0))), dtype=np.float32)
