"""The area of each test field of view that may be tested on, as a file."""

import zipfile
from pathlib import Path

import numpy as np
import numpy.typing as npt

from freqbench.errors import FreqbenchError
from freqbench.files import atomic_path

Mask = npt.NDArray[np.bool_]

PREFIX = "fov_"
"""Before the name of a field of view: one called `file` would be taken for an argument."""


def write_masks(masks: dict[str, Mask], path: Path) -> None:
    """Write boolean masks of shape (H, W) by field of view, atomically."""
    named = {PREFIX + fov: mask for fov, mask in masks.items()}
    with atomic_path(path) as temporary:
        np.savez_compressed(temporary, **named)  # type: ignore[arg-type]


def read_masks(path: Path) -> dict[str, Mask]:
    """Read what `write_masks` wrote.

    Raises:
        FreqbenchError: if the file is missing or damaged.
    """
    try:
        with np.load(path) as stored:
            return {name.removeprefix(PREFIX): np.asarray(stored[name], dtype=bool) for name in stored.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise FreqbenchError(f"{path}: not readable ({error}); run `freqbench audit` again") from error
