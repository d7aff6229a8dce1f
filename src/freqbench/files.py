"""Files that are either whole or absent: atomic writes and content hashes."""

import errno
import glob
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from freqbench.errors import FreqbenchError


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yield a temporary path in the folder of ``path``; rename it to ``path`` when the block succeeds.

    The temporary name keeps the suffix of ``path``, since writers choose the format by it. The content
    is flushed to the disk before the rename, so a crash leaves the old file or the new one, never a part.

    Args:
        path: the final file; its folder is made where it is missing.

    Raises:
        FreqbenchError: if the folder cannot be made or written, or the disk is full.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=f".{path.stem}-", suffix=path.suffix, dir=path.parent)
    except OSError as error:
        raise FreqbenchError(
            f"{path}: cannot be written ({error.strerror}); choose a folder that you may write with `results:`"
        ) from error
    os.close(descriptor)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb") as handle:
            os.fsync(handle.fileno())
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    except OSError as error:
        raise FreqbenchError(f"{path}: writing failed ({error.strerror or error}){_advice(error)}") from error
    finally:
        temporary.unlink(missing_ok=True)


def remove_leftovers(path: Path) -> None:
    """Remove the temporary files of writers of ``path`` that were killed; nobody else may be writing it."""
    for leftover in path.parent.glob(f".{glob.escape(path.stem)}-*{path.suffix}"):
        leftover.unlink(missing_ok=True)


@contextmanager
def atomic_folder(path: Path) -> Iterator[Path]:
    """Yield a temporary sibling folder; put it in the place of ``path`` when the block succeeds.

    Raises:
        FreqbenchError: if the parent folder cannot be made or written, the disk is full, or ``path`` is a file.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{path.name}-", dir=path.parent))
    except OSError as error:
        raise FreqbenchError(
            f"{path}: cannot be written ({error.strerror}); choose a folder that you may write with `results:`"
        ) from error
    try:
        yield temporary
        temporary.chmod(0o777 & ~_umask())
        if path.exists():
            shutil.rmtree(path)
        temporary.replace(path)
    except OSError as error:
        raise FreqbenchError(f"{path}: writing failed ({error.strerror or error}){_advice(error)}") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def write_text(path: Path, text: str) -> None:
    """Write a text file (UTF-8) atomically."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: Path, content: Any) -> None:
    """Write a JSON file atomically, indented, with a final newline; NaN is refused."""
    write_text(path, json.dumps(content, indent=2, allow_nan=False) + "\n")


def read_json(path: Path) -> Any:
    """Read a JSON file.

    Raises:
        FreqbenchError: if it is missing, cannot be read, or is not JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise FreqbenchError(f"{path}: no such file; run the step that makes it first") from error
    except OSError as error:
        raise FreqbenchError(f"{path}: cannot be read ({error.strerror})") from error
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise FreqbenchError(f"{path}: not a JSON file ({error}); delete it and run its step again") from error


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's content as 64 hexadecimal digits."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _advice(error: OSError) -> str:
    """Return what to do about a disk, a quota or a file that is full, nothing for other errors."""
    full = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    return "; free some space there, or choose another folder with `results:`" if error.errno in full else ""


def _umask() -> int:
    """Return the process's file mode mask: mkstemp makes files that only their owner may read."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
