"""Log frequency distance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from freqbench.metrics.inputs import check_images

if TYPE_CHECKING:
    import torch


def lfd(prediction: torch.Tensor, target: torch.Tensor, data_range: float = 1.0) -> torch.Tensor:
    r"""Return the log frequency distance of each image, as defined by Jiang et al. (2021).

    .. math::
        LFD = \log \left[ \frac{1}{MN} \sum_{u,v} |F_p(u,v) - F_t(u,v)|^2 + 1 \right],

    with the natural logarithm, the DFT *without* normalisation and the images on the 8-bit scale [0, 255], as
    in the authors' metric script; unlike there, the images are not rounded. By Parseval's theorem the mean is
    the sum of the squared errors of the pixels, so no DFT is taken: LFD is log(MN * MSE + 1), for one image size
    a falling function of PSNR alone. It grows with the image, by log 4 for twice the side.

    Args:
        prediction: images ``(N, 1, H, W)`` in [0, data_range].
        target: images of the same shape and range.
        data_range: the largest value that the images can take; it becomes 255.

    Returns:
        ``(N,)`` float64, at least 0; 0 for identical images, lower is better.

    Raises:
        ValueError: see `freqbench.metrics.inputs.check_images`.

    References:
        L. Jiang, B. Dai, W. Wu, C. C. Loy, "Focal frequency loss for image reconstruction and synthesis",
        ICCV 2021. arXiv 2012.12821
    """
    check_images(prediction, target, data_range, metric="lfd", min_size=1)
    error = (prediction.double() - target.double()) * (255 / data_range)
    return error.square().sum(dim=(1, 2, 3)).log1p()
