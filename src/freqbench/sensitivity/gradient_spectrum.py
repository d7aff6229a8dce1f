"""At which frequencies a loss pulls on a noisy image."""

import torch
from torch import Tensor, nn

from freqbench.losses.rings import ring_count, ring_numbers, ring_sums
from freqbench.losses.spectrum import half_spectrum, hermitian_multiplicity


def radial_power(images: Tensor) -> Tensor:
    """Return the mean squared modulus of the orthonormal DFT in each ring of width 1.

    Args:
        images: (..., H, W).

    Returns:
        (..., R), ring r around r + 1 cycles per shorter side, up to the Nyquist frequency. The zero
        frequency and the corners of the spectrum are left out.
    """
    height, width = images.shape[-2:]
    count = ring_count(height, width)
    numbers = ring_numbers(height, width, edges="nearest", device=images.device)
    counts = hermitian_multiplicity(width, like=images)
    power = torch.view_as_real(half_spectrum(images)).square().sum(-1)
    members = ring_sums(counts.expand(height, -1), numbers, count)
    return ring_sums(counts * power, numbers, count) / members


def gradient_spectrum(loss: nn.Module, prediction: Tensor, target: Tensor) -> Tensor:
    """Return the radial power spectrum of the gradient of a loss, scaled to a mean of 1 over the rings.

    Args:
        loss: ``loss(prediction, target) -> scalar``.
        prediction: (1, 1, H, W), for instance the noisy image.
        target: (1, 1, H, W).

    Returns:
        (R,), see `radial_power`; NaN if the gradient has no power.
    """
    prediction = prediction.detach().clone().requires_grad_()
    (gradient,) = torch.autograd.grad(loss(prediction, target), prediction)
    power = radial_power(gradient[0, 0])
    return power / power.mean()
