"""Peak signal-to-noise ratio."""

from __future__ import annotations

from typing import TYPE_CHECKING

from freqbench.metrics.inputs import check_images

if TYPE_CHECKING:
    import torch


def psnr(prediction: torch.Tensor, target: torch.Tensor, data_range: float = 1.0) -> torch.Tensor:
    """Return the peak signal-to-noise ratio of each image in dB: 10 log10(data_range² / MSE).

    The mean is over the pixels of one image, never over several: the mean of the PSNRs of a set differs
    from the PSNR of its mean squared error. The images are neither rounded nor rescaled.

    Args:
        prediction: images ``(N, 1, H, W)`` in [0, data_range].
        target: images of the same shape and range.
        data_range: peak value, 1 for images scaled by the maximum of their bit depth.

    Returns:
        ``(N,)`` float64, at least 0; +inf for identical images.

    Raises:
        ValueError: see `freqbench.metrics.inputs.check_images`.

    References:
        Q. Huynh-Thu and M. Ghanbari, "Scope of validity of PSNR in image/video quality assessment",
        Electronics Letters 44, 2008. DOI 10.1049/el:20080522
    """
    check_images(prediction, target, data_range, metric="psnr", min_size=1)
    squared_error = (prediction.double() - target.double()).square().mean(dim=(1, 2, 3))
    return 10 * (data_range**2 / squared_error).log10()
