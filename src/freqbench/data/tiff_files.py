"""Read the one plane of a TIFF or OME-TIFF file."""

import logging
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from freqbench.errors import FreqbenchError

if TYPE_CHECKING:
    from tifffile import TiffFile

SUFFIXES = (".tif", ".tiff")

CHOICES = {"C": ("channels", "one channel"), "Z": ("z planes", "one z plane"), "T": ("time points", "one time point")}
"""Axes of an OME-TIFF beyond Y and X: what they count, and what has to be chosen."""


def read_tiff(path: Path) -> npt.NDArray[Any]:
    """Read a TIFF or OME-TIFF that holds one grey plane, without any scaling.

    Args:
        path: the file; its axes besides Y and X must have length 1.

    Returns:
        Array of shape (H, W) and of the type stored.

    Raises:
        FreqbenchError: if the file is missing, not a TIFF, truncated, in colour, or holds several planes.
    """
    import tifffile

    try:
        with _without_log(), tifffile.TiffFile(path) as tiff:
            _check_grey(tiff, path)
            axes, shape = _axes_of_one_series(tiff, path)
            plane = tuple(slice(None) if axis in "YX" else 0 for axis in axes)
            return np.asarray(_pixels(tiff, path).reshape(shape)[plane])
    except FileNotFoundError as error:
        raise FreqbenchError(f"{path}: image is missing; fetch or simulate the data set again") from error
    except tifffile.TiffFileError as error:
        raise FreqbenchError(f"{path}: not an image file, or truncated ({error}); replace it or remove it") from error
    except (OSError, ValueError, IndexError, KeyError, TypeError, RuntimeError, struct.error, zlib.error) as error:
        raise FreqbenchError(f"{path}: image is truncated or corrupt ({error}); fetch it again") from error


def _check_grey(tiff: "TiffFile", path: Path) -> None:
    page = tiff.pages.first
    colours = getattr(page.photometric, "name", "MINISBLACK")  # the tag is optional
    if page.samplesperpixel > 1 or colours not in ("MINISBLACK", "MINISWHITE"):
        raise FreqbenchError(f"{path}: image mode is {colours}, but grey is needed; convert it, one channel a file")
    if colours == "MINISWHITE":
        raise FreqbenchError(f"{path}: stores white as 0 (MINISWHITE); save it with black as 0 (MINISBLACK)")


def _axes_of_one_series(tiff: "TiffFile", path: Path) -> tuple[str, tuple[int, ...]]:
    """Return the axes of the only image and their lengths."""
    if len(tiff.series) != 1:
        raise FreqbenchError(f"{path}: holds {len(tiff.series)} images; save the one to be used in a file of its own")
    series = tiff.series[0]
    for axis, length in zip(series.axes, series.shape, strict=True):
        if axis not in "YX" and length > 1:
            what, choice = CHOICES.get(axis, ("pages", "one page"))
            raise FreqbenchError(
                f"{path}: holds {length} {what} (axes {series.axes}), but one grey plane is needed; "
                f"choose {choice} and save it in a file of its own"
            )
    if not {"Y", "X"} <= set(series.axes):
        raise FreqbenchError(f"{path}: has the axes {series.axes}, but an image with Y and X is needed")
    return series.axes, series.shape


def _pixels(tiff: "TiffFile", path: Path) -> npt.NDArray[Any]:
    try:
        return np.asarray(tiff.series[0].asarray())
    except ValueError as error:
        if "imagecodecs" not in str(error):
            raise
    # tifffile decodes LZW, which microscopes write, only with a further package; Pillow can by itself
    from PIL import Image

    with Image.open(path) as image:
        pixels = np.asarray(image)
    if pixels.dtype != tiff.series[0].dtype.newbyteorder("="):
        raise FreqbenchError(f"{path}: pixels cannot be read with their compression; save it without compression")
    return pixels


@contextmanager
def _without_log() -> Iterator[None]:
    """Keep what tifffile logs about a damaged file off the console: the error says it."""
    logger = logging.getLogger("tifffile")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(level)
