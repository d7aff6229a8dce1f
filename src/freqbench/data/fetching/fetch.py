"""Bring images here: from a folder, from an archive in the mirror, or by download."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from freqbench.config.datasets import FMDSource
from freqbench.data.checksums import check_against_sums
from freqbench.data.fetching.catalogue import ARCHIVES, Archive
from freqbench.data.fetching.content import Content, content_of
from freqbench.data.fetching.disk import require_space
from freqbench.data.fetching.download import download
from freqbench.data.fetching.exclusive import exclusive
from freqbench.data.fetching.fetched_set import RECORD, complete_set, write_set
from freqbench.data.fetching.pins import LOCK_FILE, pin, pinned
from freqbench.data.source import FMD_CITATION, FMD_LICENCE, SourceRecord, hash_images
from freqbench.errors import FreqbenchError
from freqbench.mirror import find_folder, find_in_mirror

Advance = Callable[[int, int], None]


@dataclass(frozen=True)
class Fetching:
    """How images are fetched.

    Attributes:
        mirror: folder searched before a download.
        cache: folder of fetched sets, and of archives in ``archives``; None is the user's cache folder.
        lock: file of the hashes of archives that publish none.
        keep_archive: whether a downloaded archive is kept after it is unpacked.
        every_byte: whether a set that is there is hashed before it is taken for complete.
        downloading: called with the number of bytes downloaded and the number of all (0 if unknown).
        unpacking: called with the number of bytes unpacked and the number of all.
        say: told what a user may want to know.
    """

    mirror: Path | None = None
    cache: Path | None = None
    lock: Path = LOCK_FILE
    keep_archive: bool = False
    every_byte: bool = False
    downloading: Advance | None = None
    unpacking: Advance | None = None
    say: Callable[[str], None] | None = None

    @property
    def folder(self) -> Path:
        """The folder of fetched sets."""
        if self.cache is not None:
            return self.cache
        import pooch

        return Path(pooch.os_cache("freqbench"))


def fetch_set(archive: Archive, how: Fetching) -> tuple[Path, bool]:
    """Have one set of images in the folder of fetched sets.

    Args:
        archive: which.
        how: from where and to where.

    Returns:
        Folder of the images, and whether it had been complete before.

    Raises:
        FreqbenchError: if it cannot be had whole, differs from what is published or pinned, or something else lies
            in its folder.
    """
    folder = how.folder / archive.name
    with exclusive(folder.with_name(f".{folder.name}.busy")):
        expected = _expected(archive, how.lock)
        content = complete_set(folder, archive, expected, every_byte=how.every_byte, say=how.say)
        is_complete = content is not None
        if content is None:
            _clear_way(folder)
            packed, content, is_ours = _packed(archive, expected, folder, how)
            _unpacked(packed, archive, content, folder, how, is_ours=is_ours)
            if is_ours and not how.keep_archive:
                packed.unlink()
        _pin(archive, content, how.lock)
    return folder, is_complete


def fetch_fmd(
    source: FMDSource,
    level: str,
    destination: Path,
    how: Fetching | None = None,
    *,
    advance: Advance | None = None,
) -> SourceRecord:
    """Find or download the images of one FMD type.

    A folder is used where it lies, and so is a complete set of `fetch_set`; nothing is copied. An archive is unpacked
    to ``destination``.

    Args:
        source: type, and folder if there is one.
        level: level of the degraded images, such as ``raw``.
        destination: folder to unpack an archive to.
        how: from where images are fetched; a downloaded archive is kept.
        advance: called with the number of images hashed and the number of all.

    Raises:
        FreqbenchError: if the images cannot be had or differ from their checksums.
    """
    how = how or Fetching()
    if source.folder is not None:
        root = find_folder(source.folder, how.mirror)
    else:
        root = _from_archive(ARCHIVES[f"fmd/{source.type}"], destination, how)
    files = hash_images(root, (level, "gt"), advance)
    check_against_sums(root, files)
    return SourceRecord(root, "fmd", f"FMD {source.type}, {level}", FMD_LICENCE, FMD_CITATION, files)


def _from_archive(archive: Archive, destination: Path, how: Fetching) -> Path:
    """Return a folder that holds the images of an archive: one that is complete, else ``destination``."""
    expected = _expected(archive, how.lock)
    for folder in (destination, how.folder / archive.name):
        content = complete_set(folder, archive, expected, every_byte=how.every_byte, say=how.say)
        if content is not None:
            break
    else:
        folder = destination
        packed, content, is_ours = _packed(archive, expected, folder, how)
        _unpacked(packed, archive, content, folder, how, is_ours=is_ours)
    _pin(archive, content, how.lock)
    return folder


def _clear_way(folder: Path) -> None:
    """Refuse to replace a folder that `fetch_set` has not written; remove what a killed process left beside it."""
    if folder.exists() and not (folder / RECORD).exists():
        raise FreqbenchError(
            f"{folder}: is there already, without a {RECORD}, so it may be yours and is not replaced; "
            "move it away or choose another folder with `--to`"
        )
    for unfinished in folder.parent.glob(f".{folder.name}-*"):
        shutil.rmtree(unfinished, ignore_errors=True)


def _expected(archive: Archive, lock: Path) -> Content:
    """Return what is known of an archive's content: the published hash, else the pinned one, else the size."""
    if archive.content.is_hashed:
        return archive.content
    return pinned(archive.name, lock) or archive.content


def _pin(archive: Archive, content: Content, lock: Path) -> None:
    if not archive.content.is_hashed:
        pin(archive.name, content, lock)


def _packed(archive: Archive, expected: Content, folder: Path, how: Fetching) -> tuple[Path, Content, bool]:
    """Return an archive on disk, its content, and whether it is a download: the mirror's files are not ours."""
    found = find_in_mirror(archive.file_name, how.mirror, sha256=archive.content.sha256, md5=archive.content.md5)
    if found is not None:
        content = content_of(found)
        disagreement = expected.disagreement(content)
        if disagreement is not None:
            raise FreqbenchError(f"{found}: {disagreement}; replace it or move it out of the mirror")
        return found, content, False
    archives = how.folder / "archives"

    def make_room(size: int) -> None:
        whole = expected.size if expected.size is not None else size
        require_space({archives: size, folder: archive.unpacked_size(whole)})

    path = archives / archive.file_name
    content = download(archive.address, path, expected, advance=how.downloading, make_room=make_room)
    return path, content, True


def _unpacked(packed: Path, archive: Archive, content: Content, folder: Path, how: Fetching, *, is_ours: bool) -> None:
    try:
        write_set(packed, archive, content, folder, how.unpacking)
    except FreqbenchError:
        # without a hash, only unpacking tells an archive from a page that a server sent in its place
        if is_ours and not archive.content.is_hashed and pinned(archive.name, how.lock) is None:
            packed.unlink(missing_ok=True)
        raise
