"""Files are whole or absent, whatever happens while they are written."""

import hashlib
import json
import os
import stat

import pytest

from freqbench import files
from freqbench.errors import FreqbenchError
from freqbench.files import atomic_folder, atomic_path, read_json, sha256_of, write_json, write_text


def names(folder):
    return sorted(path.name for path in folder.rglob("*"))


@pytest.fixture
def blocked(tmp_path):
    """A path in a `folder` that is a file: nobody can write there, not even root."""
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    return tmp_path / "file" / "result.csv"


class Interrupted(BaseException):
    """Stands for Ctrl-C: not an Exception."""


def test_written_whole_with_its_folder_and_suffix(tmp_path):
    path = tmp_path / "a" / "b" / "table.csv"
    with atomic_path(path) as temporary:
        assert temporary.parent == path.parent
        assert temporary.suffix == ".csv"
        temporary.write_text("new", encoding="utf-8")
        assert not path.exists()
    assert path.read_text(encoding="utf-8") == "new"
    assert names(path.parent) == ["table.csv"]


@pytest.mark.parametrize("error", [RuntimeError, Interrupted])
def test_a_failing_block_leaves_the_old_file_and_nothing_else(tmp_path, error):
    path = tmp_path / "table.csv"
    path.write_text("old", encoding="utf-8")
    with pytest.raises(error), atomic_path(path) as temporary:
        temporary.write_text("ne", encoding="utf-8")
        raise error
    assert path.read_text(encoding="utf-8") == "old"
    assert names(tmp_path) == ["table.csv"]


def test_a_full_disk_is_named_and_leaves_the_old_file(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("old", encoding="utf-8")
    with pytest.raises(FreqbenchError, match=f"{path}: writing failed .No space left"), atomic_path(path):
        raise OSError(28, "No space left on device")
    assert path.read_text(encoding="utf-8") == "old"
    assert names(tmp_path) == ["table.csv"]


def test_permissions_follow_the_mask_of_the_process(tmp_path):
    before = os.umask(0o027)
    try:
        write_text(tmp_path / "file", "x")
        with atomic_folder(tmp_path / "folder"):
            pass
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o640
    assert stat.S_IMODE((tmp_path / "folder").stat().st_mode) == 0o750


def test_a_folder_that_cannot_be_written_is_named(blocked):
    with pytest.raises(FreqbenchError, match=f"{blocked}: cannot be written"), atomic_path(blocked):
        pytest.fail("the block must not run")
    with pytest.raises(FreqbenchError, match=f"{blocked}: cannot be written"), atomic_folder(blocked):
        pytest.fail("the block must not run")


def test_a_folder_in_the_place_of_the_file_is_kept(tmp_path):
    (tmp_path / "table.csv").mkdir()
    with pytest.raises(FreqbenchError, match=r"table\.csv: writing failed"):
        write_text(tmp_path / "table.csv", "x")
    assert names(tmp_path) == ["table.csv"]


def test_folder_appears_whole_in_the_place_of_the_old_one(tmp_path):
    folder = tmp_path / "a" / "images"
    for content in ("old", "new"):
        with atomic_folder(folder) as temporary:
            (temporary / "deep").mkdir()
            (temporary / "deep" / content).write_text(content, encoding="utf-8")
    assert names(folder) == ["deep", "new"]
    assert names(folder.parent) == ["deep", "images", "new"]


@pytest.mark.parametrize("error", [RuntimeError, Interrupted])
def test_a_failing_block_leaves_the_old_folder_and_nothing_else(tmp_path, error):
    folder = tmp_path / "images"
    with atomic_folder(folder) as temporary:
        (temporary / "old").touch()
    with pytest.raises(error), atomic_folder(folder) as temporary:
        (temporary / "new").touch()
        raise error
    assert names(tmp_path) == ["images", "old"]


def test_a_file_in_the_place_of_the_folder_is_kept(tmp_path):
    (tmp_path / "images").write_text("mine", encoding="utf-8")
    with pytest.raises(FreqbenchError, match="images: writing failed"), atomic_folder(tmp_path / "images") as temporary:
        (temporary / "new").touch()
    assert (tmp_path / "images").read_text(encoding="utf-8") == "mine"
    assert names(tmp_path) == ["images"]


def test_json_is_read_as_it_was_written(tmp_path):
    content = {"name": "λ₄", "values": [1, 0.1, None, True]}
    write_json(tmp_path / "a.json", content)
    assert read_json(tmp_path / "a.json") == content
    assert (tmp_path / "a.json").read_bytes().endswith(b"}\n")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_json_holds_only_numbers_and_the_old_file_stays(tmp_path, value):
    write_json(tmp_path / "a.json", {"psnr": 1.0})
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "a.json", {"psnr": value})
    assert json.loads((tmp_path / "a.json").read_text(encoding="utf-8")) == {"psnr": 1.0}
    assert names(tmp_path) == ["a.json"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (None, "no such file; run the step"),
        (b"{", "not a JSON file"),
        (b"", "not a JSON file"),
        (b"\xff", "not a JSON"),
    ],
)
def test_unreadable_json_is_named(tmp_path, content, expected):
    path = tmp_path / "a.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(FreqbenchError, match=f"{path}: {expected}"):
        read_json(path)


def test_a_folder_is_not_a_json_file(tmp_path):
    with pytest.raises(FreqbenchError, match=f"{tmp_path}: cannot be read"):
        read_json(tmp_path)


def test_hash_of_a_file(tmp_path):
    (tmp_path / "a").write_bytes(b"abc" * 100_000)
    assert sha256_of(tmp_path / "a") == hashlib.sha256(b"abc" * 100_000).hexdigest()


def test_content_is_on_the_disk_before_the_name_changes(tmp_path, monkeypatch):
    order = []
    monkeypatch.setattr(files.os, "fsync", lambda _: order.append("flush"))
    with atomic_path(tmp_path / "a") as temporary:
        real = type(temporary).replace
        monkeypatch.setattr(type(temporary), "replace", lambda *args: order.append("rename") or real(*args))
        temporary.write_text("x", encoding="utf-8")
    assert order == ["flush", "rename"]
