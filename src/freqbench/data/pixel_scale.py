"""What the stored numbers of an image mean: the range that becomes the full range of an unsigned integer."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from freqbench.errors import FreqbenchError

Grey = npt.NDArray[np.unsignedinteger[Any]]

UNIT_RANGE = (0.0, 1.0)


@dataclass(frozen=True)
class PixelScale:
    """Declared range of the stored numbers; never taken from an image.

    Every later step scales by the maximum of the array's type. So the range is stretched once, on reading:
    12 bits in a 16-bit file by 65535 / 4095, and floats from their range to 0 to 65535. The first is
    one-to-one, as the factor is above 1; the second rounds to 1/65535 of the range.

    Attributes:
        bit_depth: bits that integers use, 8 to 16; None: all bits of the file's type.
        data_range: values of floats that become 0 and 65535; None: 0 and 1.
    """

    bit_depth: int | None = None
    data_range: tuple[float, float] | None = None

    def apply(self, pixels: npt.NDArray[Any], path: Path) -> Grey:
        """Return pixels of a file as uint8 or uint16 that uses the full range of its type.

        Args:
            pixels: as stored, any shape.
            path: the file, for messages.

        Raises:
            FreqbenchError: if the type or a value contradicts what is declared.
        """
        if pixels.dtype.kind == "f":
            return self._from_float(pixels, path)
        if pixels.dtype.kind != "u" or pixels.dtype.itemsize > 2:
            raise FreqbenchError(
                f"{path}: pixels are {pixels.dtype}, but uint8, uint16, float32 or float64 is needed; convert the file"
            )
        if self.data_range is not None:
            raise FreqbenchError(
                f"{path}: holds integers, but `data_range` is declared, which is for floats; "
                "remove it, or declare `bit_depth`"
            )
        return self._from_integer(pixels.astype(pixels.dtype.newbyteorder("="), copy=False), path)

    def bits_of(self, pixels: Grey) -> int:
        """Return the depth of what `apply` gave: as declared, else that of the type."""
        return 8 * pixels.dtype.itemsize if self.bit_depth is None else self.bit_depth

    def step_of(self, pixels: Grey) -> float:
        """Return by how much what `apply` gave differs for two neighbouring stored numbers; floats have 16 bits."""
        return float(np.iinfo(pixels.dtype).max / (2 ** self.bits_of(pixels) - 1))

    def _from_integer(self, pixels: Grey, path: Path) -> Grey:
        stored = 8 * pixels.dtype.itemsize
        if self.bit_depth is None:
            return pixels
        if stored != (8 if self.bit_depth == 8 else 16):
            raise FreqbenchError(
                f"{path}: has {stored} bits, but `bit_depth: {self.bit_depth}` is declared; "
                "convert the file or correct the depth"
            )
        top = 2**self.bit_depth - 1
        if pixels.size and pixels.max() > top:
            raise FreqbenchError(
                f"{path}: holds {pixels.max()}, but {self.bit_depth} bits end at {top}; correct `bit_depth`"
            )
        if self.bit_depth in (8, 16):
            return pixels
        # half of the divisor added: rounded to the nearest
        stretched = (pixels.astype(np.uint32) * 65535 + top // 2) // top
        return np.asarray(stretched, dtype=np.uint16)

    def _from_float(self, pixels: npt.NDArray[Any], path: Path) -> Grey:
        if self.bit_depth is not None:
            raise FreqbenchError(
                f"{path}: holds floats, but `bit_depth` is declared, which is for integers; declare `data_range`"
            )
        low, high = self.data_range or UNIT_RANGE
        outside = int(np.count_nonzero(~((pixels >= low) & (pixels <= high))))  # NaN is outside too
        if outside:
            raise FreqbenchError(
                f"{path}: {outside} of {pixels.size} pixels lie outside [{low:g}, {high:g}] or are not numbers "
                f"(smallest {np.fmin.reduce(pixels, axis=None):g}, largest {np.fmax.reduce(pixels, axis=None):g}); "
                "declare the range of the set with `data_range: [low, high]`"
            )
        unit = (pixels.astype(np.float64) - low) / (high - low)
        return np.asarray(np.rint(unit * 65535), dtype=np.uint16)


AS_STORED = PixelScale()
"""Integers as the file has them, floats in [0, 1]."""
