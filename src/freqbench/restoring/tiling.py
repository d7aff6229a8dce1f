"""Where the tiles of a plane lie: geometry alone."""

from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True)
class Span:
    """One tile along one axis, in pixels.

    Attributes:
        start: first pixel that the tile restores.
        stop: end of what it restores.
        first: first pixel that it reads.
        last: end of what it reads.
    """

    start: int
    stop: int
    first: int
    last: int

    @property
    def inner(self) -> slice:
        """The restored pixels among those that are read."""
        return slice(self.start - self.first, self.stop - self.first)


def spans(length: int, window: int, overlap: int, divisor: int) -> list[Span]:
    """Cut an axis into tiles that restore every pixel once and read ``overlap`` pixels more on each inner side.

    A tile at the border of the image ends there: what lies beyond is for the network to pad, as in a whole image. It
    reads more on its inner side instead, so that all tiles are of one size: memory that one has freed fits the next.

    Args:
        length: of the axis, a multiple of ``divisor``.
        window: the most that a tile may read.
        overlap: pixels read beyond the restored ones, a multiple of ``divisor``.
        divisor: all positions are multiples of it.

    Returns:
        Tiles in order, whose restored parts differ by one divisor at most; one where the axis fits into the window.

    Raises:
        ValueError: if a length is no multiple of the divisor, or the window leaves nothing to restore.
    """
    if length % divisor or overlap % divisor or length < 1 or overlap < 0:
        raise ValueError(f"length {length} and overlap {overlap} must be multiples of {divisor}")
    if length <= window:
        return [Span(0, length, 0, length)]
    blocks, largest = length // divisor, (window - 2 * overlap) // divisor
    if largest < 1:
        raise ValueError(f"a window of {window} pixels is too small for an overlap of {overlap} on both sides")
    count = -(-blocks // largest)
    edges = [index * blocks // count * divisor for index in range(count + 1)]
    size = min(length, -(-blocks // count) * divisor + 2 * overlap)
    cut = []
    for start, stop in pairwise(edges):
        first = min(max(0, start - overlap), length - size)
        cut.append(Span(start, stop, first, first + size))
    return cut


def rounded_up(length: int, divisor: int) -> int:
    """Return the smallest multiple of the divisor that is not below a length."""
    return -(-length // divisor) * divisor
