"""A stack of grey planes in a file: what the formats have in common."""

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import numpy.typing as npt

Plane = npt.NDArray[Any]
"""Height x width, of the type stored in the file; mapped from the file where that is possible."""


@dataclass(frozen=True)
class Shape:
    """What a file holds.

    Attributes:
        axes: one letter a dimension, ending with ``YX``; T, Z and C are time, depth and channel.
        lengths: of the axes.
        dtype: type of a pixel in native byte order.
        bits: bits that the file says its integers use; None where it says nothing.
    """

    axes: str
    lengths: tuple[int, ...]
    dtype: np.dtype[Any]
    bits: int | None = None

    @property
    def planes(self) -> int:
        """Number of planes."""
        return int(np.prod(self.lengths[:-2], dtype=np.int64))

    @property
    def plane(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.lengths[-2], self.lengths[-1]

    def __str__(self) -> str:
        sizes = " x ".join(f"{axis} {length}" for axis, length in zip(self.axes, self.lengths, strict=True))
        return f"{sizes}, {self.dtype}"


class ImageStack(ABC):
    """An open image file.

    Attributes:
        path: the file.
        shape: what it holds.
        remarks: what a user should know of how it is read and written.
    """

    path: Path
    shape: Shape
    remarks: tuple[str, ...] = ()

    @abstractmethod
    def plane(self, number: int) -> Plane:
        """Return one plane, the last axis before ``YX`` counting fastest.

        Raises:
            FreqbenchError: if it cannot be read.
        """

    @abstractmethod
    def create(self, path: Path, dtype: np.dtype[Any], software: str) -> AbstractContextManager[Plane]:
        """Write a file with the same axes and metadata.

        Args:
            path: the file to write.
            dtype: type of a pixel in it.
            software: what wrote it, kept in the file where the format has a place for it.

        Yields:
            An array (planes, height, width) to be filled; the file is whole when the block ends.
        """

    @abstractmethod
    def close(self) -> None:
        """Close the file."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
