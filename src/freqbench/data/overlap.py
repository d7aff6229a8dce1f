"""Do two fields of view show the same place? Registration by translation, and the correlation there."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from skimage.registration import phase_cross_correlation

Image = npt.NDArray[np.float64]

SEARCH_SIZE = 256
"""The search runs on images binned to at most about this width: the shift is then refined at full size."""


@dataclass(frozen=True)
class Overlap:
    """The best placement of one field of view on another.

    Attributes:
        shift: rows and columns by which the second image has to move to lie on the first.
        correlation: Pearson correlation over the common area there, in [-1, 1].
        area: common area as a share of the field of view.
        null: the best correlation that the seven mirrored and turned copies of the second image reach.
            They have the same cells, sizes and brightness but cannot show the same place, so this is what
            chance gives on this pair: on sparse nuclei it can pass 0.7.
    """

    shift: tuple[int, int]
    correlation: float
    area: float
    null: float


def measure_overlap(first: Image, second: Image, minimum_area: float) -> Overlap:
    """Register two images by translation with masked normalised correlation (Padfield 2012).

    Args:
        first: image of shape (H, W), as ``prepare`` returns it.
        second: image of the same shape.
        minimum_area: smallest common area to consider, as a share of the image; correlations over a
            few pixels are high by chance.

    Returns:
        Shift, correlation, common area, and the correlation expected by chance.
    """
    factor = max(1, round(max(first.shape) / SEARCH_SIZE))
    small = [_bin(image, factor) for image in (first, second)]
    coarse = _best_shift(small[0], small[1], minimum_area)
    shift = _refine(first, second, (coarse[0] * factor, coarse[1] * factor), factor)
    correlation, area = correlation_at(first, second, shift)
    null = max(
        correlation_at(small[0], copy, _best_shift(small[0], copy, minimum_area))[0]
        for copy in _unrelated_copies(small[1])
    )
    return Overlap(shift, correlation, area, null)


def prepare(clean: npt.NDArray[np.generic], smoothing: float) -> Image:
    """Return the smoothed logarithm of an image: bright cells then do not dominate the correlation.

    Args:
        clean: clean image of shape (H, W), any real type, values >= 0.
        smoothing: Gaussian sigma in pixels.
    """
    return np.asarray(ndimage.gaussian_filter(np.log1p(clean.astype(np.float64)), smoothing))


def correlation_at(first: Image, second: Image, shift: tuple[int, int]) -> tuple[float, float]:
    """Return the Pearson correlation over the common area at a shift, and that area's share of the image.

    A constant area correlates with nothing: 0.
    """
    a, b = first[common_area(first.shape, shift)], second[common_area(second.shape, (-shift[0], -shift[1]))]
    if not a.size:
        return 0.0, 0.0
    a, b = a - a.mean(), b - b.mean()
    norm = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return (float((a * b).sum()) / norm if norm > 0 else 0.0), a.size / first.size


def common_area(shape: tuple[int, ...], shift: tuple[int, int]) -> tuple[slice, slice]:
    """Return the part of the first image on which the second, moved by ``shift``, lies."""
    rows, columns = (
        slice(max(0, step), max(0, length + min(0, step))) for step, length in zip(shift, shape, strict=True)
    )
    return rows, columns


def _best_shift(first: Image, second: Image, minimum_area: float) -> tuple[int, int]:
    everywhere = np.ones(first.shape, dtype=bool)
    shift, _, _ = phase_cross_correlation(
        first, second, reference_mask=everywhere, moving_mask=everywhere, overlap_ratio=minimum_area
    )
    return int(shift[0]), int(shift[1])


def _refine(first: Image, second: Image, coarse: tuple[int, int], reach: int) -> tuple[int, int]:
    steps = range(-reach, reach + 1)
    around = [(coarse[0] + dy, coarse[1] + dx) for dy in steps for dx in steps]
    return max(around, key=lambda shift: correlation_at(first, second, shift)[0])


def _unrelated_copies(image: Image) -> list[Image]:
    turned = [np.rot90(image, turns) for turns in range(4)]
    copies = [*turned[1:], *(copy[:, ::-1] for copy in turned)]
    return [copy for copy in copies if copy.shape == image.shape]


def _bin(image: Image, factor: int) -> Image:
    height, width = (length // factor * factor for length in image.shape)
    blocks = image[:height, :width].reshape(height // factor, factor, width // factor, factor)
    return np.asarray(blocks.mean(axis=(1, 3)))
