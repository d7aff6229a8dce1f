"""Phase congruency, the feature that FSIM compares: where the Fourier components of an image are in phase."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import torch

_SCALES = 4
_ORIENTATIONS = 4
_FINEST_WAVELENGTH = 6.0
_WAVELENGTH_RATIO = 2.0
_BANDWIDTH = 0.55
"""Standard deviation of the log-Gabor filter over its centre frequency."""
_ANGULAR_SPREAD = math.pi / _ORIENTATIONS / 1.2
_CUTOFF, _ORDER = 0.45, 15
_NOISE_DEVIATIONS = 2.0
_NOISE_RESCALING = 1.7


@dataclass(frozen=True)
class LogGaborBank:
    """Filters of one image size.

    Attributes:
        filters: transfer functions (orientation, scale, H, W), complex with zero imaginary part, in the order of
            `torch.fft.fft2`.
        noise: for each orientation the noise threshold of the energy over the square root of the median squared
            response of the finest scale.
    """

    filters: torch.Tensor
    noise: tuple[float, ...]


def phase_congruency(image: torch.Tensor) -> torch.Tensor:
    """Return the phase congruency of an image, as the authors of FSIM compute it.

    In each orientation the energy is the sum over the scales of the responses' component along their mean
    phase minus the component across it, less a noise threshold from the median response of the finest scale.
    The congruency is the energy over the sum of the amplitudes.

    Args:
        image: (H, W) on the 8-bit scale, at least 2 x 2 pixels.

    Returns:
        (H, W) in [0, 1]; 1 where all responses vanish, as in a flat image.

    References:
        P. Kovesi, "Image features from phase congruency", Videre 1, 1999; L. Zhang, L. Zhang, X. Mou,
        D. Zhang, IEEE TIP 20, 2011, Eq. 1 to 3. DOI 10.1109/TIP.2011.2109730
    """
    import torch

    bank = log_gabor_bank(*image.shape, image.dtype, image.device)
    tiny = torch.finfo(image.dtype).eps
    spectrum = torch.fft.fft2(image)
    energy, amplitude = torch.full_like(image, tiny), torch.full_like(image, tiny)
    for filters, noise in zip(bank.filters, bank.noise, strict=True):
        # Real and imaginary parts as planes of their own, and as few passes over them as possible: memory, not
        # arithmetic, sets the time.
        responses = torch.view_as_real(torch.fft.ifft2(spectrum * filters)).movedim(-1, 0).contiguous()
        even, odd = responses
        even_sum, odd_sum = responses.sum(1)
        modulus = even_sum.square().addcmul_(odd_sum, odd_sum).sqrt_()
        per_modulus = (modulus + tiny).reciprocal_()
        across = (even * (odd_sum * per_modulus)).addcmul_(odd, even_sum * per_modulus, value=-1).abs_().sum(0)
        along = modulus.square_().mul_(per_modulus)
        power = even.square_().addcmul_(odd, odd)
        threshold = noise * _lower_median(power[0]).sqrt()
        energy += (along - across - threshold).clamp_(min=0)
        amplitude += power.sqrt_().sum(0)
    return energy / amplitude


@lru_cache(maxsize=4)
def log_gabor_bank(height: int, width: int, dtype: torch.dtype, device: torch.device) -> LogGaborBank:
    """Return the filters for images (H, W), which are kept for the next images of that size.

    Args:
        height: H.
        width: W.
        dtype: of the images.
        device: of the images.
    """
    import torch

    rows, columns = _frequencies(height)[:, None], _frequencies(width)
    # The angle is from the vertical axis, as in piq. From the horizontal one, as the authors have it, the four
    # orientations are the same but at the Nyquist frequency of even sizes, which moves FSIM by less than 1e-4.
    radius, angle = torch.hypot(rows, columns), torch.atan2(-columns, rows)
    low_pass = 1 / (1 + (radius / _CUTOFF) ** (2 * _ORDER))
    radius[0, 0] = 1.0  # its logarithm is taken; the filters are 0 there
    wavelengths = [_FINEST_WAVELENGTH * _WAVELENGTH_RATIO**scale for scale in range(_SCALES)]
    radial = torch.stack([torch.exp(-0.5 * ((radius * w).log() / math.log(_BANDWIDTH)) ** 2) for w in wavelengths])
    radial *= low_pass
    radial[:, 0, 0] = 0.0
    turned = torch.stack([angle - math.pi * number / _ORIENTATIONS for number in range(_ORIENTATIONS)])
    distance = torch.atan2(turned.sin(), turned.cos())
    angular = torch.exp(-0.5 * (distance / _ANGULAR_SPREAD) ** 2)
    filters = angular[:, None] * radial
    return LogGaborBank(filters.to(device, dtype).to(dtype.to_complex()), tuple(map(_noise_factor, filters)))


def _frequencies(size: int) -> torch.Tensor:
    """Return the frequencies of an axis, zero first; those of an odd size reach 0.5, as in the authors' code."""
    import torch

    steps = torch.arange(size, dtype=torch.float64) - size // 2
    frequencies: torch.Tensor = torch.fft.ifftshift(steps / (size - size % 2))
    return frequencies


def _noise_factor(filters: torch.Tensor) -> float:
    """Return the noise threshold of one orientation's filters (scale, H, W), see `LogGaborBank`."""
    import torch

    kernels = torch.fft.ifft2(filters).real * math.sqrt(filters[0].numel())
    squares = kernels.square().sum()
    # twice the sum over the pairs of scales of their products
    products = kernels.sum(0).square().sum() - squares
    # a squared response to white noise is exponentially distributed: its mean is the median over log 2
    noise_power = 1 / (math.log(2) * filters[0].square().sum().item())
    tau = math.sqrt(noise_power * (squares + products).item())
    mean, deviation = math.sqrt(math.pi / 2), math.sqrt(2 - math.pi / 2)
    return tau * (mean + _NOISE_DEVIATIONS * deviation) / _NOISE_RESCALING


def _lower_median(values: torch.Tensor) -> torch.Tensor:
    """Return the median; of an even number of values the lower of the two in the middle."""
    import torch

    if values.is_cuda:
        return values.median()
    # NumPy's selection takes a fraction of the time of torch's
    middle = (values.numel() - 1) // 2
    return torch.as_tensor(np.partition(values.flatten().numpy(), middle)[middle])
