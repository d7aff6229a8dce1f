"""The local comparison behind SSIM and MS-SSIM, with the Gaussian window of Wang et al. (2004)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

WINDOW = 11
_SIGMA = 1.5
_K1, _K2 = 0.01, 0.03


def structural_similarity(
    prediction: torch.Tensor, target: torch.Tensor, data_range: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the mean of the similarity and of its contrast and structure term over one pair of images.

    Wang et al. (2004), Eq. 13 to 17: an 11x11 Gaussian window of sigma 1.5, K1 = 0.01, K2 = 0.03, the mean over
    the pixels whose window lies in the image.

    Args:
        prediction: image (H, W) in [0, data_range], at least 11 x 11 pixels.
        target: image of the same shape and range.
        data_range: the largest value that the images can take.

    Returns:
        The mean similarity, luminance times contrast and structure, and the mean of contrast and structure alone;
        both ().
    """
    import torch

    # A variance is the small difference of two large means: without the common brightness it is not as small.
    brightness = target.mean()
    x, y = prediction - brightness, target - brightness
    mean, target_mean, power, product = _window_means(torch.stack([x, y, x.square().addcmul_(y, y), x * y]))
    constant = (_K2 * data_range) ** 2
    variances = power - mean.square() - target_mean.square()
    structure = (2 * (product - mean * target_mean) + constant) / (variances + constant)
    mean, target_mean, constant = mean + brightness, target_mean + brightness, (_K1 * data_range) ** 2
    luminance = (2 * mean * target_mean + constant) / (mean.square() + target_mean.square() + constant)
    return (luminance * structure).mean(), structure.mean()


def _window_means(images: torch.Tensor) -> torch.Tensor:
    """Return Gaussian means (..., H - 10, W - 10) of images (..., H, W), along one axis after the other."""
    taps = [math.exp(-0.5 * ((place - WINDOW // 2) / _SIGMA) ** 2) for place in range(WINDOW)]
    weights = [tap / sum(taps) for tap in taps]
    for axis in (-2, -1):
        length = images.shape[axis] - WINDOW + 1
        # Shifted sums instead of a convolution: many times faster on a CPU for so few channels.
        means = images.narrow(axis, 0, length) * weights[0]
        for place in range(1, WINDOW):
            means.add_(images.narrow(axis, place, length), alpha=weights[place])
        images = means
    return images
