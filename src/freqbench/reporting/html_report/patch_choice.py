"""Which patches the image browser shows: by a stated rule, not by hand."""

from dataclasses import dataclass

import pandas as pd

QUANTILES = (0.5, 0.1, 0.9, 0.3, 0.7)
"""Of the PSNR, in the order in which patches are chosen: fewer patches are the first of these."""


@dataclass(frozen=True)
class Choice:
    """A chosen patch.

    Attributes:
        patch_id: its name.
        fov: its field of view.
        rank: its place among the patches by PSNR, the lowest first, from 1.
        count: how many patches there are.
    """

    patch_id: str
    fov: str
    rank: int
    count: int


def choose_patches(scores: pd.DataFrame, count: int = len(QUANTILES)) -> list[Choice]:
    """Return patches that are spread over PSNR and over fields of view, in the order of their choice.

    For each quantile the patch whose rank is nearest to it is taken, among those of the fields of view that were
    taken least often so far: no field of view comes twice before each has come once. Of equals the lower rank is
    taken.

    Args:
        scores: one row a patch: ``patch_id, fov, value``.
        count: how many; fewer are returned where there are fewer patches.
    """
    ordered = scores.sort_values(["value", "patch_id"], kind="stable").reset_index(drop=True)
    total = len(ordered)
    taken: dict[str, int] = dict.fromkeys(ordered["fov"], 0)
    free = set(range(total))
    chosen: list[Choice] = []
    for quantile in QUANTILES[: min(count, total)]:
        target = quantile * (total - 1)
        fewest = min(taken[ordered["fov"][row]] for row in free)
        candidates = [row for row in sorted(free) if taken[ordered["fov"][row]] == fewest]
        row = min(candidates, key=lambda place: abs(place - target))
        free.remove(row)
        taken[ordered["fov"][row]] += 1
        chosen.append(Choice(str(ordered["patch_id"][row]), str(ordered["fov"][row]), row + 1, total))
    return chosen
