"""Guess how many bits a camera uses, and look at the size of its images."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from freqbench.data.image_files import read_grey
from freqbench.data.tiff_files import SUFFIXES, read_tiff

LOOKED_AT = 24
"""Images that are read, at even distances in the list: a guess must not take as long as the study."""
CAMERA_BITS = (8, 10, 12, 14, 16)


@dataclass(frozen=True)
class Looked:
    """What the images that were read are like.

    Attributes:
        number: how many were read.
        smallest_side: of all images, in pixels.
        brightest: largest value stored.
        bit_depth: bits that integers use, None where they use all of the file's, or are floats.
        data_range: of floats, None for integers and for floats in [0, 1].
    """

    number: int
    smallest_side: int
    brightest: float
    bit_depth: int | None
    data_range: tuple[float, float] | None


def look(files: Sequence[Path], bit_depth: int | None = None) -> Looked:
    """Read some images.

    Args:
        files: at least one.
        bit_depth: declared; None: the smallest usual depth that holds the brightest pixel.

    Raises:
        FreqbenchError: if one cannot be read.
    """
    chosen = [files[round(place)] for place in np.linspace(0, len(files) - 1, min(LOOKED_AT, len(files)))]
    side, low, high, is_float, stored = 2**31, np.inf, -np.inf, False, 8
    for path in dict.fromkeys(chosen):
        pixels = read_tiff(path) if path.suffix.lower() in SUFFIXES else read_grey(path)
        side = min(side, *pixels.shape)
        low, high = min(low, float(pixels.min())), max(high, float(pixels.max()))
        is_float = is_float or pixels.dtype.kind == "f"
        stored = max(stored, 8 * pixels.dtype.itemsize)
    number = len(dict.fromkeys(chosen))
    if is_float:
        outside = low < 0 or high > 1
        return Looked(number, side, high, None, (float(np.floor(low)), float(np.ceil(high))) if outside else None)
    used = bit_depth or next((bits for bits in CAMERA_BITS if high < 2**bits), stored)
    # 8-bit numbers in a 16-bit file are as likely dim images of a deeper camera
    depth = None if bit_depth is None and (stored == 8 or used in (8, 16)) else used
    return Looked(number, side, high, depth, None)
