"""Which capture a noisy patch is compared with, where the training sees no clean images.

Noise2Noise (Lehtinen et al., ICML 2018): a network that maps one noisy image to another of the same scene cannot learn
the noise, which is independent, and learns what both have in common: with a squared error their mean, with an absolute
one their median. The FRC paper (arXiv 2201.03992) trains all its losses in this way.
"""

from typing import Literal

import numpy as np
import numpy.typing as npt

from freqbench.data.image_files import Pixels
from freqbench.data.patches import PatchSet, windows_of
from freqbench.errors import FreqbenchError

Rows = npt.NDArray[np.int64]
Target = Literal["clean", "second_capture"]
"""`training.target`."""


def other_captures(patches: PatchSet) -> list[Rows]:
    """Return for each patch the rows of the other captures of its window.

    Raises:
        FreqbenchError: if a window has one capture only, naming its field of view.
    """
    others: list[Rows] = [np.empty(0, dtype=np.int64)] * len(patches.table)
    for window in windows_of(patches):
        if len(window) < 2:
            raise FreqbenchError(too_few_captures(str(patches.table["fov"].iloc[window[0]])))
        rows = np.array(window, dtype=np.int64)
        for row in rows:
            others[row] = rows[rows != row]
    return others


def next_captures(patches: PatchSet) -> Rows:
    """Return for each patch the row of the next capture of its window, of the last one the first: a fixed choice."""
    following = np.arange(len(patches.table))
    for window in windows_of(patches):
        following[window] = np.roll(window, -1)
    return following


def fixed_targets(patches: PatchSet, target: Target) -> tuple[Pixels, Rows]:
    """Return what patches are compared with where nothing may be drawn, and the row in it for each patch.

    Of the other captures of a window that is the next one.
    """
    if target == "clean":
        return patches.clean, np.arange(len(patches.table))
    return patches.noisy, next_captures(patches)


def too_few_captures(fov: str) -> str:
    """Return what is wrong with a field of view that was captured once."""
    return (
        f"training.target: `second_capture` compares two captures of each field of view, but field of view {fov} has "
        "one; leave it out of the train side, or set `training.target: clean`"
    )
