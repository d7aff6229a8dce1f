"""Sides of the fields of view: which train, which test."""

from pathlib import Path

import numpy as np
import pandas as pd

from freqbench.config.datasets import Split
from freqbench.data.index import natural_order
from freqbench.errors import FreqbenchError
from freqbench.files import atomic_path

SIDES = ("train", "test", "unused")


def split_fovs(fovs: list[str], settings: Split) -> dict[str, str]:
    """Assign each field of view to a side. All captures of a field of view share it.

    The rule ``fraction`` draws ``round(train_fraction * n)`` fields of view at random from the seed; the
    paper's 40/60 split of 20 fields of view gives 8 and 12.

    Args:
        fovs: names of the fields of view.
        settings: rule, fraction, seed or lists.

    Returns:
        ``train``, ``test`` or ``unused`` by field of view, in natural order.

    Raises:
        FreqbenchError: if a listed field of view does not exist, or a side stays empty.
    """
    fovs = natural_order(fovs)
    if settings.rule == "list":
        for name in (*settings.train, *settings.test):
            if name not in fovs:
                raise FreqbenchError(f"split: field of view {name} is not in the data; there are {', '.join(fovs)}")
        sides = dict.fromkeys(fovs, "unused")
        sides |= dict.fromkeys(settings.train, "train") | dict.fromkeys(settings.test, "test")
        return sides
    count = round(settings.train_fraction * len(fovs))
    if not 0 < count < len(fovs):
        empty = "train" if count == 0 else "test"
        raise FreqbenchError(
            f"split.train_fraction: {settings.train_fraction} of {len(fovs)} fields of view leaves no {empty} "
            "field of view; change the fraction or add data"
        )
    order = np.random.default_rng(settings.seed).permutation(len(fovs))
    train = {fovs[position] for position in order[:count]}
    return {fov: "train" if fov in train else "test" for fov in fovs}


def write_split(sides: dict[str, str], path: Path) -> None:
    """Write the split as CSV with the columns ``fov, split``, atomically."""
    with atomic_path(path) as temporary:
        pd.DataFrame({"fov": list(sides), "split": list(sides.values())}).to_csv(temporary, index=False)


def read_split(path: Path) -> dict[str, str]:
    """Read a split.

    Raises:
        FreqbenchError: if it is missing, holds an unknown side, or a field of view twice.
    """
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
        sides = dict(zip(table["fov"], table["split"], strict=True))
    except (OSError, KeyError, ValueError) as error:
        raise FreqbenchError(f"{path}: no readable split ({error}); run `freqbench split` first") from error
    wrong = [side for side in sides.values() if side not in SIDES]
    if wrong or len(sides) != len(table):
        problem = f"`{wrong[0]}` is not one of {', '.join(SIDES)}" if wrong else "a field of view stands there twice"
        raise FreqbenchError(f"{path}: {problem}")
    return sides
