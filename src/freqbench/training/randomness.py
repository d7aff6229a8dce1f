"""Random numbers as a function of the seed and the iteration, also those that nobody here draws."""

import random

import numpy as np
import torch


def seed_global_generators(seed: int, iteration: int) -> None:
    """Seed Python, NumPy and torch, the GPU's generators included, for one iteration.

    The batches draw from generators of their own. A loss of the user's may draw from a global one: seeded in each
    iteration, these need no place in a saved state, and a resumed training draws what an uninterrupted one does.
    """
    value = int(np.random.SeedSequence((seed, 2, iteration)).generate_state(1, np.uint64)[0])
    random.seed(value)
    np.random.seed(value % 2**32)  # noqa: NPY002 - the legacy generator is the global one
    torch.manual_seed(value)
