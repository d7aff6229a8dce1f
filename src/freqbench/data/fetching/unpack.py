"""Unpack an archive of images so that nothing can be written outside the folder that it is unpacked to."""

import fnmatch
import hashlib
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO

from freqbench.data.fetching.catalogue import Archive
from freqbench.data.fetching.content import BLOCK
from freqbench.data.fetching.disk import require_space
from freqbench.errors import FreqbenchError

WRAPPERS = 2
"""Folders that an archive may have around its own folder: the real archives have not been seen."""
_LITTER = ("__MACOSX", ".DS_Store", "._*")
"""What macOS adds to archives; ``._a.png`` would be taken for an image."""

_UNREADABLE = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,  # zipfile: an unknown compression
    RuntimeError,  # zipfile: an encrypted member
    FileExistsError,  # a member is a file and a folder at once
    NotADirectoryError,
)


@dataclass(frozen=True)
class _Member:
    """A regular file in an archive."""

    path: PurePosixPath
    size: int
    open: Callable[[], IO[bytes]]


def unpack(
    packed: Path, archive: Archive, folder: Path, advance: Callable[[int, int], None] | None = None
) -> dict[str, str]:
    """Write the images of an archive to a folder, without the archive's own folders around them.

    Only regular files are written, each newly created: no links, owners, modes or devices, so there is nothing
    through which a later member could leave the folder. An archive is refused whole if any member is a link or has
    a name that is absolute or goes upwards.

    Args:
        packed: the tar (uncompressed), the zip, or the plain file.
        archive: what it is.
        folder: existing, empty folder.
        advance: called with the number of bytes written and the number of all.

    Returns:
        SHA-256 of every file by its path relative to ``folder``.

    Raises:
        FreqbenchError: if it is damaged, unsafe, not what ``archive`` says, or does not fit on the disk.
    """
    try:
        with _members_of(packed, archive.file_name) as members:
            inside = _inside(members, archive, packed)
            total = sum(member.size for member in inside.values())
            require_space({folder: total})
            return _write(inside, folder, total, advance or (lambda _done, _total: None))
    except _UNREADABLE as error:
        raise FreqbenchError(f"{packed}: cannot be unpacked ({error}); delete it and fetch again") from error


def _write(
    members: dict[str, _Member], folder: Path, total: int, advance: Callable[[int, int], None]
) -> dict[str, str]:
    digests, done = {}, 0
    for name, member in sorted(members.items()):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        digest, size = hashlib.sha256(), 0
        with member.open() as source, target.open("xb") as handle:
            while block := source.read(BLOCK):
                digest.update(block)
                handle.write(block)
                size += len(block)
        if size != member.size:
            raise EOFError(f"{name} has {size} of {member.size} bytes")
        digests[name] = digest.hexdigest()
        done += size
        advance(done, total)
    return digests


@contextmanager
def _members_of(packed: Path, file_name: str) -> Iterator[list[_Member]]:
    """Yield the regular files of an archive, every name checked."""
    if file_name.endswith(".tar"):
        with tarfile.open(packed, "r:") as tar:
            yield list(_in_tar(tar))
    elif file_name.endswith(".zip"):
        with zipfile.ZipFile(packed) as archive:
            yield list(_in_zip(archive))
    else:
        yield [_Member(PurePosixPath(file_name), packed.stat().st_size, lambda: packed.open("rb"))]


def _in_tar(tar: tarfile.TarFile) -> Iterator[_Member]:
    for entry in tar.getmembers():
        path = _safe(entry.name)
        if not (entry.isfile() or entry.isdir()):
            raise tarfile.ExtractError(f"{entry.name!r} is a link or device; an archive of images needs none")
        if entry.isfile():
            yield _Member(path, entry.size, lambda entry=entry: tar.extractfile(entry))  # type: ignore[misc, arg-type]


def _in_zip(archive: zipfile.ZipFile) -> Iterator[_Member]:
    for entry in archive.infolist():
        # zipfile cuts a name at a NUL and keeps the name before that here
        path = _safe(entry.orig_filename)
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
            raise zipfile.BadZipFile(f"{entry.filename!r} is a link or device; an archive of images needs none")
        if not entry.is_dir():
            yield _Member(path, entry.file_size, lambda entry=entry: archive.open(entry))  # type: ignore[misc]


def _safe(name: str) -> PurePosixPath:
    """Return a member's path; refuse one that leaves the folder under the rules of either family of systems."""
    for path in (PurePosixPath(name), PureWindowsPath(name)):
        if path.anchor or ".." in path.parts or "\0" in name:
            raise tarfile.ExtractError(f"{name!r} would be written outside the folder")
    return PurePosixPath(name)


def _inside(members: list[_Member], archive: Archive, packed: Path) -> dict[str, _Member]:
    """Return the members inside the archive's own folder, by their path in it."""
    wanted = [
        member
        for member in members
        if not any(fnmatch.fnmatchcase(part, litter) for part in member.path.parts for litter in _LITTER)
    ]
    roots = {root for member in wanted for root in _roots_of(member.path.parts, archive)}
    if not roots:
        raise FreqbenchError(
            f"{packed}: holds no folder {archive.folder} with {archive.first_entry} in it; it is not {archive.name}. "
            "Delete it and fetch again, or unpack it yourself and name its folder with `source.folder`"
        )
    root = min(roots, key=lambda parts: (archive.folder not in parts, len(parts), parts))
    inside: dict[str, _Member] = {}
    for member in wanted:
        if member.path.parts[: len(root)] == root:
            name = PurePosixPath(*member.path.parts[len(root) :]).as_posix()
            if name in inside:
                raise tarfile.ExtractError(f"{member.path} is there twice")
            inside[name] = member
    return inside


def _roots_of(parts: tuple[str, ...], archive: Archive) -> Iterator[tuple[str, ...]]:
    """Yield the folders above a file that may be the archive's own folder; the archive itself is one."""
    for depth in range(min(WRAPPERS + 2, len(parts))):
        is_named = depth == 0 or parts[depth - 1] == archive.folder
        if is_named and fnmatch.fnmatchcase(parts[depth], archive.first_entry):
            yield parts[:depth]
