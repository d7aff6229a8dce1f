"""Mean squared error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from freqbench.metrics.inputs import check_images

if TYPE_CHECKING:
    import torch


def mse(prediction: torch.Tensor, target: torch.Tensor, data_range: float = 1.0) -> torch.Tensor:
    """Return the mean squared error of each image, in units of the squared data range.

    Of one image a function of its PSNR, -10 log10(MSE). Their means over images are not: the mean of the MSE is that of
    the worst images, the mean of the PSNR weighs all factors alike.

    Args:
        prediction: images ``(N, 1, H, W)`` in [0, data_range].
        target: images of the same shape and range.
        data_range: the largest value that the images can take; errors are taken as parts of it.

    Returns:
        ``(N,)`` float64, 0 for identical images, at most 1; lower is better.

    Raises:
        ValueError: see `freqbench.metrics.inputs.check_images`.
    """
    check_images(prediction, target, data_range, metric="mse", min_size=1)
    error = (prediction.double() - target.double()) / data_range
    return error.square().mean(dim=(1, 2, 3))
