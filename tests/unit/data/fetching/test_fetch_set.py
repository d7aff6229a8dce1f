"""A set fetched by name is whole, has its licence beside it, and is recognised when it is complete."""

import hashlib
import json
import os
import shutil
from collections import namedtuple
from dataclasses import replace

import pytest

from freqbench.data.fetching import disk
from freqbench.data.fetching.fetch import Fetching, fetch_set
from freqbench.errors import FreqbenchError

NAME = "fmd/Confocal_FISH"
TAR = "Confocal_FISH.tar"
Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def how(tmp_path, waits):
    return Fetching(cache=tmp_path / "cache", lock=tmp_path / "data.lock")


@pytest.fixture
def content(tar_of, png):
    return tar_of({f"Confocal_FISH/{path}": png(n) for n, path in enumerate(("raw/1/a.png", "gt/1/avg50.png"))})


@pytest.fixture
def archive(publish, server, answer, content):
    published = publish(NAME, content)
    server.answers(answer.whole(content))
    return published


def contents(folder) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_images_licence_citation_and_record(archive, how, png, content):
    steps = []
    folder, was_complete = fetch_set(archive, replace(how, unpacking=lambda *step: steps.append(step)))
    assert (folder, was_complete) == (how.cache / NAME, False)
    found = contents(folder)
    assert sorted(found) == ["CITATION.txt", "LICENSE.txt", "freqbench-set.json", "gt/1/avg50.png", "raw/1/a.png"]
    assert found["raw/1/a.png"] == png(0)
    assert b"Attribution-ShareAlike 4.0" in found["LICENSE.txt"]
    assert b"CVPR 2019" in found["CITATION.txt"]
    record = json.loads(found["freqbench-set.json"])
    assert record["archive"]["sha256"] == hashlib.sha256(content).hexdigest()
    assert record["files"]["raw/1/a.png"]["sha256"] == hashlib.sha256(png(0)).hexdigest()
    assert steps[-1][0] == steps[-1][1] == len(png(0)) + len(png(1))


@pytest.mark.parametrize("kept", [True, False])
def test_the_archive_is_kept_if_wanted(archive, how, kept):
    fetch_set(archive, replace(how, keep_archive=kept))
    assert (how.cache / "archives" / TAR).exists() == kept


def test_a_complete_set_needs_no_request_and_no_hashing(archive, how, server, monkeypatch):
    fetch_set(archive, how)
    monkeypatch.setattr("freqbench.data.fetching.fetched_set.sha256_of", None)
    assert fetch_set(archive, how) == (how.cache / NAME, True)
    assert len(server.seen) == 1


@pytest.mark.parametrize("harm", ["missing", "cut", "edited", "other record", "no list", "not JSON"])
def test_a_set_that_is_not_complete_is_fetched_again(archive, how, server, harm):
    folder, _ = fetch_set(archive, how)
    before = contents(folder)
    image, record = folder / "raw/1/a.png", folder / "freqbench-set.json"
    if harm == "missing":
        image.unlink()
    elif harm == "cut":
        state = image.stat()
        image.write_bytes(before["raw/1/a.png"][:-1])
        os.utime(image, ns=(state.st_atime_ns, state.st_mtime_ns))
    elif harm == "edited":
        image.write_bytes(before["raw/1/a.png"][:-1] + b"!")
    else:
        harmed = {"other record": record.read_text().replace(NAME, "fmd/other"), "no list": "[]", "not JSON": "{"}
        record.write_text(harmed[harm])
    said = []
    assert fetch_set(archive, replace(how, say=said.append)) == (folder, False)
    assert len(server.seen) == 2
    after = contents(folder)
    for name in before.keys() - {"freqbench-set.json"}:
        assert after[name] == before[name]
    (line,) = said
    assert line.startswith(f"{folder}: ")
    assert line.endswith("; it is fetched again")


def test_a_folder_that_fetch_has_not_written_is_not_replaced(archive, how, server):
    mine = how.cache / NAME / "raw" / "1" / "mine.png"
    mine.parent.mkdir(parents=True)
    mine.write_bytes(b"mine")
    with pytest.raises(FreqbenchError, match=r"so it may be yours and is not replaced"):
        fetch_set(archive, how)
    assert mine.read_bytes() == b"mine"
    assert server.seen == []


