"""Download one file over HTTP: resumed, retried, checked, and never under its final name before it is whole.

pooch, which names the cache folder, is not used for the transfer: its downloader writes to a temporary file that is
lost with the process, so 0.7 GB begin anew after every broken connection, and ``pooch.retrieve`` does not retry.

A continued download is safe because of three checks. The server must answer 206 with the range that was asked for.
The validator of the first answer (a strong ETag, else the modification date) is sent along as ``If-Range``
(RFC 9110, section 13.1.5) and compared with the answer's. The whole file is hashed at the end where a hash is known.
Where neither a validator nor a hash is known, nothing is continued.
"""

import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import requests

from freqbench import __version__
from freqbench.data.fetching.content import Content, content_of
from freqbench.data.fetching.exclusive import exclusive
from freqbench.data.fetching.partial import PartialFile
from freqbench.errors import FreqbenchError
from freqbench.mirror import MIRROR_VARIABLE
from freqbench.offline import refuse_download

CHUNK = 1 << 16
"""Bytes read at a time; a broken connection loses at most so many."""
ATTEMPTS = 6
"""Attempts in a row that bring nothing new before the download is given up."""
FIRST_WAIT = 1.0
"""Seconds before the second attempt; doubled before every further one."""
LONGEST_WAIT = 120.0
"""Seconds that are waited at most, also where the server asks for more by Retry-After."""
TIMEOUT = 60.0
"""Seconds without a byte after which a connection counts as broken."""
HEADWAY = 1 << 20
"""New bytes in one attempt after which the attempts are counted anew."""
TRANSIENT = frozenset({202, 204, 408, 416, 425, 429})
"""Statuses that a later attempt may not meet again, besides all of 500 and above."""


_sleep = time.sleep  # of its own name, so that a test need not wait


class _AttemptError(Exception):
    """An attempt failed in a way that another attempt may not."""

    def __init__(self, reason: str, wait: float = 0.0) -> None:
        super().__init__(reason)
        self.wait = wait


def download(
    address: str,
    path: Path,
    expected: Content | None = None,
    *,
    advance: Callable[[int, int], None] | None = None,
    make_room: Callable[[int], None] | None = None,
    timeout: float | None = None,
) -> Content:
    """Download a file, or find it complete where it should be.

    Until it is whole and checked, it is ``<name>.part``; a later call goes on from there.

    Args:
        address: HTTP address.
        path: final file; its folder is made where it is missing.
        expected: size and hashes that it must have, as far as they are known.
        advance: called with the number of bytes that are there and the number of all (0 if unknown).
        make_room: called with the number of bytes still to come, as soon as that is known and before any is written;
            may raise.
        timeout: seconds without a byte after which a connection counts as broken; None is ``TIMEOUT``.

    Returns:
        Size and hashes of the file.

    Raises:
        FreqbenchError: if the file cannot be had whole, is not the expected one, or may not be downloaded
            (`freqbench.offline`); ``path`` is then absent or what it was before.
    """
    expected = expected or Content()
    with exclusive(path.with_name(f".{path.name}.busy")):
        if path.is_file():
            found = content_of(path)
            if expected.disagreement(found) is None:
                return found
        refuse_download(path.name, address, f"the folder that {MIRROR_VARIABLE} or `mirror:` names")
        return _Download(
            address, path, expected, advance=advance, make_room=make_room, timeout=timeout or TIMEOUT
        ).run()


