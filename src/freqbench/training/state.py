"""The state of an unfinished training, saved whole and kept until the training is done."""

import io
import os
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch

from freqbench.errors import FreqbenchError
from freqbench.files import atomic_path

MADE_FROM = "made_from"
"""Key of a state under which lies everything that decided its training; plain values."""


class DamagedFileError(FreqbenchError):
    """A file of tensors that is not whole."""


def save_tensors(content: Any, path: Path) -> None:
    """Write with ``torch.save``, atomically and with the same bytes for the same content.

    torch writes the file's own name into the file; through a buffer that name is always the same.

    Raises:
        FreqbenchError: if the folder cannot be written, or the disk is full.
    """
    buffer = _bytes_of(content)
    with atomic_path(path) as temporary:
        temporary.write_bytes(buffer)


def load_tensors(path: Path, device: torch.device) -> Any:
    """Read what ``save_tensors`` wrote; only tensors and plain values are accepted.

    Raises:
        DamagedFileError: if the file is damaged.
        FreqbenchError: if the file is missing or cannot be read.
    """
    try:
        # torch does not compare the checksums that it writes
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
        if damaged is not None:
            raise zipfile.BadZipFile(damaged)
        return torch.load(path, map_location=device, weights_only=True)
    except FileNotFoundError as error:
        raise FreqbenchError(f"{path}: no such file; run `freqbench train` first") from error
    except OSError as error:
        # the content may be whole: to take it for damaged would throw a training away
        raise FreqbenchError(f"{path}: cannot be read ({error.strerror or error}); make it readable") from error
    except Exception as error:  # torch raises many kinds for a damaged file
        raise DamagedFileError(f"{path}: damaged ({type(error).__name__}); delete it and train again") from error


def save_state(path: Path, content: dict[str, Any]) -> None:
    """Save a state; the one before it is kept as ``<name>.previous``, should the disk lose the new one.

    Nothing is moved before the new state lies on the disk: at every moment at least one whole state is there.

    Raises:
        FreqbenchError: if it cannot be written; the message says which state there is to go on from.
    """
    buffer = _bytes_of(content)
    try:
        with atomic_path(path) as temporary:
            with temporary.open("wb") as handle:
                handle.write(buffer)
                handle.flush()
                os.fsync(handle.fileno())
            if path.exists():
                path.replace(_previous(path))
    except FreqbenchError as error:
        kept = [candidate.name for candidate in (path, _previous(path)) if candidate.exists()]
        there_is = f"the state before it, {kept[0]}, is whole" if kept else "there is no state before it"
        raise FreqbenchError(
            f"{error}; {there_is} ({len(buffer) / 1e6:.1f} MB were to be written): then run the same command again"
        ) from error


def load_state(path: Path, device: torch.device) -> tuple[dict[str, Any] | None, str]:
    """Return the newest whole state and a remark for the user.

    Returns:
        The state, or None if there is none, and what was found, empty if nothing.

    Raises:
        FreqbenchError: if there is a state that cannot be read at all.
    """
    damaged = []
    for candidate in (path, _previous(path)):
        if not candidate.exists():
            continue
        try:
            state = load_tensors(candidate, device)
        except DamagedFileError:
            damaged.append(candidate.name)
            continue
        return state, f"{damaged[0]} is damaged; going on from the state before it" if damaged else ""
    return None, f"{' and '.join(damaged)}: damaged; starting anew" if damaged else ""


def check_state(path: Path, state: Mapping[str, Any], made_from: Mapping[str, Any]) -> None:
    """Make sure that a state belongs to a training, whatever its file is called.

    Raises:
        FreqbenchError: if it does not; the message says what differs.
    """
    different = differences(state.get(MADE_FROM, {}), made_from)
    if different:
        raise FreqbenchError(
            f"{path}: the state of another training ({listed(different)}); move it away, and the training starts anew"
        )


def other_states(path: Path, stem: str, made_from: Mapping[str, Any]) -> Iterator[str]:
    """Yield a remark on each state of the same run with other settings, data or code than this training's.

    Args:
        path: where this training's state lies or will lie.
        stem: beginning of the names of all states of the run.
        made_from: what decides this training.
    """
    for candidate in sorted(path.parent.glob(f"{stem}-*.pt")):
        if candidate == path or candidate.suffixes[-2:-1] == [".diverged"]:
            continue
        yield f"{candidate.name}: an unfinished training that differs ({_reason(candidate, made_from)}); left alone"


def differences(there: Mapping[str, Any], here: Mapping[str, Any]) -> list[str]:
    """Return the dotted names of the values that differ, or stand on one side only."""
    one, other = dict(_flat(there)), dict(_flat(here))
    absent = object()
    return sorted(name for name in one | other if one.get(name, absent) != other.get(name, absent))


def listed(names: list[str], most: int = 4) -> str:
    """Return names in one line, the first few of them."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def discard_state(path: Path) -> None:
    """Remove the states of a finished training."""
    for candidate in (path, _previous(path)):
        candidate.unlink(missing_ok=True)


def _reason(path: Path, made_from: Mapping[str, Any]) -> str:
    try:
        # mapped, not read: a state can be as large as the memory, and only its small values are wanted
        there = torch.load(path, map_location="cpu", weights_only=True, mmap=True)[MADE_FROM]
    except Exception:  # whatever is wrong with it, it is not this training's
        return "it cannot be read"
    return listed(differences(there, made_from))


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            # a list and a tuple of the same values are the same setting
            yield prefix + name, list(value) if isinstance(value, tuple) else value


def _bytes_of(content: Any) -> bytes:
    buffer = io.BytesIO()
    torch.save(content, buffer)
    return buffer.getvalue()


def _previous(path: Path) -> Path:
    return path.with_name(f"{path.name}.previous")
