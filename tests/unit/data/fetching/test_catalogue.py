"""The catalogue names every archive once, with an address, a licence and a citation."""

import re

import pytest

from freqbench.config.datasets import FMD_TYPES
from freqbench.data.fetching.catalogue import ARCHIVES, GROUPS, select
from freqbench.errors import FreqbenchError


def test_all_of_fmd_and_bbbc006_and_kadid():
    planes = {f"bbbc006/z_{z:02d}" for z in range(34)}
    fmd = {f"fmd/{kind}" for kind in (*FMD_TYPES, "test_mix")}
    assert ARCHIVES.keys() == fmd | planes | {"bbbc006/labels", "bbbc006/counts", "kadid10k"}


@pytest.mark.parametrize("archive", ARCHIVES.values(), ids=ARCHIVES)
def test_every_entry_is_sound(archive):
    assert archive.address.startswith("https://")
    assert "figshare.com/ndownloader" not in archive.address, "that host answers 202 with no bytes"
    assert archive.content.size is None or archive.content.size > 0
    assert archive.content.md5 is None or re.fullmatch(r"[0-9a-f]{32}", archive.content.md5)
    assert archive.content.sha256 is None or re.fullmatch(r"[0-9a-f]{64}", archive.content.sha256)
    assert archive.collection.licence
    assert "doi:" in archive.collection.citation


def test_addresses_and_hashes_are_all_different():
    for values in (
        [archive.address for archive in ARCHIVES.values()],
        [archive.file_name for archive in ARCHIVES.values()],
        [archive.content for archive in ARCHIVES.values() if archive.content.is_hashed],
    ):
        assert len(set(values)) == len(values)


def test_published_tar_sizes_are_whole_blocks():
    sizes = [archive.content.size for archive in ARCHIVES.values() if archive.file_name.endswith(".tar")]
    assert [size for size in sizes if size is not None and size % 512] == []


def test_the_licence_of_bbbc006_is_said_to_be_unclear():
    collection = ARCHIVES["bbbc006/z_16"].collection
    assert "inconsistently" in collection.licence_text
    assert "CC0" in collection.licence
    assert "CC BY 3.0" in collection.licence


def test_names_and_groups():
    assert [archive.name for archive in select(["fmd/test_mix", "bbbc006"])] == ["fmd/test_mix", *GROUPS["bbbc006"]]
    assert len(select(["fmd", "fmd/Confocal_FISH"])) == len(FMD_TYPES)


@pytest.mark.parametrize(
    ("name", "hint"), [("fmd/Confocal_Fish", "did you mean `fmd/Confocal_FISH`"), ("zzz", "no such data set (")]
)
def test_an_unknown_name(name, hint):
    with pytest.raises(FreqbenchError) as caught:
        select([name])
    assert hint in str(caught.value)