class _Download:
    """One file on its way: the part, what is expected of it, and where it comes from."""

    def __init__(
        self,
        address: str,
        path: Path,
        expected: Content,
        *,
        advance: Callable[[int, int], None] | None,
        make_room: Callable[[int], None] | None,
        timeout: float,
    ) -> None:
        self.address, self.path, self.expected, self.timeout = address, path, expected, timeout
        self.advance = advance or (lambda _done, _total: None)
        self.make_room = make_room
        self.part = PartialFile(path, address, expected)
        # bytes of two answers may not fit together, so a wrong hash is then no proof against the server
        self.is_joined = False

    @property
    def _whole(self) -> int | None:
        """Size of the whole file: the published one, else the server's."""
        return self.part.total if self.expected.size is None else self.expected.size

    def run(self) -> Content:
        failures, furthest = 0, self.part.size
        if self.expected.size is not None:
            self._reserve(self.expected.size - self.part.size)
        with requests.Session() as session:
            while True:
                try:
                    self._receive(session)
                    return self._checked()
                except _AttemptError as attempt:
                    reason, wait = str(attempt), attempt.wait
                except OSError as error:
                    raise self._failure(f"writing failed: {error.strerror or error}") from error
                failures = 0 if self.part.size >= furthest + HEADWAY else failures
                furthest = max(furthest, self.part.size)
                failures += 1
                if failures >= ATTEMPTS:
                    raise self._failure(f"{reason}; {failures} attempts")
                _sleep(min(max(FIRST_WAIT * 2 ** (failures - 1), wait), LONGEST_WAIT))

    def _checked(self) -> Content:
        """Hash the complete part and give it its name, or discard it."""
        found = content_of(self.part.path)
        disagreement = self.expected.disagreement(found)
        if disagreement is None:
            self.part.finish()
            return found
        self.part.discard()
        if self.is_joined:
            self.is_joined = False
            raise _AttemptError(disagreement)
        raise self._failure(disagreement)

    def _receive(self, session: requests.Session) -> None:
        """Make one request and append its answer; return when the part is complete."""
        part = self.part
        if part.size and not (part.validator or self.expected.is_hashed):
            part.discard()
        self.is_joined = part.size > 0
        if part.size and self._whole is not None and part.size >= self._whole:
            return  # the process ended between the last byte and the check
        try:
            with session.get(self.address, headers=self._headers(), stream=True, timeout=self.timeout) as answer:
                self._begin(answer)
                self._append(answer)
        except requests.RequestException as error:
            raise _AttemptError(f"{type(error).__name__}: {' '.join(str(error).split())[:200]}") from error
        if part.size == 0 and self.expected.size != 0:  # an empty answer of untold length
            raise _AttemptError(f"the server answered {answer.status_code} with 0 bytes")
        if self._whole is not None and part.size < self._whole:
            raise _AttemptError(f"the connection ended after {part.size} of {self._whole} bytes")

    def _headers(self) -> dict[str, str]:
        # a compressed transfer would have other sizes and ranges than the file
        headers = {"Accept-Encoding": "identity", "User-Agent": f"freqbench/{__version__}"}
        if self.part.size:
            headers["Range"] = f"bytes={self.part.size}-"
            if self.part.validator:
                headers["If-Range"] = self.part.validator
        return headers

    def _begin(self, answer: requests.Response) -> None:
        """Judge the head of an answer: go on with the part, begin it anew, or give up."""
        status = answer.status_code
        if status == 206 and self.part.size:
            self._continue_part(answer.headers)
            return
        if status == 200:
            self._begin_part(answer.headers)
            return
        said = f"the server answered {status} {answer.reason}".rstrip()
        if status == 416:
            self.part.discard()
        if status in TRANSIENT or status >= 500:
            length = answer.headers.get("Content-Length")
            said += f" with {length} bytes" if length is not None and status < 300 else ""
            raise _AttemptError(said, _retry_after(answer.headers))
        raise self._failure(f"{said}, which another attempt will not change")

    def _continue_part(self, headers: Mapping[str, str]) -> None:
        """Check that an answer 206 continues the part; else discard the part."""
        part = self.part
        match = re.fullmatch(r"bytes (\d+)-\d+/(\d+)", headers.get("Content-Range", "").strip())
        if (
            match is None
            or int(match[1]) != part.size
            or self._whole not in {None, int(match[2])}
            or _validator(headers) not in {None, part.validator}
        ):
            part.discard()
            raise _AttemptError("the server continued with another file or range than was asked for")
        self.part.total = int(match[2])

    def _begin_part(self, headers: Mapping[str, str]) -> None:
        """Begin the part with the whole content of an answer 200."""
        length = headers.get("Content-Length")
        total = int(length) if length is not None and length.isdigit() else None
        if headers.get("Content-Encoding", "identity").lower() != "identity":
            raise self._failure(f"the server sends it re-encoded ({headers['Content-Encoding']})")
        if total == 0 and self.expected.size != 0:
            raise _AttemptError("the server answered 200 with 0 bytes")
        if total is not None and self.expected.size not in {None, total}:
            raise self._failure(f"its size is {total}, but {self.expected.origin} says {self.expected.size}")
        is_chunked = "chunked" in headers.get("Transfer-Encoding", "").lower()
        if total is None and self.expected.size is None and not (is_chunked or self.expected.is_hashed):
            raise self._failure("the server does not say how long it is, so a part of it could not be told from all")
        if total is not None and self.expected.size is None:
            self._reserve(total)
        self.is_joined = False
        self.part.restart(total, _validator(headers))

    def _append(self, answer: requests.Response) -> None:
        whole = self._whole
        done = self.part.size
        with self.part.open() as handle:
            for chunk in answer.iter_content(CHUNK):
                done += len(chunk)
                if whole is not None and done > whole:
                    self.part.discard()
                    raise self._failure(f"it goes on beyond the expected {whole} bytes")
                handle.write(chunk)
                handle.flush()  # what was received outlives a killed process
                self.advance(done, whole or 0)

    def _reserve(self, size: int) -> None:
        if self.make_room is not None:
            self.make_room(size)

    def _failure(self, reason: str) -> FreqbenchError:
        kept = self.part.size
        again = f"run again: {kept} bytes are kept and not downloaded again" if kept else "run again"
        return FreqbenchError(
            f"{self.path.name}: could not be downloaded from {self.address} ({reason}); {again}, "
            f"or put the file into a folder and name that with {MIRROR_VARIABLE}"
        )


def _validator(headers: Mapping[str, str]) -> str | None:
    """Return what identifies the content byte for byte: a strong ETag, else the date of its last change."""
    etag = headers.get("ETag", "")
    return etag if etag.startswith('"') else headers.get("Last-Modified")


def _retry_after(headers: Mapping[str, str]) -> float:
    value = headers.get("Retry-After", "")
    return float(value) if value.isdigit() else 0.0
