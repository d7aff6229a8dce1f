"""The power spectrum of what a restoration gets wrong."""

from typing import Literal

import numpy as np
import numpy.typing as npt
import torch

from freqbench.spectra.window import windowed

Images = npt.NDArray[np.float32]
Power = npt.NDArray[np.float64]
ROUNDING = (1 / 65535) ** 2 / 12
"""Power of the rounding to 16 bits at each frequency, for images in [0, 1]: less does not count as less."""


def residual_power(
    restored: Images, clean: Images, *, window: Literal["hann", "none"] = "hann", batch_size: int = 16
) -> Power:
    r"""Return the mean over images of the squared modulus of the orthonormal DFT of restored minus clean.

    White noise of variance v has the power v at each frequency. With a Hann window each residual loses its mean, so
    that an offset does not spread, and is multiplied by a window of mean square 1, which keeps the power of noise.

    Args:
        restored: images (N, H, W) in [0, 1].
        clean: their targets, of the same shape.
        window: what is done about the borders.
        batch_size: images transformed at once.

    Returns:
        (H, W) float64, not negative; the zero frequency stands at row H // 2 and column W // 2.

    Raises:
        ValueError: if the shapes differ, there is no image, or a value is not finite.
    """
    if restored.shape != clean.shape or restored.ndim != 3 or not len(restored):
        raise ValueError(f"restored and clean must both be (N, H, W), not {restored.shape} and {clean.shape}")
    total = torch.zeros(restored.shape[1:], dtype=torch.float64)
    for start in range(0, len(restored), batch_size):
        part = slice(start, start + batch_size)
        residual = torch.from_numpy(restored[part]).double() - torch.from_numpy(clean[part]).double()
        if not bool(residual.isfinite().all()):
            raise ValueError("restored and clean must be finite")
        images = residual.unsqueeze(1)
        spectrum = torch.fft.fft2(windowed(images) if window == "hann" else images, norm="ortho")
        total += spectrum.abs().square().sum(dim=(0, 1))
    return np.asarray(torch.fft.fftshift(total / len(restored)).numpy())


def relative_decibel(power: Power, reference: Power) -> Power:
    """Return a power spectrum relative to another one in dB; powers below that of rounding count as that.

    Args:
        power: (H, W), not negative.
        reference: (H, W), not negative.
    """
    high, low = (np.maximum(each, ROUNDING) for each in (power, reference))
    return np.asarray(10 * np.log10(high / low))
