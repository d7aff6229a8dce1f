"""How well neighbouring tiles agree: the error of a tiled image, measured on the image itself."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from freqbench.restoring.tiling import Span

Values = npt.NDArray[np.float32]


class Seams:
    """Compares the tiles of one plane with their neighbours, in reading order.

    Compared is the line of pixels half an overlap behind the border of the later tile. The earlier tile sees at least
    three times as far beyond it there, so that their difference is the error of half the overlap, not less than that
    where the tiles are joined. At the joint itself both see as far: their errors are alike, and on a smooth image
    would cancel. Kept are one line of the last tile and one of the row above.

    Attributes:
        largest: largest difference so far, in the unit of the values.
    """

    def __init__(self, rows: Sequence[Span], columns: Sequence[Span], overlap: int) -> None:
        self.largest = 0.0
        self._rows, self._columns = rows, columns
        self._behind = overlap // 2
        self._above = np.empty(columns[-1].stop, dtype=np.float32)
        self._left = np.empty(0, dtype=np.float32)

    def compare(self, row: int, column: int, values: Values) -> None:
        """Compare a tile with the ones to the left and above.

        Args:
            row: number of the tile's rows.
            column: number of its columns.
            values: what the network returns for the pixels that the tile reads, (rows, columns).
        """
        rows, columns = self._rows[row], self._columns[column]
        if column > 0:
            self._note(values[rows.inner, self._behind], self._left)
        if row > 0:
            self._note(values[self._behind, columns.inner], self._above[columns.start : columns.stop])
        if column + 1 < len(self._columns):
            line = self._columns[column + 1].first + self._behind - columns.first
            self._left = values[rows.inner, line].copy()
        if row + 1 < len(self._rows):
            line = self._rows[row + 1].first + self._behind - rows.first
            self._above[columns.start : columns.stop] = values[line, columns.inner]

    def _note(self, one: Values, other: Values) -> None:
        self.largest = max(self.largest, float(np.abs(one - other).max()))
