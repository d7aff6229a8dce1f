"""Read and write single microscope images as integers, with their bit depth."""

from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from freqbench.data.pixel_scale import AS_STORED, Grey, PixelScale
from freqbench.data.tiff_files import SUFFIXES, read_tiff
from freqbench.errors import FreqbenchError
from freqbench.files import atomic_path

__all__ = ["Grey", "Pixels", "bit_depth_of", "full_scale", "read_grey", "to_unit_range", "write_png"]

Pixels = Grey | npt.NDArray[np.float32]
"""Intensities: integers that use the full range of their type, or float32 in which that range ends at 1."""


def read_grey(path: Path, scale: PixelScale = AS_STORED) -> Grey:
    """Read a grey image as integers that use the full range of their type.

    Args:
        path: a TIFF or OME-TIFF file of one plane, or an image that Pillow reads (PNG).
        scale: what the stored numbers mean; 8 and 16 bits are not changed.

    Returns:
        Array of shape (H, W), uint8 or uint16.

    Raises:
        FreqbenchError: if the file is missing, truncated, not an image, not grey, of several planes, of another
            type than uint8, uint16, float32 and float64, or contradicts ``scale``.
    """
    pixels = read_tiff(path) if path.suffix.lower() in SUFFIXES else _read_with_pillow(path)
    return scale.apply(pixels, path)


def _read_with_pillow(path: Path) -> npt.NDArray[Any]:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as image:
            image.load()
            mode = image.mode
            pixels = np.asarray(image)
    except FileNotFoundError as error:
        raise FreqbenchError(f"{path}: image is missing; fetch or simulate the data set again") from error
    except UnidentifiedImageError as error:
        raise FreqbenchError(f"{path}: not an image file; replace it or remove it") from error
    except (OSError, SyntaxError, ValueError) as error:
        raise FreqbenchError(f"{path}: image is truncated or corrupt ({error}); fetch it again") from error
    if mode == "L" or mode.startswith("I;16"):
        return pixels
    raise FreqbenchError(
        f"{path}: image mode is {mode}, but grey of 8 or 16 bits is needed; convert it, one channel a file"
    )


def write_png(path: Path, pixels: npt.NDArray[np.uint8]) -> None:
    """Write an 8-bit grey PNG atomically."""
    from PIL import Image

    with atomic_path(path) as temporary:
        Image.fromarray(pixels).save(temporary, format="PNG")


def bit_depth_of(pixels: Grey) -> int:
    """Return 8 or 16: the depth by whose maximum intensities are scaled."""
    return 8 * pixels.dtype.itemsize


def full_scale(pixels: Pixels) -> float:
    """Return the number at which the range ends: the largest of an integer type, 1 for floats."""
    if pixels.dtype.kind == "f":
        return 1.0
    return float(np.iinfo(cast("np.dtype[np.unsignedinteger[Any]]", pixels.dtype)).max)


def to_unit_range(pixels: Pixels) -> npt.NDArray[np.float32]:
    """Scale integers by the maximum of their bit depth, never by the image's own: float32 in [0, 1].

    Floats have that unit already: their values stay as they are, those outside [0, 1] included.
    """
    return np.asarray(pixels.astype(np.float32) / np.float32(full_scale(pixels)))
