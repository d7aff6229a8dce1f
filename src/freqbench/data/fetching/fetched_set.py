"""An unpacked set of images on disk: written whole, with licence and citation, and recognised when it is complete."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from freqbench.data.fetching.catalogue import Archive, Collection
from freqbench.data.fetching.content import Content
from freqbench.data.fetching.unpack import unpack
from freqbench.errors import FreqbenchError
from freqbench.files import atomic_folder, read_json, sha256_of, write_json, write_text

RECORD = "freqbench-set.json"
LICENCE_FILE = "LICENSE.txt"
CITATION_FILE = "CITATION.txt"


def write_set(
    packed: Path,
    archive: Archive,
    content: Content,
    folder: Path,
    advance: Callable[[int, int], None] | None = None,
) -> None:
    """Unpack an archive to a folder, which appears only when it is whole; an older folder is replaced.

    Beside the images lie the licence, the citation, and a record of the archive's hash and of every file's.

    Args:
        packed: the archive on disk.
        archive: what it is.
        content: its size and hashes as they were read.
        folder: folder to write.
        advance: called with the number of bytes written and the number of all.

    Raises:
        FreqbenchError: if the archive cannot be unpacked.
    """
    with atomic_folder(folder) as temporary:
        digests = unpack(packed, archive, temporary, advance)
        _write_terms(archive.collection, temporary)
        record = {
            "name": archive.name,
            "address": archive.address,
            "archive": {"size": content.size, "md5": content.md5, "sha256": content.sha256},
            "licence": archive.collection.licence,
            "citation": archive.collection.citation,
            "files": {name: _state(temporary / name) | {"sha256": digest} for name, digest in digests.items()},
        }
        write_json(temporary / RECORD, record)


def complete_set(
    folder: Path,
    archive: Archive,
    expected: Content,
    *,
    every_byte: bool = False,
    say: Callable[[str], None] | None = None,
) -> Content | None:
    """Return the content of the archive that a complete set was unpacked from; None where it is not complete.

    Every file must be there with the size that was recorded. One with the recorded time of change, to the nanosecond,
    is taken for unchanged; one with another time (a copied folder) is hashed. So a missing, cut or edited file
    is noticed at once, but decay of the disk under an unchanged time only with ``every_byte``.

    Args:
        folder: folder of the set.
        archive: what it should be.
        expected: what the archive's content should be.
        every_byte: hash every file.
        say: told why an existing set is not complete.
    """
    if not folder.is_dir():
        return None
    try:
        record = read_json(folder / RECORD)
        content = Content(**record["archive"])
        fault = _fault(folder, record, archive, every_byte) or expected.disagreement(content)
    except OSError as error:
        fault = f"{error.filename or folder}: {error.strerror or error}"
    except (FreqbenchError, KeyError, TypeError, AttributeError) as error:
        fault = f"no record of what is in it ({error})"
    if fault is None:
        return content
    if say is not None:
        say(f"{folder}: {fault}; it is fetched again")
    return None


def _fault(folder: Path, record: dict[str, Any], archive: Archive, every_byte: bool) -> str | None:
    """Return in what the files differ from their record; bring the record's times up to date where only they do."""
    if record["name"] != archive.name:
        return f"it holds {record['name']}"
    times_differ = False
    for name, stored in record["files"].items():
        state = _state(folder / name)
        if state["size"] != stored["size"]:
            return f"{name} has another size than when it was unpacked"
        differs = state["mtime_ns"] != stored["mtime_ns"]
        times_differ |= differs
        if (differs or every_byte) and sha256_of(folder / name) != stored["sha256"]:
            return f"{name} has changed since it was unpacked"
    if times_differ:
        files = {name: _state(folder / name) | {"sha256": stored["sha256"]} for name, stored in record["files"].items()}
        write_json(folder / RECORD, record | {"files": files})
    return None


def _state(path: Path) -> dict[str, int]:
    state = path.stat()
    return {"size": state.st_size, "mtime_ns": state.st_mtime_ns}


def _write_terms(collection: Collection, folder: Path) -> None:
    head = f"{collection.title}\n{collection.homepage}\n\n"
    write_text(folder / LICENCE_FILE, f"{head}{collection.licence_text}\n")
    write_text(folder / CITATION_FILE, f"{head}{collection.citation}\n")
