"""Archives are unpacked inside their folder, or refused whole."""

import io
import stat
import tarfile
import zipfile
from collections import namedtuple

import pytest

from freqbench.data.fetching import disk
from freqbench.data.fetching.catalogue import ARCHIVES
from freqbench.data.fetching.unpack import unpack
from freqbench.errors import FreqbenchError

FISH, MIX = ARCHIVES["fmd/Confocal_FISH"], ARCHIVES["fmd/test_mix"]
PLANE, COUNTS = ARCHIVES["bbbc006/z_16"], ARCHIVES["bbbc006/counts"]
IMAGE = "mcf-z-stacks-03212011_a01_s1_w1a.tif"
FILES = {"raw/1/a.png": b"first", "gt/1/avg50.png": b"second"}
Usage = namedtuple("Usage", "total used free")


def zip_of(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.fixture
def written(tmp_path):
    """Unpack an archive; return what lies in the folder. Nothing else is written."""

    def run(content: bytes, archive) -> dict[str, bytes]:
        packed, folder = tmp_path / archive.file_name, tmp_path / "deep" / "er" / "images"
        packed.write_bytes(content)
        folder.mkdir(parents=True)
        digests = unpack(packed, archive, folder)
        outside = [path for path in tmp_path.rglob("*") if path.is_file() and not path.is_relative_to(folder)]
        assert outside == [packed]
        found = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
        assert digests.keys() == found.keys()
        return found

    return run


@pytest.fixture
def refused(tmp_path):
    """Try to unpack; return the message. Nothing is written outside the folder."""

    def run(content: bytes, archive) -> str:
        packed, folder = tmp_path / archive.file_name, tmp_path / "deep" / "er" / "images"
        packed.write_bytes(content)
        folder.mkdir(parents=True, exist_ok=True)
        with pytest.raises(FreqbenchError) as caught:
            unpack(packed, archive, folder)
        outside = [path for path in tmp_path.rglob("*") if not path.is_relative_to(tmp_path / "deep")]
        assert outside == [packed]
        assert list(tmp_path.rglob("evil*")) == []
        packed.unlink()
        message = str(caught.value)
        assert len(message.splitlines()) == 1
        return message

    return run


@pytest.mark.parametrize("around", ["Confocal_FISH/", "./Confocal_FISH/", "x/Confocal_FISH/", "x/y/Confocal_FISH/", ""])
def test_folders_around_the_images_are_stripped(tar_of, written, around):
    assert written(tar_of({around + name: content for name, content in FILES.items()}), FISH) == FILES


@pytest.mark.parametrize("around", ["x/y/z/Confocal_FISH/", "Confocal_MICE/", "Confocal_FISH_old/"])
def test_other_folders_are_refused(tar_of, refused, around):
    message = refused(tar_of({around + name: content for name, content in FILES.items()}), FISH)
    assert "holds no folder Confocal_FISH with raw in it; it is not fmd/Confocal_FISH" in message


def test_the_named_folder_wins_over_the_top(tar_of, written):
    members = {f"Confocal_FISH/{name}": content for name, content in FILES.items()} | {"raw/stray.png": b"x"}
    assert written(tar_of(members), FISH) == FILES


def test_test_mix_has_no_fields_of_view(tar_of, written):
    assert written(tar_of({"test_mix/raw/a.png": b"1", "test_mix/gt/a.png": b"2"}), MIX) == {
        "raw/a.png": b"1",
        "gt/a.png": b"2",
    }


def test_a_zip(written):
    members = {f"BBBC006_v1_images_z_16/{IMAGE}": b"pixels" * 99, f"__MACOSX/._{IMAGE}": b"x", ".DS_Store": b"x"}
    assert written(zip_of(members), PLANE) == {IMAGE: b"pixels" * 99}


def test_what_macos_adds_is_left_out(tar_of, written):
    members = {f"Confocal_FISH/{name}": content for name, content in FILES.items()}
    assert written(tar_of(members | {"Confocal_FISH/raw/1/._a.png": b"x"}), FISH) == FILES


def test_a_plain_file(written):
    assert written(b"a,b\n1,2\n", COUNTS) == {"BBBC006_v1_counts.csv": b"a,b\n1,2\n"}


OUTSIDE = ["../evil", "raw/../../evil", "/evil", "C:\\evil", "..\\evil", "\\\\server\\share\\evil", "raw\\..\\..\\evil"]


@pytest.mark.parametrize("name", OUTSIDE)
def test_names_that_leave_the_folder(tar_of, refused, name):
    assert "would be written outside the folder" in refused(tar_of(FILES | {name: b"evil"}), FISH)
    assert "would be written outside the folder" in refused(zip_of({IMAGE: b"x", name: b"evil"}), PLANE)


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
@pytest.mark.parametrize("target", ["/etc/passwd", "../../evil", "a.png"])
def test_links_and_devices_in_a_tar(tar_of, refused, kind, target):
    buffer = io.BytesIO(tar_of(FILES))
    with tarfile.open(fileobj=buffer, mode="a") as tar:
        entry = tarfile.TarInfo("raw/1/b.png")
        entry.type, entry.linkname = kind, target
        tar.addfile(entry)
    assert "is a link or device" in refused(buffer.getvalue(), FISH)


def test_a_link_in_a_zip(refused):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        entry = zipfile.ZipInfo(IMAGE)
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, "/etc/passwd")
    assert "is a link or device" in refused(buffer.getvalue(), PLANE)


def test_a_name_with_a_nul(refused):
    content = zip_of({IMAGE: b"x", "evilQ": b"x"}).replace(b"evilQ", b"evil\0")
    assert "would be written outside the folder" in refused(content, PLANE)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_is_there_twice(tar_of, refused):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(IMAGE, "1")
        archive.writestr(f"./{IMAGE}", "2")
    assert "is there twice" in refused(buffer.getvalue(), PLANE)


def test_a_file_where_a_folder_should_be(tar_of, refused):
    assert "cannot be unpacked" in refused(tar_of({"raw/1": b"x", "raw/1/a.png": b"x"}), FISH)


def damaged(content: bytes) -> bytes:
    at = content.index(b"PK\x01\x02") - 10
    return content[:at] + bytes([content[at] ^ 255]) + content[at + 1 :]


def test_damaged_archives(tar_of, refused):
    whole_tar, whole_zip = tar_of(FILES), zip_of({IMAGE: bytes(range(256)) * 9})
    for content in (b"", b"<html>", whole_tar[:600], whole_tar[:700]):
        assert "cannot be unpacked" in refused(content, FISH)
    for content in (b"", b"<html>", whole_zip[:-30], damaged(whole_zip)):
        assert "cannot be unpacked" in refused(content, PLANE)


def test_a_zip_that_promises_more_than_it_holds(refused):
    content = bytearray(zip_of({IMAGE: b"pixels"}))
    content[content.index(b"PK\x01\x02") + 24] += 5
    assert "has 6 of 11 bytes" in refused(bytes(content), PLANE)


def test_an_encrypted_zip(refused):
    content = bytearray(zip_of({IMAGE: b"x"}))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + offset] |= 1
    assert "encrypted" in refused(bytes(content), PLANE)


def test_a_disk_without_room(tar_of, refused, monkeypatch):
    monkeypatch.setattr(disk.shutil, "disk_usage", lambda _: Usage(100, 90, 10))
    assert "0.0 MB are free" in refused(tar_of(FILES), FISH)
