"""The temporal average of captures: what the same microscope sees of the same field in a longer exposure."""

import numpy as np

from freqbench.classical.tuning import Images
from freqbench.data.image_files import to_unit_range
from freqbench.data.patches import PatchSet, windows_of
from freqbench.errors import FreqbenchError

CAPTURES = 16


def average_of_captures(test: PatchSet, where: str) -> Images:
    """Return for each patch the mean of 16 captures of its window: its own and the next 15, the first after the last.

    Patches of one window share captures with each other and, where the clean image is the mean of all captures, with
    that: an upper reference of what the captures hold, and no method.

    Args:
        test: test patches of single captures, in the order in which they were taken.
        where: begins the message of an error: the control and the data set.

    Returns:
        Images (N, H, W) in [0, 1].

    Raises:
        FreqbenchError: if a window has fewer than 16 captures.
    """
    averages = np.empty(test.noisy.shape, dtype=np.float32)
    for rows in windows_of(test):
        if len(rows) < CAPTURES:
            fov = test.table["fov"].iloc[rows[0]]
            raise FreqbenchError(f"{where}: needs {CAPTURES} captures, but field of view {fov} has {len(rows)}")
        captures = to_unit_range(test.noisy[rows])
        for place, row in enumerate(rows):
            chosen = (place + np.arange(CAPTURES)) % len(rows)
            averages[row] = captures[chosen].mean(axis=0, dtype=np.float64)
    return averages
