import zipfile

import pytest

from freqbench.data.fetching.catalogue import ARCHIVES
from freqbench.data.fetching.fetch import Fetching, fetch_set
from freqbench.errors import FreqbenchError
from freqbench.opinion.kadid import read_scores


@pytest.fixture
def mirror(make_set, tmp_path):
    """A mirror with a small archive in the layout of KADID-10k."""
    folder = make_set(references=1, levels=1)
    path = tmp_path / "mirror" / "kadid10k.zip"
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(file for file in folder.rglob("*") if file.is_file()):
            archive.write(file, f"kadid10k/{file.relative_to(folder)}")
    return path.parent


def test_an_archive_in_the_mirror_is_unpacked_and_pinned(mirror, tmp_path):
    how = Fetching(cache=tmp_path / "images", mirror=mirror, lock=tmp_path / "data.lock")
    folder, was_complete = fetch_set(ARCHIVES["kadid10k"], how)
    assert not was_complete
    assert folder == tmp_path / "images" / "kadid10k"
    assert len(read_scores(folder)) == 3
    assert '"kadid10k" = { size = ' in (tmp_path / "data.lock").read_text()
    assert fetch_set(ARCHIVES["kadid10k"], how) == (folder, True)


def test_another_archive_than_the_pinned_one_is_refused(mirror, tmp_path):
    lock = tmp_path / "data.lock"
    fetch_set(ARCHIVES["kadid10k"], Fetching(cache=tmp_path / "images", mirror=mirror, lock=lock))
    with zipfile.ZipFile(mirror / "kadid10k.zip", "a") as archive:
        archive.writestr("kadid10k/more.txt", "more")
    with pytest.raises(FreqbenchError, match=r"kadid10k\.zip: its size is"):
        fetch_set(ARCHIVES["kadid10k"], Fetching(cache=tmp_path / "elsewhere", mirror=mirror, lock=lock))


def test_the_licence_is_said_to_be_unchecked():
    assert "has not been checked" in ARCHIVES["kadid10k"].collection.licence_text
    assert not ARCHIVES["kadid10k"].content.is_hashed
