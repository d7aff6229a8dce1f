"""Independent random streams, and numbers that are the same on every machine."""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray


class Stream(IntEnum):
    """What a random stream is for; the first number of its key."""

    SPECIMEN = 0
    LATTICE = 1
    FIELD = 2
    CAPTURE = 3


def generator(seed: int, stream: Stream, *key: int) -> np.random.Generator:
    """Return the generator of one purpose and key: never shared, never dependent on how many there are."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(int(stream), *key))))


def quantise(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round to multiples of 2**-20.

    Processors differ in the last bit of cosines and exponentials. Rounded, the expected image is almost
    everywhere the same number on all of them, and so are the captures drawn from it.
    """
    return np.asarray(np.rint(values * 2.0**20) / 2.0**20, dtype=np.float64)
