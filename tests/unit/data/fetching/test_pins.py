"""What publishes no hash is pinned when first fetched and checked ever after."""

import hashlib
import tomllib
from dataclasses import replace

import pytest

from freqbench.data.fetching.catalogue import ARCHIVES
from freqbench.data.fetching.content import Content
from freqbench.data.fetching.fetch import Fetching, fetch_set
from freqbench.data.fetching.pins import pin, pinned
from freqbench.errors import FreqbenchError

NAME = "fmd/test_mix"
ONE, TWO = Content(3, sha256="1" * 64), Content(4, sha256="2" * 64)


@pytest.fixture
def lock(tmp_path):
    return tmp_path / "study" / "freqbench-data.lock"


@pytest.fixture
def how(tmp_path, lock, waits):
    lock.parent.mkdir()
    return Fetching(cache=tmp_path / "cache", lock=lock)


def test_one_sorted_line_for_each(tmp_path):
    lock = tmp_path / "freqbench-data.lock"
    assert pinned("b", lock) is None
    pin("b", TWO, lock)
    pin("a", ONE, lock)
    pin("a", ONE, lock)
    lines = [line for line in lock.read_text().splitlines() if not line.startswith("#")]
    assert lines == [f'"a" = {{ size = 3, sha256 = "{"1" * 64}" }}', f'"b" = {{ size = 4, sha256 = "{"2" * 64}" }}']
    assert pinned("b", lock) == TWO
    assert [path.name for path in tmp_path.iterdir()] == ["freqbench-data.lock"]


def test_another_content_names_file_and_line(tmp_path):
    lock = tmp_path / "freqbench-data.lock"
    pin("b", TWO, lock)
    pin("a", ONE, lock)
    with pytest.raises(FreqbenchError) as caught:
        pin("b", replace(TWO, sha256="3" * 64), lock)
    number = 1 + next(n for n, line in enumerate(lock.read_text().splitlines()) if line.startswith('"b"'))
    assert f"line {number} of {lock} (delete that line if the change is wanted) says {'2' * 64}" in str(caught.value)


def test_a_lock_file_in_no_folder(tmp_path):
    with pytest.raises(FreqbenchError, match="there is no folder"):
        pin("a", ONE, tmp_path / "absent" / "data.lock")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["no toml", '"a" = 1', '"a" = { size = 3 }', '"a" = { size = "x", sha256 = "1" }'])
def test_a_damaged_lock_file(tmp_path, text):
    lock = tmp_path / "freqbench-data.lock"
    lock.write_text(text)
    with pytest.raises(FreqbenchError, match="not a lock file of freqbench"):
        pinned("a", lock)


def test_pinned_on_first_use(publish, server, answer, tar_of, how, lock):
    content = tar_of({"test_mix/raw/a.png": b"1", "test_mix/gt/a.png": b"2"})
    archive = publish(NAME, None)
    server.answers(answer.whole(content))
    fetch_set(archive, how)
    entry = tomllib.loads(lock.read_text())[NAME]
    assert entry == {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def test_another_archive_than_the_pinned(publish, server, answer, tar_of, how, lock, tmp_path):
    archive = publish(NAME, None)
    server.answers(answer.whole(tar_of({"test_mix/raw/a.png": b"1"})))
    fetch_set(archive, how)
    elsewhere = replace(how, cache=tmp_path / "other")
    server.answers(answer.whole(tar_of({"test_mix/raw/a.png": b"X"})))
    with pytest.raises(FreqbenchError) as caught:
        fetch_set(archive, elsewhere)
    assert "its sha256 is" in str(caught.value)
    assert f"line 3 of {lock} (delete that line if the change is wanted)" in str(caught.value)
    assert not (elsewhere.cache / NAME).exists()
    assert not list(elsewhere.cache.rglob("*.tar"))
    lines = lock.read_text().splitlines(keepends=True)
    lock.write_text("".join(lines[:2] + lines[3:]))
    fetch_set(archive, elsewhere)
    assert (elsewhere.cache / NAME / "raw/a.png").read_bytes() == b"X"


def test_the_mirrors_archive_is_checked_against_the_pin_too(publish, server, tar_of, how, lock, tmp_path):
    archive = publish(NAME, None)
    (tmp_path / "mirror").mkdir()
    file = tmp_path / "mirror" / "test_mix.tar"
    file.write_bytes(tar_of({"test_mix/raw/a.png": b"1"}))
    fetch_set(archive, replace(how, mirror=tmp_path / "mirror"))
    assert pinned(NAME, lock) is not None
    file.write_bytes(tar_of({"test_mix/raw/a.png": b"2"}))
    with pytest.raises(FreqbenchError, match=r"test_mix\.tar: its sha256 is .* but line 3 of"):
        fetch_set(archive, Fetching(mirror=tmp_path / "mirror", cache=tmp_path / "other", lock=lock))
    assert file.exists()
    assert server.seen == []


def test_a_page_instead_of_an_archive_is_neither_pinned_nor_kept(publish, server, answer, tar_of, how, lock):
    archive = publish(NAME, None)
    server.answers(answer.plain(200, b"<html>please sign in</html>"))
    with pytest.raises(FreqbenchError, match="cannot be unpacked"):
        fetch_set(archive, how)
    assert not lock.exists()
    assert not list(how.cache.rglob("*.tar"))
    server.answers(answer.whole(tar_of({"test_mix/raw/a.png": b"1"})))
    fetch_set(archive, how)


def test_a_published_hash_is_not_pinned(publish, server, answer, tar_of, how, lock):
    content = tar_of({"test_mix/raw/a.png": b"1"})
    archive = publish(NAME, content)
    server.answers(answer.whole(content))
    fetch_set(archive, how)
    assert not lock.exists()


def test_a_complete_set_is_pinned_in_a_study_that_has_no_pin_yet(publish, server, answer, tar_of, how, tmp_path):
    archive = publish(NAME, None)
    server.answers(answer.whole(tar_of({"test_mix/raw/a.png": b"1"})))
    fetch_set(archive, how)
    new = replace(how, lock=tmp_path / "new.lock")
    assert fetch_set(archive, new) == (how.cache / NAME, True)
    assert pinned(NAME, new.lock) == pinned(NAME, how.lock)
    assert len(server.seen) == 1


def test_every_type_without_a_published_hash_can_be_fetched():
    unhashed = [name for name, archive in ARCHIVES.items() if not archive.content.is_hashed]
    assert {NAME, "fmd/TwoPhoton_MICE", "bbbc006/z_13"} <= set(unhashed)
