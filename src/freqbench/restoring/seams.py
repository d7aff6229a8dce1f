"""How well neighbouring tiles agree: the error of a tiled image, measured on the image itself."""

import numpy as np
import numpy.typing as npt

from freqbench.restoring.tiling import Span

Values = npt.NDArray[np.float32]


class Seams:
    """Compares the tiles of one plane with their neighbours, in reading order.

    Compared is the line of pixels half an overlap before a tile begins. The earlier tile knows it from within, with
    one and a half overlaps around it; the later one has but half an overlap there. So their difference is the error of
    half the overlap, not less than that where the tiles are joined. At the joint itself both see as far, their errors
    are alike, and on a smooth image would cancel. Kept are one line of the last tile and one of the row above.

    Attributes:
        largest: largest difference so far, in the unit of the values.
    """

    def __init__(self, width: int, overlap: int) -> None:
        self.largest = 0.0
        self._back = max(1, overlap // 2)
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
            self._note(values[row.inner, self._line(column.start) - column.first], self._left)
        if row.start > 0:
            self._note(values[self._line(row.start) - row.first, column.inner], self._above[column.start : column.stop])
        self._left = values[row.inner, self._line(column.stop) - column.first].copy()
        self._above[column.start : column.stop] = values[self._line(row.stop) - row.first, column.inner]

    def _line(self, joint: int) -> int:
        """Return the line that is compared before a joint; the border of the image where that is nearer."""
        return max(0, joint - self._back)

    def _note(self, one: Values, other: Values) -> None:
        self.largest = max(self.largest, float(np.abs(one - other).max()))
