"""The images of a study come whole and checked, from a folder, an archive or a server, or not at all."""

import hashlib
import io
import tarfile

import pytest

from freqbench.config.datasets import FMDSource
from freqbench.data.fetching.catalogue import ARCHIVES
from freqbench.data.fetching.fetch import Fetching, fetch_fmd, fetch_set
from freqbench.errors import FreqbenchError

TYPE = "Confocal_FISH"
NAME = f"fmd/{TYPE}"
ARCHIVED = FMDSource(kind="fmd", type=TYPE)


PATHS = ("raw/1/a.png", "raw/1/b.png", "gt/1/avg50.png", "avg2/1/a.png")
RECORDED = ["gt/1/avg50.png", "raw/1/a.png", "raw/1/b.png"]


@pytest.fixture
def destination(tmp_path):
    return tmp_path / "results" / "images"


@pytest.fixture
def members(png):
    return {f"{TYPE}/{path}": png(number) for number, path in enumerate(PATHS)}


@pytest.fixture
def how(tmp_path, waits):
    """Fetch to a cache of the test's own."""
    return Fetching(cache=tmp_path / "cache", lock=tmp_path / "data.lock")


@pytest.fixture
def offer(server, answer, publish):
    """Let the server offer an archive, which is the published one."""

    def as_offered(content: bytes) -> bytes:
        publish(NAME, content)
        server.answers(answer.whole(content))
        return content

    return as_offered


def refused(*args, **kwargs) -> str:
    with pytest.raises(FreqbenchError) as caught:
        fetch_fmd(*args, **kwargs)
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    return message


def assert_unpacked(root, members):
    for name, content in members.items():
        assert (root / name.removeprefix(f"{TYPE}/")).read_bytes() == content


def test_downloaded_checked_and_unpacked(offer, tar_of, members, destination, how, server):
    offer(tar_of(members))
    record = fetch_fmd(ARCHIVED, "raw", destination, how)
    assert len(server.seen) == 1
    assert record.root == destination
    assert sorted(record.files) == RECORDED
    assert record.files == {name: hashlib.sha256(members[f"{TYPE}/{name}"]).hexdigest() for name in record.files}
    assert_unpacked(destination, members)
    assert [path.name for path in destination.parent.iterdir()] == ["images"]
    assert (record.licence, record.kind) == ("CC BY-SA 4.0", "fmd")


def test_a_download_is_kept(offer, tar_of, members, how, server, tmp_path):
    offer(tar_of(members))
    for name in ("first", "second"):
        fetch_fmd(ARCHIVED, "raw", tmp_path / name, how)
    assert len(server.seen) == 1


def test_unpacked_images_are_not_unpacked_again(offer, tar_of, members, destination, how, server, answer):
    offer(tar_of(members))
    fetch_fmd(ARCHIVED, "raw", destination, how)
    (how.cache / "archives" / f"{TYPE}.tar").unlink()
    server.answers(answer.plain(500))
    assert fetch_fmd(ARCHIVED, "raw", destination, how).root == destination
    assert server.seen == []


def test_a_set_fetched_by_name_is_used_where_it_lies(offer, tar_of, members, destination, how, server):
    offer(tar_of(members))
    folder, _ = fetch_set(ARCHIVES[NAME], how)
    assert fetch_fmd(ARCHIVED, "raw", destination, how).root == folder == how.cache / NAME
    assert not destination.exists()
    assert len(server.seen) == 1


def test_another_content_than_the_published(publish, server, answer, tar_of, members, destination, how):
    publish(NAME, tar_of(members))
    server.answers(answer.plain(200, b"<html>sign in</html>"))
    message = refused(ARCHIVED, "raw", destination, how)
    assert message.startswith(f"{TYPE}.tar: could not be downloaded from http://127.0.0.1")
    assert not destination.parent.exists()
    assert not list(how.cache.rglob("*.tar"))


@pytest.mark.parametrize("name", ["../evil.txt", f"{TYPE}/../../evil.txt"])
def test_a_member_that_would_leave_the_folder(offer, tar_of, members, destination, how, tmp_path, name):
    offer(tar_of(members | {name: b"evil"}))
    assert "cannot be unpacked" in refused(ARCHIVED, "raw", destination, how)
    assert not list(tmp_path.rglob("evil.txt"))
    assert not destination.exists()