def test_what_a_killed_process_left_beside_the_set_is_removed(archive, how):
    left = how.cache / "fmd" / ".Confocal_FISH-x1y2"
    left.mkdir(parents=True)
    (left / "half.png").write_bytes(b"half")
    fetch_set(archive, how)
    assert not left.exists()


def test_a_copied_set_is_hashed_once_and_then_recognised(archive, how, server, monkeypatch, tmp_path):
    folder, _ = fetch_set(archive, how)
    copy = replace(how, cache=tmp_path / "copy")
    shutil.copytree(folder, copy.cache / NAME)
    os.utime(copy.cache / NAME / "raw/1/a.png", ns=(0, 0))
    assert fetch_set(archive, copy) == (copy.cache / NAME, True)
    monkeypatch.setattr("freqbench.data.fetching.fetched_set.sha256_of", None)
    assert fetch_set(archive, copy)[1]
    assert len(server.seen) == 1


def test_decay_under_an_unchanged_time_is_found_by_hashing_every_file(archive, how, server):
    folder, _ = fetch_set(archive, how)
    image = folder / "raw/1/a.png"
    state, content = image.stat(), image.read_bytes()
    image.write_bytes(content[:-1] + b"!")
    os.utime(image, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert fetch_set(archive, how)[1]
    assert not fetch_set(archive, replace(how, every_byte=True))[1]
    assert image.read_bytes() == content


def test_a_set_of_another_archive_is_replaced(archive, how, publish, server, answer, tar_of):
    fetch_set(archive, how)
    newer = tar_of({"Confocal_FISH/raw/1/new.png": b"new"})
    server.answers(answer.whole(newer))
    folder, was_complete = fetch_set(publish(NAME, newer), how)
    assert not was_complete
    assert [path.name for path in (folder / "raw/1").iterdir()] == ["new.png"]


def test_mirror_first(archive, how, server, content, tmp_path):
    file = tmp_path / "mirror" / "deep" / TAR
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    fetch_set(archive, replace(how, mirror=tmp_path / "mirror"))
    assert server.seen == []
    assert file.read_bytes() == content
    assert not (how.cache / "archives").exists()


def test_a_damaged_archive_in_the_mirror_is_named(archive, how, server, content, tmp_path):
    (tmp_path / "mirror").mkdir()
    (tmp_path / "mirror" / TAR).write_bytes(content[:-1])
    with pytest.raises(FreqbenchError, match="its md5 is"):
        fetch_set(archive, replace(how, mirror=tmp_path / "mirror"))
    assert server.seen == []
    assert not (how.cache / NAME).exists()


def test_a_mirror_without_it(archive, how, server, tmp_path):
    (tmp_path / "mirror").mkdir()
    fetch_set(archive, replace(how, mirror=tmp_path / "mirror"))
    assert len(server.seen) == 1


def test_a_full_disk_is_noticed_before_any_request(archive, how, server, content, monkeypatch):
    room = 2 * len(content) - 1
    monkeypatch.setattr(disk.shutil, "disk_usage", lambda _: Usage(10**9, 0, room))
    with pytest.raises(FreqbenchError, match=r"are needed .archive and unpacked images., .* are free"):
        fetch_set(archive, how)
    assert server.seen == []
    assert not list(how.cache.rglob("*.part"))


def test_a_full_disk_where_the_server_tells_the_size(publish, how, server, answer, content, monkeypatch):
    server.answers(answer.whole(content))
    monkeypatch.setattr(disk.shutil, "disk_usage", lambda _: Usage(10**9, 0, 2 * len(content) - 1))
    with pytest.raises(FreqbenchError, match="are free"):
        fetch_set(publish(NAME, None), how)
    assert not list(how.cache.rglob("*.part"))


def test_folders_on_one_disk_are_counted_together(tmp_path, monkeypatch):
    monkeypatch.setattr(disk.shutil, "disk_usage", lambda _: Usage(100, 0, 3_000_000_000))
    disk.require_space({tmp_path / "a" / "b": 2_000_000_000, tmp_path / "c": 1_000_000_000})
    with pytest.raises(FreqbenchError, match=r"3\.20 GB are needed .* 3\.00 GB are free"):
        disk.require_space({tmp_path / "a" / "b": 2_000_000_000, tmp_path / "c": 1_200_000_000})


def test_the_users_cache_folder_is_the_default(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert Fetching().folder.name == "freqbench"
