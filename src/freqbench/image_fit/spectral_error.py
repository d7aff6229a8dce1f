"""How much of the spectrum of an image is still wrong, by frequency."""

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from freqbench.metrics.image_rings import image_rings

Values = npt.NDArray[np.float64]

BANDS = {"low": (0.0, 1 / 6), "middle": (1 / 6, 1 / 3), "high": (1 / 3, 1 / 2)}
"""Thirds of the frequencies up to Nyquist, in cycles per pixel."""


def spectral_error(prediction: Tensor, target: Tensor) -> Tensor:
    r"""Return the power of the difference of two spectra relative to that of the target, in each ring.

    .. math::
        e_r = \frac{\sum_r |P - T|^2}{\sum_r |T|^2}

    with the rings of `freqbench.metrics.frc`, without a window: 1 where nothing is there yet, as for a black image; 0
    where amplitude and phase are right; above 1 where something wrong is there.

    Args:
        prediction: (N, 1, H, W).
        target: (1, 1, H, W), with power in every ring.

    Returns:
        (N, R), float64; `freqbench.metrics.frc.frc_frequencies` gives the frequencies.
    """
    rings = image_rings(prediction.double() - target.double(), target.double().expand_as(prediction))
    error: Tensor = rings.power / rings.other_power
    return error


def has_power_everywhere(target: Tensor) -> bool:
    """Return whether an image (1, 1, H, W) has power in every ring, beyond the rounding of a DFT."""
    rings = image_rings(target, target)
    floor = (10 * torch.finfo(torch.float64).eps) ** 2 * target.double().square().mean()
    return bool((rings.power > floor * rings.sizes).all())


def band_of(frequencies: Values) -> npt.NDArray[np.str_]:
    """Return the name of the band of each frequency (cycles per pixel)."""
    names, upper = list(BANDS), [high for _, high in BANDS.values()]
    return np.array(names)[np.searchsorted(upper[:-1], frequencies, side="right")]
