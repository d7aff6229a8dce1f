"""The file of restored patches: float32 arrays (N, H, W) in [0, 1]."""

from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from freqbench.errors import FreqbenchError
from freqbench.files import atomic_path
from freqbench.intensity_fit import fit_intensities

Images = npt.NDArray[np.float32]
IntensityFit = Literal["none", "affine"]


def as_measured(images: Images, clean: Images, fit: IntensityFit) -> Images:
    """Return restored images as every metric and every figure takes them: fitted if so configured, then clamped.

    Args:
        images: (N, H, W), of any range.
        clean: their clean images, which only the fit looks at.
        fit: `evaluation.intensity_fit`.

    Returns:
        Images (N, H, W) in [0, 1], not rounded.
    """
    if fit == "affine":
        images = fit_intensities(images, clean)
    return np.clip(images, 0.0, 1.0).astype(np.float32)


def write_restored(path: Path, images: Images, clean: Images, fit: IntensityFit, blame: str) -> None:
    """Write restored patches (N, H, W), as they are measured, in the order of the test rows.

    Args:
        path: the file.
        images: of any range.
        clean: their clean images.
        fit: `evaluation.intensity_fit`.
        blame: what to say of images that are not finite.

    Raises:
        FreqbenchError: if a value is not finite, or the file cannot be written.
    """
    check_finite(images, path, blame)
    with atomic_path(path) as temporary, temporary.open("wb") as handle:
        np.save(handle, as_measured(images, clean, fit))


def check_finite(images: Images, path: Path, blame: str) -> None:
    """Refuse restored images that are not finite: nothing can be measured on them.

    Args:
        images: of any shape and range.
        path: the file that they come from or go to, which begins the message of the error.
        blame: what to say of them.

    Raises:
        FreqbenchError: if a value is not finite.
    """
    if not np.isfinite(images).all():
        raise FreqbenchError(f"{path}: restored images are not finite; {blame}")
