"""How well neighbouring tiles agree: the error of a tiled image, measured on the image itself."""

import numpy as np
import numpy.typing as npt

from freqbench.restoring.tiling import Span

Values = npt.NDArray[np.float32]


class Seams:
    """Compares the tiles of one plane where they meet, in reading order.

    Two neighbours both restore the last line of pixels of the first one: it from within, the second one from its
    overlap. What the overlap is too small for shows there most, since nowhere else is a tile's border so close. Kept
    are one line of the last tile and one of the row of tiles above.

    Attributes:
        largest: largest difference so far, in the unit of the values.
    """

    def __init__(self, width: int) -> None:
        self.largest = 0.0
        self._above = np.empty(width, dtype=np.float32)
        self._left = np.empty(0, dtype=np.float32)

    def compare(self, row: Span, column: Span, values: Values) -> None:
        """Compare a tile with the ones to the left and above.

        Args:
            row: rows of the tile.
            column: its columns.
            values: what the network returns for the pixels that the tile reads, (rows, columns).
        """
        if column.start > 0:
            self._note(values[row.inner, column.start - column.first - 1], self._left)
        if row.start > 0:
            self._note(values[row.start - row.first - 1, column.inner], self._above[column.start : column.stop])
        self._left = values[row.inner, column.stop - column.first - 1].copy()
        self._above[column.start : column.stop] = values[row.stop - row.first - 1, column.inner]

    def _note(self, one: Values, other: Values) -> None:
        self.largest = max(self.largest, float(np.abs(one - other).max()))
