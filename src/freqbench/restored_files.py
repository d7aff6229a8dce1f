"""The file of restored patches: float32 arrays (N, H, W) in [0, 1]."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from freqbench.errors import FreqbenchError
from freqbench.files import atomic_path


def write_restored(path: Path, images: npt.NDArray[np.float32], blame: str) -> None:
    """Write restored patches (N, H, W), clamped to [0, 1] and not rounded, in the order of the test rows.

    Args:
        path: the file.
        images: of any range.
        blame: what to say of images that are not finite.

    Raises:
        FreqbenchError: if a value is not finite, or the file cannot be written.
    """
    content = clamped(images, path, blame)
    with atomic_path(path) as temporary, temporary.open("wb") as handle:
        np.save(handle, content)


def clamped(images: npt.NDArray[np.float32], path: Path, blame: str) -> npt.NDArray[np.float32]:
    """Return restored patches (N, H, W) as they are measured: in [0, 1].

    Args:
        images: of any range.
        path: the file that they come from or go to, which begins the message of an error.
        blame: what to say of images that are not finite.

    Raises:
        FreqbenchError: if a value is not finite.
    """
    if not np.isfinite(images).all():
        raise FreqbenchError(f"{path}: restored images are not finite; {blame}")
    return np.clip(images, 0.0, 1.0).astype(np.float32)
