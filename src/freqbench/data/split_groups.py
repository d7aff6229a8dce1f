"""A split that cuts through no group: the fields of view of one specimen or well are on one side."""

import pandas as pd

from freqbench.config.datasets import Split
from freqbench.data.index import natural_order
from freqbench.data.split import split_fovs
from freqbench.errors import FreqbenchError


def split_groups(index: pd.DataFrame, settings: Split) -> dict[str, str]:
    """Assign each field of view to a side, all of a group to the same.

    Args:
        index: manifest with the columns ``fov`` and ``group``.
        settings: the rule. ``fraction`` is of the groups and draws them; ``list`` lists fields of view.

    Returns:
        ``train``, ``test`` or ``unused`` by field of view, in natural order.

    Raises:
        FreqbenchError: if lists cut through a group, or as `freqbench.data.split.split_fovs` says.
    """
    group_of = dict(zip(index["fov"], index["group"], strict=True))
    fovs = natural_order(list(group_of))
    if settings.rule == "list":
        sides = split_fovs(fovs, settings)
        _check_groups(sides, group_of)
        return sides
    groups = natural_order(list(set(group_of.values())))
    if len(groups) < len(fovs) and not 0 < round(settings.train_fraction * len(groups)) < len(groups):
        raise FreqbenchError(
            f"split.train_fraction: {settings.train_fraction} of {len(groups)} groups ({', '.join(groups[:5])}) leaves "
            "one side empty, and fields of view of one group cannot be on both; change the fraction or add groups"
        )
    side_of_group = split_fovs(groups, settings)
    return {fov: side_of_group[group_of[fov]] for fov in fovs}


def _check_groups(sides: dict[str, str], group_of: dict[str, str]) -> None:
    first: dict[tuple[str, str], str] = {}
    for fov, side in sides.items():
        first.setdefault((group_of[fov], side), fov)
    for (group, side), fov in first.items():
        other = first.get((group, "test"))
        if side == "train" and other is not None:
            raise FreqbenchError(
                f"split: fields of view {fov} (train) and {other} (test) are both of group {group}; list a group on "
                "one side only"
            )
