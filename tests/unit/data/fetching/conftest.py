"""A web server on loopback that answers by a script, also badly, and archives of small images."""

import hashlib
import io
import tarfile
import threading
from collections.abc import Callable
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from PIL import Image

from freqbench.data.fetching import catalogue
from freqbench.data.fetching import download as download_module
from freqbench.data.fetching.content import Content


class Handler(BaseHTTPRequestHandler):
    """Answers the n-th request by the n-th entry of the script, and further ones by the last."""

    def do_GET(self):
        seen, script = self.server.seen, self.server.script
        seen.append({key.lower(): value for key, value in self.headers.items()})
        script[min(len(seen), len(script)) - 1](self)

    def log_message(self, *_):
        pass

    def head(self, status: int, **headers: object) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()


class Server(ThreadingHTTPServer):
    """What it was asked (`seen`: headers of each request) and how it answers (`script`)."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen: list[dict[str, str]] = []
        self.script: list[Callable[[Handler], None]] = []
        self.over = threading.Event()
        self.address = f"http://127.0.0.1:{self.server_port}/file"

    def answers(self, *script: Callable[[Handler], None]) -> str:
        self.script, self.seen = list(script), []
        return self.address

    @property
    def ranges(self) -> list[str | None]:
        return [headers.get("range") for headers in self.seen]


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    running = Server()
    threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield running
    running.over.set()
    running.shutdown()
    running.server_close()


def start_of(handler: Handler, etag: str | None) -> int:
    """Where the asked range begins; 0 if the content is another than the one the range was asked of."""
    wanted = handler.headers.get("Range")
    condition = handler.headers.get("If-Range")
    return int(wanted[6:-1]) if wanted and condition in {None, etag} else 0


def whole(content: bytes, etag: str | None = '"one"', *, upto: int | None = None, then=None):
    """Answer as a good server does, with ranges; `upto`: break off there, after calling `then`."""

    def answer(handler: Handler) -> None:
        start = start_of(handler, etag)
        headers = {"ETag": etag} if etag else {}
        headers["Content_Length"] = len(content) - start
        if start:
            headers["Content_Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        handler.head(206 if start else 200, **headers)
        handler.wfile.write(content[start:upto])
        if then is not None:
            then(handler)

    return answer


def plain(status: int, body: bytes = b"", **headers):
    """Answer with one status and body, whatever range was asked for."""

    def answer(handler: Handler) -> None:
        handler.head(status, **({"Content_Length": len(body)} | headers))
        handler.wfile.write(body)

    return answer


@pytest.fixture
def answer():
    """The ways to answer a request."""
    return type("Answers", (), {"whole": staticmethod(whole), "plain": staticmethod(plain)})


@pytest.fixture
def waits(monkeypatch):
    """Let no download sleep; return the seconds that it would have slept."""
    slept: list[float] = []
    monkeypatch.setattr(download_module, "_sleep", slept.append)
    return slept


def png(seed: int) -> bytes:
    buffer = io.BytesIO()
    pixels = np.random.default_rng(seed).integers(0, 256, (8, 8), dtype=np.uint8)
    Image.fromarray(pixels).save(buffer, format="PNG")
    return buffer.getvalue()


def tar_of(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


@pytest.fixture(name="png")
def png_fixture():
    return png


@pytest.fixture(name="tar_of")
def tar_of_fixture():
    return tar_of


@pytest.fixture
def publish(monkeypatch, server):
    """Let the server be the address of an archive, and a content the published one; None: nothing is published."""

    def as_published(name: str, content: bytes | None) -> catalogue.Archive:
        known = Content()
        if content is not None:
            known = Content(len(content), hashlib.md5(content).hexdigest())
        archive = replace(catalogue.ARCHIVES[name], address=server.address, content=known)
        monkeypatch.setitem(catalogue.ARCHIVES, name, archive)
        return archive

    return as_published
