"""Feature similarity index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from freqbench.metrics.inputs import check_images
from freqbench.metrics.phase_congruency import phase_congruency
from freqbench.metrics.precision import full_precision

if TYPE_CHECKING:
    import torch

_POOLED_SIZE = 256
_PHASE_CONSTANT = 0.85
_GRADIENT_CONSTANT = 160.0
_SCHARR_SMOOTHING = (3 / 16, 10 / 16)
"""Weights beside and at the pixel; across, the filter is the difference of the two neighbours."""


def fsim(prediction: torch.Tensor, target: torch.Tensor, data_range: float = 1.0) -> torch.Tensor:
    """Return the feature similarity of each grey image as defined by Zhang et al. (2011), Eq. 4 to 8.

    Phase congruency and gradient magnitude are compared at each pixel. The constants belong to the 8-bit
    scale, to which the images are brought. Images of 384 pixels and more are first mean-pooled by the
    nearest whole number to min(H, W) / 256, with the authors' border.

    Where it differs from the authors' MATLAB code, it does so as the library piq, whose value this is to 1e-5: the
    median of an even number of responses is the lower of the two in the middle, the filters of even sizes are
    turned at the Nyquist frequency (both moved it by less than 1e-4 on every image tried), and an exactly flat image,
    for which the original is 0/0, counts as fully phase-congruent. piq itself differs from the authors' code where
    pooling leaves a rest (odd sizes from 384 pixels on) or is by 3 or more (from 640 pixels on).

    Args:
        prediction: images ``(N, 1, H, W)`` in [0, data_range], at least 6x6 pixels: one period of the
            finest filter.
        target: images of the same shape and range.
        data_range: the largest value that the images can take.

    Returns:
        ``(N,)`` in [0, 1], 1 for identical images; in the precision of the input, without a gradient.

    Raises:
        ValueError: see `freqbench.metrics.inputs.check_images`.

    References:
        L. Zhang, L. Zhang, X. Mou, D. Zhang, "FSIM: a feature similarity index for image quality
        assessment", IEEE TIP 20, 2011. DOI 10.1109/TIP.2011.2109730
    """
    check_images(prediction, target, data_range, metric="fsim", min_size=6)
    import torch

    with full_precision(prediction.device), torch.no_grad():
        pairs = torch.cat([prediction, target], dim=1) * (255 / data_range)
        # One pair at a time: the responses to all filters of many images fit into no cache.
        return torch.stack([_similarity(_pool(pair)) for pair in pairs])


def _similarity(pair: torch.Tensor) -> torch.Tensor:
    """Return the index, (), of a pair of images (2, H, W) on the 8-bit scale."""
    import torch

    gradient, other_gradient = _gradient_magnitude(pair)
    phase, other_phase = map(phase_congruency, pair)
    similarity = _compare(phase, other_phase, _PHASE_CONSTANT)
    similarity *= _compare(gradient, other_gradient, _GRADIENT_CONSTANT)
    weight = torch.maximum(phase, other_phase)
    return (similarity * weight).sum() / weight.sum()


def _gradient_magnitude(images: torch.Tensor) -> torch.Tensor:
    """Return the modulus of the Scharr gradient of images (..., H, W), with zeros beyond the border."""
    import torch

    beside, at = _SCHARR_SMOOTHING
    padded = torch.nn.functional.pad(images, (1, 1, 1, 1))
    # As shifted sums: a convolution takes ten times as long on a CPU.
    rows = (padded[..., :-2, :] + padded[..., 2:, :]).mul_(beside).add_(padded[..., 1:-1, :], alpha=at)
    columns = (padded[..., :-2] + padded[..., 2:]).mul_(beside).add_(padded[..., 1:-1], alpha=at)
    across, down = rows[..., 2:] - rows[..., :-2], columns[..., 2:, :] - columns[..., :-2, :]
    return across.square_().addcmul_(down, down).sqrt_()


def _compare(one: torch.Tensor, other: torch.Tensor, constant: float) -> torch.Tensor:
    return (2 * one * other + constant) / (one.square() + other.square() + constant)


def _pool(images: torch.Tensor) -> torch.Tensor:
    """Average each F x F pixels to about 256: zeros beyond the border, windows centred on every F-th pixel."""
    import torch

    height, width = images.shape[-2:]
    factor = max(1, int(min(height, width) / _POOLED_SIZE + 0.5))
    if factor == 1:
        return images
    pooled = torch.nn.functional.avg_pool2d(
        images, factor, padding=(factor - 1) // 2, ceil_mode=True, divisor_override=factor**2
    )
    return pooled[..., : -(-height // factor), : -(-width // factor)]
