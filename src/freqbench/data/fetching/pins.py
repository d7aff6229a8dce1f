"""Hashes of archives that publish none: pinned when first fetched, checked ever after.

The lock file is TOML with one line for each archive, sorted, so that it can be read, committed and compared, and a
line can be deleted where a change is wanted.
"""

import tomllib
from pathlib import Path

from freqbench.data.fetching.content import Content
from freqbench.data.fetching.exclusive import exclusive
from freqbench.errors import FreqbenchError
from freqbench.files import write_text

LOCK_FILE = Path("freqbench-data.lock")
"""In the working folder, beside the study's configuration: to be committed with it."""
_HEADER = (
    "# Archives without a published hash, as they were when first fetched by freqbench; commit this file.\n"
    "# Delete a line to accept another content of that archive.\n"
)


def pinned(name: str, lock: Path) -> Content | None:
    """Return the size and SHA-256 that an archive had when it was first fetched; None where it is not pinned.

    Raises:
        FreqbenchError: if the lock file is damaged.
    """
    return _read(lock).get(name)


def pin(name: str, content: Content, lock: Path) -> None:
    """Write the size and SHA-256 of an archive to the lock file.

    Raises:
        FreqbenchError: if another content is pinned already, or the lock file is damaged or cannot be written.
    """
    folder = lock.absolute().parent
    if not folder.is_dir():
        raise FreqbenchError(f"{lock}: cannot be written, there is no folder {folder}; make it or correct `--lock`")
    with exclusive(folder):
        pins = _read(lock)
        if name in pins:
            disagreement = pins[name].disagreement(content)
            if disagreement is not None:
                raise FreqbenchError(f"{name}: {disagreement}")
            return
        pins[name] = content
        lines = (
            f'"{key}" = {{ size = {value.size}, sha256 = "{value.sha256}" }}\n' for key, value in sorted(pins.items())
        )
        write_text(lock, _HEADER + "".join(lines))


def _read(lock: Path) -> dict[str, Content]:
    try:
        text = lock.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise FreqbenchError(f"{lock}: cannot be read ({error})") from error
    try:
        return {
            name: Content(int(entry["size"]), sha256=str(entry["sha256"]), origin=_line_of(name, text, lock))
            for name, entry in tomllib.loads(text).items()
        }
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise FreqbenchError(
            f"{lock}: not a lock file of freqbench ({type(error).__name__}: {error}); restore it from version control"
        ) from error


def _line_of(name: str, text: str, lock: Path) -> str:
    numbers = (number for number, line in enumerate(text.splitlines(), start=1) if line.startswith(f'"{name}"'))
    return f"line {next(numbers, 1)} of {lock} (delete that line if the change is wanted)"
