"""The rings of the spectra of an image pair, in double precision."""

import torch

from freqbench.losses.ring_products import RingProducts, ring_products
from freqbench.losses.rings import ring_count, ring_numbers
from freqbench.losses.spectrum import half_spectrum


def image_rings(prediction: torch.Tensor, target: torch.Tensor) -> RingProducts:
    """Return what prediction and target, ``(N, 1, H, W)``, have in rings of one cycle per shorter side.

    Returns:
        Sums over the rings, float64, of the orthonormal spectra: white noise of variance v has the power v at each
        frequency.
    """
    height, width = prediction.shape[-2:]
    numbers = ring_numbers(height, width, device=prediction.device)
    spectrum, target_spectrum = (half_spectrum(images.detach().double()) for images in (prediction, target))
    return ring_products(spectrum, target_spectrum, width, numbers, ring_count(height, width))
