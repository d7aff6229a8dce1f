"""The state of an unfinished training, saved whole and kept until the training is done."""

import io
import zipfile
from pathlib import Path
from typing import Any

import torch

from freqbench.errors import FreqbenchError
from freqbench.files import atomic_path


def save_tensors(content: Any, path: Path) -> None:
    """Write with ``torch.save``, atomically and with the same bytes for the same content.

    torch writes the file's own name into the file; through a buffer that name is always the same.
    """
    buffer = io.BytesIO()
    torch.save(content, buffer)
    with atomic_path(path) as temporary:
        temporary.write_bytes(buffer.getvalue())


def load_tensors(path: Path, device: torch.device) -> Any:
    """Read what ``save_tensors`` wrote; only tensors and plain values are accepted.

    Raises:
        FreqbenchError: if the file is missing or damaged.
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
    except Exception as error:  # torch raises many kinds for a damaged file
        raise FreqbenchError(f"{path}: damaged ({type(error).__name__}); delete it and train again") from error


def save_state(path: Path, content: dict[str, Any]) -> None:
    """Save a state; the one before it is kept as ``<name>.previous``, should the disk lose the new one."""
    if path.exists():
        path.replace(_previous(path))
    save_tensors(content, path)


def load_state(path: Path, device: torch.device) -> tuple[dict[str, Any] | None, str]:
    """Return the newest readable state and a remark for the user.

    Returns:
        The state, or None if there is none, and what was found, empty if nothing.
    """
    damaged = []
    for candidate in (path, _previous(path)):
        if not candidate.exists():
            continue
        try:
            state = load_tensors(candidate, device)
        except FreqbenchError:
            damaged.append(candidate.name)
            continue
        return state, f"{damaged[0]} is damaged; going on from the state before it" if damaged else ""
    return None, f"{' and '.join(damaged)}: damaged; starting anew" if damaged else ""


def discard_state(path: Path) -> None:
    """Remove the states of a finished training."""
    for candidate in (path, _previous(path)):
        candidate.unlink(missing_ok=True)


def _previous(path: Path) -> Path:
    return path.with_name(f"{path.name}.previous")
