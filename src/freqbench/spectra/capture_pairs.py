"""Pairs of restored captures of one scene: what they have in common needs no clean image."""

import numpy as np
import numpy.typing as npt
import pandas as pd


def capture_pairs(table: pd.DataFrame) -> npt.NDArray[np.intp]:
    """Pair the patches that show the same window of a field of view in two captures.

    Captures are paired in the order of their names, the first with the second, the third with the fourth: no
    capture is in two pairs, so that the noise of the pairs is independent. Of an odd number the last is left out.

    Args:
        table: one row a patch, with ``fov, capture, y, x``.

    Returns:
        Row numbers of both patches of each pair, (P, 2); none where every window has one capture.
    """
    ordered = table.reset_index(drop=True).sort_values(["fov", "y", "x", "capture"], kind="stable")
    pairs = [
        (rows[place], rows[place + 1])
        for rows in ordered.groupby(["fov", "y", "x"], sort=False).groups.values()
        for place in range(0, len(rows) - 1, 2)
    ]
    return np.array(pairs, dtype=np.intp).reshape(-1, 2)
