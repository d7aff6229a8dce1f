"""FMD's layout is read for every type and level that the mirror has, from real images."""

import os
from pathlib import Path

import pytest

from freqbench.config.datasets import FMD_TYPES, Dataset
from freqbench.data.exclusions import Exclusions
from freqbench.data.index import index_images
from freqbench.data.phantom import PhantomSpec, simulate
from freqbench.data.readers.dispatch import read_pairing
from freqbench.data.readers.fmd_layout import pair_fmd_layout
from freqbench.data.source import SourceRecord, hash_images
from freqbench.errors import FreqbenchError
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


def test_a_phantom_says_which_specimen_a_field_shows(tmp_path):
    simulate(PhantomSpec("tissue", specimens=2, fovs=3, captures=1, size=64, seed=1), tmp_path / "p")
    files = hash_images(tmp_path / "p", ("raw", "gt"))
    record = SourceRecord(tmp_path / "p", "phantom", "", "", "", files)
    assert {pair.fov: pair.group for pair in pair_fmd_layout(record, "raw", 1).pairs} == {"1": "1", "2": "2", "3": "1"}
    (tmp_path / "p" / "specimens.csv").unlink()
    with pytest.raises(FreqbenchError, match=r"specimens\.csv: says not which specimen"):
        pair_fmd_layout(record, "raw", 1)
