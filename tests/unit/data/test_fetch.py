"""Images come whole and checked, from a folder, an archive or a server, or not at all."""

import hashlib
import io
import tarfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pooch
import pytest
from PIL import Image

from freqbench.config.datasets import FMDSource
from freqbench.data import fetch
from freqbench.data.fetch import Archive, fetch_fmd
from freqbench.errors import FreqbenchError

TYPE = "Confocal_FISH"
ARCHIVED = FMDSource(kind="fmd", type=TYPE)
NO_NETWORK = "http://127.0.0.1:9/{id}"


def png(seed: int) -> bytes:
    buffer = io.BytesIO()
    pixels = np.random.default_rng(seed).integers(0, 256, (8, 8), dtype=np.uint8)
    Image.fromarray(pixels).save(buffer, format="PNG")
    return buffer.getvalue()


MEMBERS = {
    f"{TYPE}/raw/1/a.png": png(1),
    f"{TYPE}/raw/1/b.png": png(2),
    f"{TYPE}/gt/1/avg50.png": png(3),
    f"{TYPE}/avg2/1/a.png": png(4),
}
RECORDED = ["gt/1/avg50.png", "raw/1/a.png", "raw/1/b.png"]


def tar_of(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


@pytest.fixture
def destination(tmp_path):
    return tmp_path / "results" / "images"


@pytest.fixture
def publish(monkeypatch):
    """Let an archive be the published one of the type."""

    def as_published(content: bytes) -> bytes:
        md5 = hashlib.md5(content).hexdigest()
        monkeypatch.setitem(fetch.ARCHIVES, TYPE, Archive(4711, len(content), md5))
        return content

    return as_published


@pytest.fixture
def cache(monkeypatch, tmp_path):
    """The folder that keeps downloads."""
    monkeypatch.setattr(pooch, "os_cache", lambda _: tmp_path / "cache")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return tmp_path / "cache"


@pytest.fixture
def serve(cache):
    """Start a web server that answers every request with one status and content; return its address."""
    servers = []

    def start(content: bytes, status: int = 200, promised: int | None = None) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                requests.append(self.path)
                self.send_response(status)
                self.send_header("Content-Length", str(promised or len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        requests: list[str] = []
        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.requests = requests
        servers.append(server)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}/files/{{id}}"

    start.servers = servers
    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def refused(*args, **kwargs) -> str:
    with pytest.raises(FreqbenchError) as caught:
        fetch_fmd(*args, **kwargs)
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    return message


def assert_unpacked(root):
    for name, content in MEMBERS.items():
        assert (root / name.removeprefix(f"{TYPE}/")).read_bytes() == content


def test_downloaded_checked_and_unpacked(serve, publish, destination):
    address = serve(publish(tar_of(MEMBERS)))
    record = fetch_fmd(ARCHIVED, "raw", destination, address=address)
    assert serve.servers[0].requests == ["/files/4711"]
    assert record.root == destination
    assert sorted(record.files) == RECORDED
    assert {record.files[name] for name in RECORDED} == {
        hashlib.sha256(MEMBERS[f"{TYPE}/{name}"]).hexdigest() for name in RECORDED
    }
    assert_unpacked(destination)
    assert [path.name for path in destination.parent.iterdir()] == ["images"]
    assert (record.licence, record.kind) == ("CC BY-SA 4.0", "fmd")


def test_a_download_is_kept(serve, publish, destination, tmp_path):
    address = serve(publish(tar_of(MEMBERS)))
    for name in ("first", "second"):
        fetch_fmd(ARCHIVED, "raw", tmp_path / name, address=address)
    assert len(serve.servers[0].requests) == 1


def test_another_content_than_the_published(serve, publish, destination, cache):
    publish(tar_of(MEMBERS))
    message = refused(ARCHIVED, "raw", destination, address=serve(b"<html>sign in</html>"))
    assert message.startswith(f"{TYPE}.tar: could not be downloaded from http://127.0.0.1")
    assert "hash" in message
    assert not destination.parent.exists()
    assert not list(cache.rglob("*.tar"))


@pytest.mark.parametrize("status", [404, 500])
def test_a_server_that_fails(serve, publish, destination, cache, status):
    message = refused(ARCHIVED, "raw", destination, address=serve(publish(tar_of(MEMBERS)), status))
    assert f"HTTPError: {status}" in message
    assert "FREQBENCH_MIRROR" in message
    assert not destination.parent.exists()
    assert not list(cache.rglob("*.tar"))


def test_a_server_that_answers_202_without_content(serve, publish, destination):
    publish(tar_of(MEMBERS))
    assert "could not be downloaded" in refused(ARCHIVED, "raw", destination, address=serve(b"", 202))


def test_a_download_that_breaks_off(serve, publish, destination, cache):
    content = publish(tar_of(MEMBERS))
    address = serve(content[:2000], promised=len(content))
    assert "could not be downloaded" in refused(ARCHIVED, "raw", destination, address=address)
    assert not destination.parent.exists()


def test_no_network(publish, destination, cache):
    publish(tar_of(MEMBERS))
    assert "could not be downloaded" in refused(ARCHIVED, "raw", destination, address=NO_NETWORK)


@pytest.mark.parametrize("name", ["../evil.txt", f"{TYPE}/../../evil.txt"])
def test_a_member_that_would_leave_the_folder(serve, publish, destination, tmp_path, name):
    address = serve(publish(tar_of(MEMBERS | {name: b"evil"})))
    assert "cannot be unpacked" in refused(ARCHIVED, "raw", destination, address=address)
    assert not list(tmp_path.rglob("evil.txt"))
    assert not destination.exists()


def test_a_member_with_an_absolute_name_stays_inside(serve, publish, destination, tmp_path):
    address = serve(publish(tar_of(MEMBERS | {f"{tmp_path}/evil.txt": b"evil"})))
    fetch_fmd(ARCHIVED, "raw", destination, address=address)
    assert not (tmp_path / "evil.txt").exists()
    assert all(path.is_relative_to(destination) for path in tmp_path.rglob("evil.txt"))


def test_a_link_that_would_leave_the_folder(serve, publish, destination, tmp_path):
    buffer = io.BytesIO(tar_of(MEMBERS))
    with tarfile.open(fileobj=buffer, mode="a") as tar:
        entry = tarfile.TarInfo(f"{TYPE}/raw/1/c.png")
        entry.type, entry.linkname = tarfile.SYMTYPE, "../../../../../secret"
        tar.addfile(entry)
    message = refused(ARCHIVED, "raw", destination, address=serve(publish(buffer.getvalue())))
    assert "cannot be unpacked" in message
    assert not destination.exists()


def test_an_archive_of_another_type(serve, publish, destination):
    other = {name.replace(TYPE, "Confocal_MICE"): content for name, content in MEMBERS.items()}
    message = refused(ARCHIVED, "raw", destination, address=serve(publish(tar_of(other))))
    assert f"holds no folder {TYPE}" in message
    assert not destination.exists()


@pytest.mark.parametrize("content", [b"no archive" * 200, tar_of(MEMBERS)[:600], b""])
def test_a_published_file_that_is_no_archive(serve, publish, destination, content):
    assert "cannot be unpacked" in refused(ARCHIVED, "raw", destination, address=serve(publish(content)))
    assert not destination.exists()


def test_an_old_folder_stays_when_the_new_archive_is_wrong(serve, publish, destination):
    fetch_fmd(ARCHIVED, "raw", destination, address=serve(publish(tar_of(MEMBERS))))
    address = serve(publish(tar_of({"other/a.png": b"x"})))
    refused(ARCHIVED, "raw", destination, address=address)
    assert_unpacked(destination)


def test_archive_from_the_mirror_without_network(publish, destination, tmp_path, cache):
    content = publish(tar_of(MEMBERS))
    (tmp_path / "mirror" / "deep").mkdir(parents=True)
    (tmp_path / "mirror" / "deep" / f"{TYPE}.tar").write_bytes(content)
    record = fetch_fmd(ARCHIVED, "raw", destination, mirror=tmp_path / "mirror", address=NO_NETWORK)
    assert sorted(record.files) == RECORDED
    assert_unpacked(destination)
    assert not cache.exists()


def test_a_damaged_archive_in_the_mirror_is_named(publish, destination, tmp_path, cache):
    content = publish(tar_of(MEMBERS))
    (tmp_path / "mirror").mkdir()
    (tmp_path / "mirror" / f"{TYPE}.tar").write_bytes(content[:-1])
    message = refused(ARCHIVED, "raw", destination, mirror=tmp_path / "mirror", address=NO_NETWORK)
    assert message.startswith(f"{tmp_path / 'mirror' / TYPE}.tar: its md5 is")


def test_a_type_without_published_checksum_is_not_downloaded(destination):
    source = FMDSource(kind="fmd", type="TwoPhoton_MICE")
    message = refused(source, "raw", destination, address=NO_NETWORK)
    assert message.startswith("source.type: the archive of TwoPhoton_MICE has no published checksum")


@pytest.fixture
def mirror(tmp_path):
    """A mirror that holds the type unpacked."""
    for name, content in MEMBERS.items():
        path = tmp_path / "mirror" / "fmd" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path / "mirror"


def in_folder(folder) -> FMDSource:
    return FMDSource(kind="fmd", type=TYPE, folder=folder)


def test_a_folder_is_used_where_it_lies(mirror, destination):
    for folder, given in ((f"fmd/{TYPE}", mirror), (mirror / "fmd" / TYPE, None), (mirror / "fmd" / TYPE, mirror)):
        record = fetch_fmd(in_folder(folder), "raw", destination, mirror=given)
        assert record.root == mirror / "fmd" / TYPE
        assert sorted(record.files) == RECORDED
    assert not destination.exists()


def test_a_folder_beside_the_mirror(mirror, destination, monkeypatch, tmp_path):
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(mirror)
    record = fetch_fmd(in_folder(f"fmd/{TYPE}"), "raw", destination, mirror=tmp_path / "empty")
    assert record.root == mirror / "fmd" / TYPE


def test_a_missing_folder_is_named_with_where_it_was_looked_for(mirror, destination):
    message = refused(in_folder("fmd/absent"), "raw", destination, mirror=mirror)
    assert message == f"source.folder: no folder {mirror}/fmd/absent and fmd/absent"
    assert "set FREQBENCH_MIRROR" in refused(in_folder("fmd/absent"), "raw", destination)


def test_a_folder_that_lacks_the_level(mirror, destination):
    assert "avg16: no images" in refused(in_folder(f"fmd/{TYPE}"), "avg16", destination, mirror=mirror)


def sums_of(mirror, *, marker: str = "  ") -> str:
    names = sorted(mirror.rglob("*.png"))
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in names]
    pairs = zip(digests, names, strict=True)
    return "\n".join(f"{digest}{marker}{path.relative_to(mirror)}" for digest, path in pairs) + "\n\n"


@pytest.mark.parametrize("marker", ["  ", " *", "  ./"])
def test_checksums_of_the_mirror(mirror, destination, marker):
    (mirror / "SHA256SUMS").write_text(sums_of(mirror, marker=marker), encoding="utf-8")
    source = in_folder(f"fmd/{TYPE}")
    assert len(fetch_fmd(source, "raw", destination, mirror=mirror).files) == 3
    changed = mirror / "fmd" / TYPE / "raw" / "1" / "b.png"
    changed.write_bytes(png(99))
    assert refused(source, "raw", destination, mirror=mirror).startswith(f"{changed}: differs from its line in")


def test_checksums_beside_the_levels(mirror, destination):
    folder = mirror / "fmd" / TYPE
    (folder / "SHA256SUMS").write_text(sums_of(folder), encoding="utf-8")
    assert len(fetch_fmd(in_folder(folder), "raw", destination).files) == 3
    (folder / "gt/1/avg50.png").write_bytes(png(99))
    assert "avg50.png: differs" in refused(in_folder(folder), "raw", destination)
