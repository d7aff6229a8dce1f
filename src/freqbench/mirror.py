"""A local folder that is searched before any download: for machines without internet."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from freqbench.errors import FreqbenchError

MIRROR_VARIABLE = "FREQBENCH_MIRROR"


def mirror_folder(configured: Path | None) -> Path | None:
    """Return the mirror: the configured folder, else the one named by FREQBENCH_MIRROR, else None.

    Raises:
        FreqbenchError: if the folder is named but does not exist or is not a folder.
    """
    variable = os.environ.get(MIRROR_VARIABLE)
    if configured is not None:
        folder, origin = configured, "`mirror:`"
    elif variable:
        folder, origin = Path(variable), f"the environment variable {MIRROR_VARIABLE}"
    else:
        return None
    if not folder.is_dir():
        raise FreqbenchError(f"{folder}: no such folder, named by {origin}; correct the path or remove it")
    return folder


def find_in_mirror(
    file_name: str, mirror: Path | None, *, sha256: str | None = None, md5: str | None = None
) -> Path | None:
    """Search the mirror and its subfolders (symbolic links followed) for a file by its name.

    Args:
        file_name: name without any folder.
        mirror: the folder to search, or None: nothing is searched.
        sha256: hexadecimal SHA-256 that the content must have; not checked where it is None.
        md5: hexadecimal MD5 that the content must have; not checked where it is None.

    Returns:
        The first file, in the order of the folder names, whose content agrees; None where no file has
        the name.

    Raises:
        FreqbenchError: if files have the name but none has the content, or the mirror is not a folder.
    """
    if mirror is None:
        return None
    mirror = mirror_folder(mirror)
    assert mirror is not None
    disagreement = None
    for path in _files_named(file_name, mirror):
        disagreement = _disagreement(path, {"sha256": sha256, "md5": md5})
        if disagreement is None:
            return path
    if disagreement is not None:
        raise FreqbenchError(disagreement)
    return None


def find_folder(folder: Path, mirror: Path | None) -> Path:
    """Return a folder as an absolute path: below the mirror if it is there, else below the working folder.

    Raises:
        FreqbenchError: if it is in neither.
    """
    candidates = [folder] if folder.is_absolute() or mirror is None else [mirror / folder, folder]
    for candidate in candidates:
        if candidate.is_dir():
            return candidate.resolve()
    looked = " and ".join(str(candidate) for candidate in candidates)
    hint = "" if mirror is not None else ", or set FREQBENCH_MIRROR or `mirror:` to the folder that holds it"
    raise FreqbenchError(f"source.folder: no folder {looked}; correct the path{hint}")


def _files_named(file_name: str, folder: Path) -> Iterator[Path]:
    """Yield the files of that name; each real folder is entered once, so circular links do no harm."""
    entered = {folder.resolve()}
    for parent, folders, files in os.walk(folder, followlinks=True):
        if file_name in files:
            yield Path(parent, file_name)
        folders.sort()
        for name in list(folders):
            real = Path(parent, name).resolve()
            if real in entered:
                folders.remove(name)
            entered.add(real)


def _disagreement(path: Path, expected: dict[str, str | None]) -> str | None:
    """Say in which hash the file differs from what is expected; None where it agrees."""
    for algorithm, digest in expected.items():
        if digest is None:
            continue
        found = _digest(path, algorithm)
        if found != digest.lower():
            return (
                f"{path}: its {algorithm} is {found}, but {digest.lower()} is expected; "
                "the file is damaged or another version: replace it or move it out of the mirror"
            )
    return None


def _digest(path: Path, algorithm: str) -> str:
    try:
        with path.open("rb") as handle:
            return hashlib.file_digest(handle, algorithm).hexdigest()
    except OSError as error:
        raise FreqbenchError(f"{path}: cannot be read ({error.strerror})") from error