def test_a_link_that_would_leave_the_folder(offer, tar_of, members, destination, how):
    buffer = io.BytesIO(tar_of(members))
    with tarfile.open(fileobj=buffer, mode="a") as tar:
        entry = tarfile.TarInfo(f"{TYPE}/raw/1/c.png")
        entry.type, entry.linkname = tarfile.SYMTYPE, "../../../../../secret"
        tar.addfile(entry)
    offer(buffer.getvalue())
    assert "is a link" in refused(ARCHIVED, "raw", destination, how)
    assert not destination.exists()


def test_an_archive_of_another_type(offer, tar_of, members, destination, how):
    offer(tar_of({name.replace(TYPE, "Confocal_MICE"): content for name, content in members.items()}))
    assert f"holds no folder {TYPE}" in refused(ARCHIVED, "raw", destination, how)
    assert not destination.exists()


@pytest.mark.parametrize("content", [b"no archive" * 200, None])
def test_a_published_file_that_is_no_archive(offer, tar_of, members, destination, how, content):
    offer(content or tar_of(members)[:600])
    assert "cannot be unpacked" in refused(ARCHIVED, "raw", destination, how)
    assert not destination.exists()


def test_an_old_folder_stays_when_the_new_archive_is_wrong(offer, tar_of, members, destination, how):
    offer(tar_of(members))
    fetch_fmd(ARCHIVED, "raw", destination, how)
    offer(tar_of({"other/a.png": b"x"}))
    refused(ARCHIVED, "raw", destination, how)
    assert_unpacked(destination, members)


@pytest.fixture
def mirror(tmp_path, members):
    """A mirror that holds the type unpacked."""
    for name, content in members.items():
        path = tmp_path / "mirror" / "fmd" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path / "mirror"


def from_mirror(folder) -> Fetching:
    return Fetching(mirror=folder)


def in_folder(folder) -> FMDSource:
    return FMDSource(kind="fmd", type=TYPE, folder=folder)


def test_a_folder_is_used_where_it_lies(mirror, destination):
    for folder, given in ((f"fmd/{TYPE}", mirror), (mirror / "fmd" / TYPE, None), (mirror / "fmd" / TYPE, mirror)):
        record = fetch_fmd(in_folder(folder), "raw", destination, from_mirror(given))
        assert record.root == mirror / "fmd" / TYPE
        assert sorted(record.files) == RECORDED
    assert not destination.exists()


def test_a_folder_beside_the_mirror(mirror, destination, monkeypatch, tmp_path):
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(mirror)
    record = fetch_fmd(in_folder(f"fmd/{TYPE}"), "raw", destination, from_mirror(tmp_path / "empty"))
    assert record.root == mirror / "fmd" / TYPE


def test_a_missing_folder_is_named_with_where_it_was_looked_for(mirror, destination):
    message = refused(in_folder("fmd/absent"), "raw", destination, from_mirror(mirror))
    assert message == f"source.folder: no folder {mirror}/fmd/absent and fmd/absent; correct the path"
    assert "set FREQBENCH_MIRROR" in refused(in_folder("fmd/absent"), "raw", destination)


def test_a_folder_that_lacks_the_level(mirror, destination):
    assert "avg16: no images" in refused(in_folder(f"fmd/{TYPE}"), "avg16", destination, from_mirror(mirror))


def sums_of(mirror, *, marker: str = "  ") -> str:
    names = sorted(mirror.rglob("*.png"))
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in names]
    pairs = zip(digests, names, strict=True)
    return "\n".join(f"{digest}{marker}{path.relative_to(mirror)}" for digest, path in pairs) + "\n\n"


@pytest.mark.parametrize("marker", ["  ", " *", "  ./"])
def test_checksums_of_the_mirror(mirror, destination, marker, png):
    (mirror / "SHA256SUMS").write_text(sums_of(mirror, marker=marker), encoding="utf-8")
    source = in_folder(f"fmd/{TYPE}")
    assert len(fetch_fmd(source, "raw", destination, from_mirror(mirror)).files) == 3
    changed = mirror / "fmd" / TYPE / "raw" / "1" / "b.png"
    changed.write_bytes(png(99))
    assert refused(source, "raw", destination, from_mirror(mirror)).startswith(f"{changed}: differs from its line in")


def test_checksums_beside_the_levels(mirror, destination, png):
    folder = mirror / "fmd" / TYPE
    (folder / "SHA256SUMS").write_text(sums_of(folder), encoding="utf-8")
    assert len(fetch_fmd(in_folder(folder), "raw", destination).files) == 3
    (folder / "gt/1/avg50.png").write_bytes(png(99))
    assert "avg50.png: differs" in refused(in_folder(folder), "raw", destination)
