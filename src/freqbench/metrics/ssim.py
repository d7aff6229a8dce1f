"""Structural similarity index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from freqbench.metrics.inputs import check_images
from freqbench.metrics.precision import full_precision
from freqbench.metrics.structure import WINDOW, structural_similarity

if TYPE_CHECKING:
    import torch


def ssim(prediction: torch.Tensor, target: torch.Tensor, data_range: float = 1.0) -> torch.Tensor:
    """Return the mean structural similarity of each image as defined by Wang et al. (2004), Eq. 13 to 17.

    Gaussian window of 11x11 pixels and sigma 1.5, K1 = 0.01, K2 = 0.03, mean over the pixels whose window
    lies in the image, no downsampling. scikit-image gives the same with ``gaussian_weights=True, sigma=1.5,
    use_sample_covariance=False`` and a border of 5 pixels left out, piq with ``downsample=False``;
    scikit-image's default (7x7 uniform window) is another number, by about 0.01 on raw confocal images.

    Args:
        prediction: images ``(N, 1, H, W)`` in [0, data_range], at least 11x11 pixels.
        target: images of the same shape and range.
        data_range: the largest value that the images can take.

    Returns:
        ``(N,)`` in [-1, 1], 1 for identical images; in the precision of the input, of which float32 is
        good to 1e-5, without a gradient.

    Raises:
        ValueError: see `freqbench.metrics.inputs.check_images`.

    References:
        Z. Wang, A. C. Bovik, H. R. Sheikh, E. P. Simoncelli, "Image quality assessment: from error
        visibility to structural similarity", IEEE TIP 13, 2004. DOI 10.1109/TIP.2003.819861
    """
    check_images(prediction, target, data_range, metric="ssim", min_size=WINDOW)
    import torch

    with full_precision(prediction.device), torch.no_grad():
        pairs = zip(prediction[:, 0], target[:, 0], strict=True)
        # One pair at a time: the moments of one stay in the processor's cache.
        return torch.stack([structural_similarity(*pair, data_range)[0] for pair in pairs])
