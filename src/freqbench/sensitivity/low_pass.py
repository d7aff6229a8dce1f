"""What a loss makes of an image whose high frequencies are missing (Fig. 3 of the FRC paper)."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from freqbench.losses.rings import ring_distance


def low_pass(images: Tensor, cutoff: float) -> Tensor:
    """Return images without the frequencies above a cut-off.

    Args:
        images: (..., H, W).
        cutoff: in cycles per shorter side; what lies at this modulus is kept, and so is the mean.
    """
    height, width = images.shape[-2:]
    keep = ring_distance(height, width, device=images.device) <= cutoff + 1e-9
    spectrum = torch.fft.rfft2(images) * keep
    filtered: Tensor = torch.fft.irfft2(spectrum, s=(height, width))
    return filtered


def cutoffs(height: int, width: int, number: int) -> list[int]:
    """Return about that many cut-offs from 1 to the Nyquist frequency, in cycles per shorter side, rising."""
    nyquist = min(height, width) // 2
    return sorted({int(value) for value in np.linspace(1, nyquist, num=min(number, nyquist)).round()})


def low_pass_losses(loss: nn.Module, clean: Tensor, cutoff: Sequence[float]) -> list[float]:
    """Return the loss between a clean image, low-passed at each cut-off, and the image itself.

    Args:
        loss: ``loss(prediction, target) -> scalar``.
        clean: (1, C, H, W).
        cutoff: in cycles per shorter side.
    """
    with torch.no_grad():
        return [float(loss(low_pass(clean, value), clean)) for value in cutoff]


def normalised(values: Sequence[float]) -> list[float]:
    """Return values moved and scaled to [0, 1], NaN if they are all alike, as the FRC paper draws losses."""
    array = np.asarray(values, dtype=np.float64)
    span = array.max() - array.min()
    return [float(value) for value in (array - array.min()) / (span if span > 0 else np.nan)]
