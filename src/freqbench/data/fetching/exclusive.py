"""One process at a time: two steps of a study may want the same archive at once."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from freqbench.errors import FreqbenchError


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Wait until no other process holds ``path``, then hold it for the block.

    The lock is the operating system's: it ends with the process, however the process ends, so nothing stale is left.
    An empty file that is made for it stays, since removing it would let a third process lock a file that the second
    no longer looks at. Where the system (Windows) or the disk has no such locks, nothing is locked.

    Args:
        path: an existing folder, or a file that is made where it is missing.

    Raises:
        FreqbenchError: if the file cannot be made.
    """
    try:
        import fcntl
    except ImportError:
        yield
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise FreqbenchError(f"{path}: cannot be written ({error.strerror}); choose another folder") from error
    try:
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
