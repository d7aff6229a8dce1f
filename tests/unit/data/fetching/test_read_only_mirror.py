"""A mirror is shared: it is only read, whatever is taken from it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from freqbench.config.datasets import FMDSource
from freqbench.data.fetching.fetch import Fetching, fetch_fmd, fetch_set
from freqbench.mirror import find_in_mirror

TYPE = "Confocal_FISH"
PATHS = ("raw/1/a.png", "gt/1/avg50.png")


def state_of(folder: Path) -> dict[str, tuple[int, int]]:
    """Return size and time of all files and folders; a folder's time changes with each name made or removed in it."""
    paths = [folder, *folder.rglob("*")]
    return {str(path): (path.stat().st_size, path.stat().st_mtime_ns) for path in paths}


@pytest.fixture
def mirror(tmp_path: Path, png, tar_of, publish) -> Iterator[Path]:
    """A mirror with a type of FMD, unpacked and as the published archive."""
    members = {f"{TYPE}/{path}": png(number) for number, path in enumerate(PATHS)}
    folder = tmp_path / "mirror"
    for name, content in members.items():
        (folder / "fmd" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "fmd" / name).write_bytes(content)
    packed = tar_of(members)
    (folder / f"{TYPE}.tar").write_bytes(packed)
    publish(f"fmd/{TYPE}", packed)
    before = state_of(folder)
    yield folder
    assert state_of(folder) == before


def test_a_folder_of_images(mirror: Path, tmp_path: Path) -> None:
    source = FMDSource(kind="fmd", type=TYPE, folder=Path("fmd") / TYPE)
    assert len(fetch_fmd(source, "raw", tmp_path / "images", Fetching(mirror=mirror)).files) == len(PATHS)


def test_an_archive_for_a_study(mirror: Path, tmp_path: Path, server, waits) -> None:
    how = Fetching(mirror=mirror, cache=tmp_path / "cache", lock=tmp_path / "data.lock")
    fetch_fmd(FMDSource(kind="fmd", type=TYPE), "raw", tmp_path / "images", how)
    assert server.seen == []


def test_an_archive_for_the_cache(mirror: Path, tmp_path: Path, publish, server, waits) -> None:
    archive = publish(f"fmd/{TYPE}", (mirror / f"{TYPE}.tar").read_bytes())
    fetch_set(archive, Fetching(mirror=mirror, cache=tmp_path / "cache", lock=tmp_path / "data.lock"))
    assert server.seen == []


def test_a_file_that_is_looked_for(mirror: Path) -> None:
    assert find_in_mirror(f"{TYPE}.tar", mirror) == mirror / f"{TYPE}.tar"
