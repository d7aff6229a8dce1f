"""Sides of the fields of view: which train, which test."""

from pathlib import Path

import numpy as np
import pandas as pd

from freqbench.config.datasets import Split
from freqbench.data.index import natural_order
from freqbench.data.similarity import Similarity, clusters
from freqbench.errors import FreqbenchError
from freqbench.files import atomic_path

SIDES = ("train", "test", "unused")


AUTHORS_TEST = "19"
"""The field of view that the FMD authors test on (Zhang et al., CVPR 2019)."""


def split_fovs(fovs: list[str], settings: Split, similarity: Similarity | None = None) -> dict[str, str]:
    """Assign each field of view to a side. All captures of a field of view share it.

    The rule ``fraction`` draws ``round(train_fraction * n)`` fields of view at random from the seed; the
    paper's 40/60 split of 20 fields of view gives 8 and 12. The rule ``groups`` draws groups of related fields of
    view and comes as near to that number as whole groups allow, with the one drawn last.

    Args:
        fovs: names of the fields of view.
        settings: rule, fraction, seed or lists.
        similarity: relations of all fields of view; needed by the rule ``groups`` and to exclude train fields of
            view that show pixels of a test field of view.

    Returns:
        ``train``, ``test`` or ``unused`` by field of view, in natural order.

    Raises:
        FreqbenchError: if a listed field of view does not exist, a side stays empty, or relations are needed that
            were not measured.
    """
    sides = _by_rule(natural_order(fovs), settings, similarity)
    return _without_shared(sides, _complete(similarity)) if settings.shared_area == "exclude" else sides


def needs_similarity(settings: Split) -> bool:
    """Return whether a split depends on how fields of view are related."""
    return settings.rule == "groups" or settings.shared_area == "exclude"


def _by_rule(fovs: list[str], settings: Split, similarity: Similarity | None) -> dict[str, str]:
    if settings.rule == "authors":
        if AUTHORS_TEST not in fovs or len(fovs) == 1:
            raise FreqbenchError(
                f"split.rule: `authors` tests on field of view {AUTHORS_TEST} and trains on the others; there are "
                f"{', '.join(fovs)}; use another rule"
            )
        return {fov: "test" if fov == AUTHORS_TEST else "train" for fov in fovs}
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
    if settings.rule == "groups":
        return _by_group(fovs, clusters(fovs, _complete(similarity).findings), count, settings.seed)
    order = np.random.default_rng(settings.seed).permutation(len(fovs))
    train = {fovs[position] for position in order[:count]}
    return {fov: "train" if fov in train else "test" for fov in fovs}


def _by_group(fovs: list[str], groups: list[list[str]], count: int, seed: int) -> dict[str, str]:
    if len(groups) == 1:
        raise FreqbenchError(
            f"split.rule: `groups` finds all {len(fovs)} fields of view related, so there is no second group to test "
            "on; set `split.shared_area: mask` with another rule, or add data"
        )
    train: list[str] = []
    order = np.random.default_rng(seed).permutation(len(groups))
    for position in order[:-1]:
        group = groups[position]
        # a group that would leave the side further from its size than it is stays out
        if not train or abs(len(train) + len(group) - count) <= abs(len(train) - count):
            train += group
    return {fov: "train" if fov in train else "test" for fov in fovs}


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
