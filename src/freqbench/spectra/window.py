"""What is done about the borders of patches before a Fourier transform."""

import torch

from freqbench.losses.windows import separable_hann


def windowed(images: torch.Tensor) -> torch.Tensor:
    """Return images (N, 1, H, W) without their means behind a Hann window of mean square 1."""
    window = separable_hann(*images.shape[-2:], periodic=True, like=images)
    return (images - images.mean(dim=(-2, -1), keepdim=True)) * (window / window.square().mean().sqrt())
