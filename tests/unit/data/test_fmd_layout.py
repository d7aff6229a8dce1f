"""FMD's layout is read for every type and level that the mirror has, from real images."""

import os
from pathlib import Path

import pytest

from freqbench.config.datasets import FMD_TYPES, Dataset
from freqbench.data.exclusions import Exclusions
from freqbench.data.index import index_images
from freqbench.data.readers.dispatch import read_pairing
from freqbench.data.source import SourceRecord, hash_images
from freqbench.mirror import MIRROR_VARIABLE


@pytest.mark.mirror
@pytest.mark.parametrize("fmd_type", FMD_TYPES)
def test_every_type_at_every_level(fmd_type):
    root = Path(os.environ.get(MIRROR_VARIABLE, "nowhere")) / "data" / "fmd_mini" / fmd_type
    if not root.is_dir():
        pytest.skip(f"{MIRROR_VARIABLE} names no folder with data/fmd_mini/{fmd_type}")
    for level in ("raw", "avg2", "avg4", "avg8", "avg16"):
        files = hash_images(root, (level, "gt"))
        # of the other fields of view the mirror has a few files only
        record = SourceRecord(root, "fmd", "", "", "", {name: files[name] for name in files if "/19/" in name})
        data = Dataset.model_validate(
            {"source": {"kind": "fmd", "type": fmd_type, "folder": root, "captures": 4}, "level": level}
        )
        table = index_images(record, "d", read_pairing(record, data), Exclusions(root))
        assert len(table) == 4
        assert set(table["level"]) == {level}
        assert set(table["clean"]) == {"gt/19/avg50.png"}
        assert set(table["group"]) == {"19"}
        assert set(table["bit_depth"]) == {8}
        assert table[["height", "width"]].eq(512).all(axis=None)
