"""A list of checksums beside or above the files is believed; files without a line are not accused."""

import hashlib

import pytest

from freqbench.config.local_sources import FolderSource
from freqbench.data.checksums import check_against_sums
from freqbench.data.readers.local_folders import record_folder
from freqbench.errors import FreqbenchError


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "data" / "set").mkdir(parents=True)
    (tmp_path / "data" / "SHA256SUMS").write_text(f"{digest(b'a')}  ./set/a.png\n", encoding="utf-8")
    return tmp_path / "data" / "set"


def test_the_nearest_list_counts(folder):
    check_against_sums(folder, {"a.png": digest(b"a"), "without_a_line.png": digest(b"?")})
    with pytest.raises(FreqbenchError, match=r"a\.png: differs from its line in .*data/SHA256SUMS"):
        check_against_sums(folder, {"a.png": digest(b"b")})
    (folder / "SHA256SUMS").write_text(f"{digest(b'b')} *a.png\n", encoding="utf-8")
    check_against_sums(folder, {"a.png": digest(b"b")})


@pytest.mark.parametrize("content", [b"only_a_hash\n", b"\xff\xfe\x00"])
def test_what_is_no_list_is_named(folder, content):
    (folder / "SHA256SUMS").write_bytes(content)
    with pytest.raises(FreqbenchError, match="SHA256SUMS: not a list of checksums"):
        check_against_sums(folder, {"a.png": digest(b"a")})


def test_a_users_folder_is_checked(folder):
    (folder / "a.png").write_bytes(b"a")
    source = FolderSource(kind="folder", folder=folder, degraded="{fov}.png")
    assert record_folder(source).files == {"a.png": digest(b"a")}
    (folder / "a.png").write_bytes(b"changed")
    with pytest.raises(FreqbenchError, match="differs from its line"):
        record_folder(source)
