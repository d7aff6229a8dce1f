"""Two data sets as one, for the audit of generators that are trained on the one and tested on the other."""

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from freqbench.config.datasets import Dataset
from freqbench.data.image_files import Grey
from freqbench.data.pixel_scale import PixelScale
from freqbench.data.source import SourceRecord

BETWEEN = "/"
"""Between the name of a data set and that of its field of view or file; no data set has it in its name."""


@dataclass(frozen=True)
class SideOfSet:
    """What one data set gives to the audit.

    Attributes:
        name: of the data set.
        side: ``train`` or ``test``.
        index: its manifest.
        sides: side of each of its fields of view.
        record: where its images are and what their numbers mean.
    """

    name: str
    side: str
    index: pd.DataFrame
    sides: dict[str, str]
    record: SourceRecord


@dataclass(frozen=True)
class JoinedSources:
    """Images of several data sets, each read with its own scale; a file is named ``<data set>/<file>``."""

    records: dict[str, SourceRecord]

    def pixels(self, name: str) -> Grey:
        """Return the pixels of a file, as `SourceRecord.pixels` does."""
        dataset, _, file = name.partition(BETWEEN)
        return self.records[dataset].pixels(file)

    def scale_of(self, name: str) -> PixelScale:
        """Return what the stored numbers of a file mean."""
        return self.records[name.partition(BETWEEN)[0]].scale


def join(
    parts: Iterable[SideOfSet], *, same_specimens: bool = False
) -> tuple[pd.DataFrame, dict[str, str], JoinedSources]:
    """Return manifest, sides and sources of the train side of one data set and the test side of another.

    Fields of view and files are named ``<data set>/<name>``.

    Args:
        parts: the data sets.
        same_specimens: whether fields of view, or groups of them, with one name show one specimen in all of them.
    """
    tables: list[pd.DataFrame] = []
    sides: dict[str, str] = {}
    records: dict[str, SourceRecord] = {}
    for part in parts:
        chosen = part.index[part.index["fov"].map(part.sides) == part.side].copy()
        prefix = f"{part.name}{BETWEEN}"
        for column in ("image_id", "fov", "noisy", "clean", *(() if same_specimens else ("group",))):
            chosen[column] = prefix + chosen[column].astype(str)
        tables.append(chosen)
        sides |= dict.fromkeys(chosen["fov"], part.side)
        records[part.name] = part.record
    return pd.concat(tables, ignore_index=True), sides, JoinedSources(records)


def shows_same_specimens(one: Dataset, other: Dataset) -> bool:
    """Return whether fields of view of one name show one specimen in two data sets, as far as is known of them.

    So it is in the three channels of FMD's BPAE cells under one microscope, and in two data sets of one source.
    """
    if one.source.kind == other.source.kind == "fmd":
        return _slides(one.source.type) == _slides(other.source.type)
    return one.source == other.source


def _slides(fmd_type: str) -> str:
    """Return an FMD type without its channel."""
    microscope_and_specimen, _, channel = fmd_type.rpartition("_")
    return microscope_and_specimen if channel in ("R", "G", "B") else fmd_type
