"""Placements of one image on another: shifts, small rotations and scales about its centre."""

import numpy as np
import numpy.typing as npt
from scipy import ndimage

Image = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


def common_area(shape: tuple[int, ...], shift: tuple[int, int]) -> tuple[slice, slice]:
    """Return the part of the first image on which the second, moved by ``shift``, lies."""
    rows, columns = (
        slice(max(0, step), max(0, length + min(0, step))) for step, length in zip(shift, shape, strict=True)
    )
    return rows, columns


def resampled(
    image: Image, shift: tuple[float, float], rotation: float, scale: float, shape: tuple[int, int]
) -> tuple[Image, Mask]:
    """Return an image turned and scaled about its centre, then moved, with the mask of where it has pixels."""
    centre = (np.array(image.shape) - 1) / 2
    inverse = rotation_matrix(rotation).T / scale
    offset = centre - inverse @ (centre + shift)
    pixels = ndimage.affine_transform(image, inverse, offset, output_shape=shape, order=1, mode="nearest")
    return pixels, _lands_inside(shape, inverse, offset, image.shape)


def shown_by_first(shape: tuple[int, ...], shift: tuple[float, float], rotation: float, scale: float) -> Mask:
    """Return the pixels of a second image that lie on the first, as a mask of their shape."""
    centre = (np.array(shape) - 1) / 2
    forward = scale * rotation_matrix(rotation)
    return _lands_inside(shape, forward, centre + shift - forward @ centre, shape)


def rotation_matrix(degrees: float) -> npt.NDArray[np.float64]:
    """Return the matrix that turns (row, column) counter-clockwise as displayed."""
    angle = np.deg2rad(degrees)
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def unrelated_copies(image: Image) -> list[Image]:
    """Return the mirrored and turned copies of an image that have its shape."""
    quarters = [np.rot90(image, turns) for turns in range(4)]
    copies = [*quarters[1:], *(copy[:, ::-1] for copy in quarters)]
    return [copy for copy in copies if copy.shape == image.shape]


def _lands_inside(
    shape: tuple[int, ...], matrix: npt.NDArray[np.float64], offset: npt.NDArray[np.float64], other: tuple[int, ...]
) -> Mask:
    """Return the pixels that an affine map takes into another image."""
    rows, columns = (np.arange(length, dtype=np.float64) for length in shape)
    inside = np.ones(shape, dtype=bool)
    for axis in (0, 1):
        position = matrix[axis, 0] * rows[:, None] + matrix[axis, 1] * columns[None, :] + offset[axis]
        inside &= (position >= -1e-6) & (position <= other[axis] - 1 + 1e-6)
    return inside
