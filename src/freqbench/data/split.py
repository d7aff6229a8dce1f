"""Sides of the fields of view: which train, which test."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd

from freqbench.config.datasets import Split
from freqbench.data.index import natural_order
from freqbench.data.leakage.similarity import Similarity, declared_groups, specimens
from freqbench.errors import FreqbenchError
from freqbench.files import atomic_path

SIDES = ("train", "test", "unused")

AUTHORS_TEST = "19"
"""The field of view that the FMD authors test on (Zhang et al., CVPR 2019)."""

TRIES = 1000
"""Draws in a row that may repeat earlier splits before there are held to be no others."""


def split_fields(
    index: pd.DataFrame, settings: Split, similarity: Similarity | None = None, number: int = 1
) -> dict[str, str]:
    """Assign each field of view to a side: all its captures, and all fields of view of its declared group.

    The rule ``fraction`` draws ``round(train_fraction * n)`` of n groups from the seed; without groups these are
    fields of view, and the paper's 40/60 split of 20 gives 8 and 12. The rule ``groups`` draws presumed
    specimens, that is fields of view connected by a declared group or by what they show, and comes as near to
    that share of the fields of view as whole specimens allow.

    Args:
        index: manifest with the columns ``fov`` and ``group``.
        settings: rule, fraction, seed or lists.
        similarity: relations of all fields of view, where `needs_similarity` says so.
        number: which of the different splits that one seed gives, from 1.

    Returns:
        ``train``, ``test`` or ``unused`` by field of view, in natural order.

    Raises:
        FreqbenchError: if a listed field of view does not exist, a list cuts through a group, a side stays empty,
            relations are needed that were not measured, or there are fewer different splits.
    """
    groups = declared_groups(index)
    fovs = natural_order([fov for group in groups for fov in group])
    if settings.rule in ("authors", "list"):
        sides = _authors(fovs) if settings.rule == "authors" else _listed(fovs, settings)
        _check_groups(sides, index)
    else:
        if settings.rule == "groups":
            groups = specimens(index, _complete(similarity).findings)
        train = _drawn(groups, settings, number)
        sides = {fov: "train" if fov in train else "test" for fov in fovs}
    return _without_shared(sides, _complete(similarity)) if settings.shared_area == "exclude" else sides


def tested_alone(sides: dict[str, str]) -> dict[str, str]:
    """Return the sides of a data set on which nothing is trained: what would train is not used."""
    return {fov: "unused" if side == "train" else side for fov, side in sides.items()}


def needs_similarity(settings: Split) -> bool:
    """Return whether a split depends on how fields of view are related."""
    return settings.rule == "groups" or settings.shared_area == "exclude"


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


def _authors(fovs: list[str]) -> dict[str, str]:
    if AUTHORS_TEST not in fovs or len(fovs) == 1:
        raise FreqbenchError(
            f"split.rule: `authors` tests on field of view {AUTHORS_TEST} and trains on the others; there are "
            f"{', '.join(fovs)}; use another rule"
        )
    return {fov: "test" if fov == AUTHORS_TEST else "train" for fov in fovs}


def _listed(fovs: list[str], settings: Split) -> dict[str, str]:
    for name in (*settings.train, *settings.test):
        if name not in fovs:
            raise FreqbenchError(f"split: field of view {name} is not in the data; there are {', '.join(fovs)}")
    sides = dict.fromkeys(fovs, "unused")
    return sides | dict.fromkeys(settings.train, "train") | dict.fromkeys(settings.test, "test")


def _check_groups(sides: dict[str, str], index: pd.DataFrame) -> None:
    for group in declared_groups(index):
        train, test = ([fov for fov in group if sides[fov] == side] for side in ("train", "test"))
        if train and test:
            name = index.loc[index["fov"] == train[0], "group"].iloc[0]
            raise FreqbenchError(
                f"split: fields of view {train[0]} (train) and {test[0]} (test) are both of group {name}; list a "
                "group on one side only"
            )


def _drawn(groups: list[list[str]], settings: Split, number: int) -> set[str]:
    """Return the fields of view that train."""
    fovs = [fov for group in groups for fov in group]
    if settings.rule == "groups" and len(groups) == 1:
        raise FreqbenchError(
            f"split.rule: `groups` finds all {len(fovs)} fields of view related, so there is no second group to test "
            "on; set `split.shared_area: mask` with another rule, or add data"
        )
    # `fraction` is of the groups that are declared, `groups` of the fields of view in groups of any size
    sizes = [len(group) if settings.rule == "groups" else 1 for group in groups]
    count = round(settings.train_fraction * sum(sizes))
    if not 0 < count < sum(sizes):
        unit = "fields of view" if sum(sizes) == len(fovs) else "groups of fields of view, which stay together,"
        raise FreqbenchError(
            f"split.train_fraction: {settings.train_fraction} of {sum(sizes)} {unit} leaves none to "
            f"{'test on' if count else 'train on'}; change the fraction or add data"
        )
    drawn = next(islice(_draws(sizes, count, settings.seed), number - 1, None), None)
    if drawn is None:
        raise FreqbenchError(
            f"split.repeats: there is no split {number} that differs from those before it, as there are "
            f"{len(groups)} groups of fields of view to draw from; lower `repeats` or add data"
        )
    return {fov for position in drawn for fov in groups[position]}


def _draws(sizes: list[int], count: int, seed: int) -> Iterator[frozenset[int]]:
    """Yield different sets of train groups, until no other turns up."""
    rng, seen, repeated = np.random.default_rng(seed), set[frozenset[int]](), 0
    while repeated < TRIES:
        drawn = _near(count, sizes, [int(position) for position in rng.permutation(len(sizes))])
        repeated = repeated + 1 if drawn in seen else 0
        if not repeated:
            seen.add(drawn)
            yield drawn


def _near(count: int, sizes: list[int], order: list[int]) -> frozenset[int]:
    """Return groups whose sizes sum up to about the count, taken in this order; the last one is left for the test."""
    train: list[int] = []
    total = 0
    for position in order[:-1]:
        # a group that would leave the side further from the count than it is stays out
        if not train or abs(total + sizes[position] - count) <= abs(total - count):
            train.append(position)
            total += sizes[position]
    return frozenset(train)


def _without_shared(sides: dict[str, str], similarity: Similarity) -> dict[str, str]:
    """Return the sides with train fields of view unused that show pixels of a test field of view."""
    sides = dict(sides)
    for finding in similarity.findings:
        if finding.kind == "same area" and {sides[finding.first], sides[finding.second]} == {"train", "test"}:
            sides[finding.first if sides[finding.first] == "train" else finding.second] = "unused"
    if "train" not in sides.values():
        raise FreqbenchError(
            "split.shared_area: `exclude` leaves no train field of view: each shows pixels of a test field of view; "
            "use `mask` or `rule: groups`"
        )
    return sides


def _complete(similarity: Similarity | None) -> Similarity:
    if similarity is None or not similarity.complete:
        raise FreqbenchError(
            "split: this split needs the relations of all fields of view, which must have one size; "
            "run `freqbench similarity` first"
        )
    return similarity
