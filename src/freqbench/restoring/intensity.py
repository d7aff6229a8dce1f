"""What the stored numbers of an image mean, and back: the scale is declared and never taken from the pixels."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from freqbench.data.pixel_scale import UNIT_RANGE
from freqbench.errors import FreqbenchError
from freqbench.restoring.image_stack import ImageStack, Shape

BAND = 2**22
"""Pixels that are looked at together when a file is checked."""

CAMERA_DEPTHS = (10, 12, 14)
"""Bits of cameras that store 16."""

Values = npt.NDArray[np.float32]


@dataclass(frozen=True)
class IntensityScale:
    """The range of the stored numbers that is black to full scale.

    Attributes:
        low: stored number that is 0.
        high: stored number that is 1; for integers the largest of the bit depth.
        source: who says so: ``user``, ``file``, ``index`` (of a data set) or ``type`` (of the pixels).
        bits: bit depth of integers; None for floats.
    """

    low: float
    high: float
    source: str
    bits: int | None = None

    def to_unit(self, stored: npt.NDArray[Any]) -> Values:
        """Return stored numbers as float32 in [0, 1]."""
        if self.bits is not None:
            return np.asarray(stored.astype(np.float32) / np.float32(self.high))
        return np.asarray(((stored.astype(np.float64) - self.low) / (self.high - self.low)).astype(np.float32))

    def from_unit(self, values: Values, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
        """Return values as stored numbers: clamped to [0, 1], for integers rounded to the nearest."""
        stored = self.low + np.clip(values, 0.0, 1.0).astype(np.float64) * (self.high - self.low)
        return np.asarray((np.rint(stored) if dtype.kind == "u" else stored).astype(dtype))

    def __str__(self) -> str:
        if self.bits is not None:
            return f"{self.bits} bits, 0 to {self.high:g}"
        return f"{self.low:g} to {self.high:g}"


def scale_of(shape: Shape, bit_depth: int | None, data_range: tuple[float, float] | None) -> IntensityScale:
    """Return the scale of an image.

    Args:
        shape: what the file holds.
        bit_depth: bits of integers as the user says; None: as the file says, else all bits of its type.
        data_range: numbers of floats that are black and full scale, as the user says; None: 0 and 1.

    Raises:
        FreqbenchError: if the type of the pixels cannot be used, or contradicts what the user says.
    """
    if shape.dtype.kind == "f":
        if bit_depth is not None:
            raise FreqbenchError("holds floats, but --bit-depth is for integers; give --data-range")
        low, high = data_range or UNIT_RANGE
        if not low < high:
            raise FreqbenchError(f"--data-range: the first value must be smaller than the second, not {low:g} {high:g}")
        return IntensityScale(low, high, "user" if data_range else "type")
    if shape.dtype not in (np.uint8, np.uint16):
        raise FreqbenchError(f"pixels are {shape.dtype}, but uint8, uint16 or floats are needed; convert the file")
    if data_range is not None:
        raise FreqbenchError("holds integers, but --data-range is for floats; give --bit-depth")
    stored = 8 * shape.dtype.itemsize
    if bit_depth is not None and not 1 <= bit_depth <= stored:
        raise FreqbenchError(f"has {stored} bits, but --bit-depth is {bit_depth}; correct it or convert the file")
    bits = bit_depth or shape.bits or stored
    source = "user" if bit_depth else "file" if shape.bits else "type"
    return IntensityScale(0.0, float(2**bits - 1), source, bits)


def check_intensities(stack: ImageStack, scale: IntensityScale) -> float:
    """Read all planes and make sure that they can be restored, before any time is spent on them.

    Args:
        stack: the image.
        scale: its scale.

    Returns:
        The largest number in the file.

    Raises:
        FreqbenchError: if a plane cannot be read, or a pixel is not finite or outside the scale.
    """
    least, most = np.inf, -np.inf
    rows = max(1, BAND // stack.shape.plane[1])
    for number in range(stack.shape.planes):
        plane = stack.plane(number)
        for first in range(0, len(plane), rows):
            band = np.asarray(plane[first : first + rows])
            # of NaN nothing is larger or smaller: looked for by itself
            if band.dtype.kind == "f" and not np.isfinite(band).all():
                wrong = int(np.count_nonzero(~np.isfinite(band)))
                raise FreqbenchError(
                    f"plane {number + 1} of {stack.shape.planes} holds {wrong} or more pixels that are NaN or "
                    "infinite; replace them"
                )
            least, most = min(least, float(band.min())), max(most, float(band.max()))
    if most > scale.high or least < scale.low:
        raise FreqbenchError(_outside(scale, least, most))
    return most


def _outside(scale: IntensityScale, least: float, most: float) -> str:
    if scale.bits is None:
        said = "" if scale.source == "user" else ", the range of floats if nothing is said"
        return (
            f"holds {least:g} to {most:g}, outside {scale.low:g} to {scale.high:g}{said}; give the range of the "
            "whole set with --data-range"
        )
    said = {"user": "--bit-depth says", "file": "the file says", "index": "the index says"}[scale.source]
    return f"holds {most:g}, but {said} {scale.bits} bits, which end at {scale.high:g}; correct it with --bit-depth"


def depth_remark(scale: IntensityScale, most: float) -> str | None:
    """Return a warning where the largest number suggests fewer bits than the scale has, None elsewhere.

    A camera of 12 bits stores 16: taken for 16 bits, its images would be 16 times too dark for the generator. What
    the user says is believed.
    """
    if scale.bits != 16 or scale.source not in ("type", "file") or most <= 0:
        return None
    fitting = [bits for bits in CAMERA_DEPTHS if most < 2**bits]
    if not fitting:
        return None
    share = 100 * most / scale.high
    return (
        f"is scaled by 16 bits, but its largest value, {most:g}, is {share:.2g} % of that: if its camera has "
        f"{fitting[0]} bits, say `--bit-depth {fitting[0]}`; if it has 16, say `--bit-depth 16`"
    )
