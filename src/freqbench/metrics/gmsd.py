"""Gradient magnitude similarity deviation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from freqbench.metrics.inputs import check_images
from freqbench.metrics.precision import full_precision

if TYPE_CHECKING:
    import torch


def gmsd(prediction: torch.Tensor, target: torch.Tensor, data_range: float = 1.0) -> torch.Tensor:
    """Return the gradient magnitude similarity deviation of each image, Xue et al. (2014), Eq. 4 to 6.

    The images are mean-pooled by 2, the Prewitt gradient magnitudes compared with T = 170 on the 8-bit
    scale, and the standard deviation of the similarity map taken. The value depends on the data range:
    halving the intensities lowers it. The deviation divides by the n pixels of the map, as in the paper;
    the authors' MATLAB code divides by n - 1, which is larger by the factor sqrt(n / (n - 1)).

    Args:
        prediction: images ``(N, 1, H, W)`` in [0, data_range], at least 6x6 pixels: one Prewitt window
            after pooling. Odd heights and widths are padded with zeros.
        target: images of the same shape and range.
        data_range: the largest value that the images can take.

    Returns:
        ``(N,)`` in [0, 0.5], 0 for identical images, lower is better; in the precision of the input.

    Raises:
        ValueError: see `freqbench.metrics.inputs.check_images`.

    References:
        W. Xue, L. Zhang, X. Mou, A. C. Bovik, "Gradient magnitude similarity deviation", IEEE TIP 23, 2014.
        DOI 10.1109/TIP.2013.2293423
    """
    check_images(prediction, target, data_range, metric="gmsd", min_size=6)
    import piq

    with full_precision(prediction.device):
        values: torch.Tensor = piq.gmsd(prediction, target, reduction="none", data_range=data_range, t=170 / 255**2)
    return values
