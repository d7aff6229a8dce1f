"""Multi-scale structural similarity index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from freqbench.metrics.inputs import check_images
from freqbench.metrics.precision import full_precision
from freqbench.metrics.structure import WINDOW, structural_similarity

if TYPE_CHECKING:
    import torch

_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
MIN_SIZE = WINDOW * 2 ** (len(_WEIGHTS) - 1)
"""The window fits into the coarsest of the five scales."""


def ms_ssim(prediction: torch.Tensor, target: torch.Tensor, data_range: float = 1.0) -> torch.Tensor:
    """Return the multi-scale structural similarity of each image as defined by Wang et al. (2003), Eq. 7.

    The product over five scales of the mean contrast and structure term of SSIM, and at the coarsest of the
    mean SSIM, luminance included, each to the power of the paper's weight: 0.0448, 0.2856, 0.3001, 0.2363,
    0.1333. From scale to scale each 2x2 pixels are averaged; an odd last row or column is repeated first, as in
    the authors' MATLAB code. A negative mean, of which there is no real power, counts as 0.

    For heights and widths that 16 divides, piq has the same value. Elsewhere it repeats the first row and
    column, of both axes even if only one is odd. torchmetrics drops odd rows and columns, and counts a mirrored
    border at the coarsest scale.

    Args:
        prediction: images ``(N, 1, H, W)`` in [0, data_range], at least 176x176 pixels: smaller images, for which
            some libraries drop scales, have no value.
        target: images of the same shape and range.
        data_range: the largest value that the images can take.

    Returns:
        ``(N,)`` in [0, 1], 1 for identical images; in the precision of the input, of which float32 is
        good to 1e-5, without a gradient.

    Raises:
        ValueError: see `freqbench.metrics.inputs.check_images`.

    References:
        Z. Wang, E. P. Simoncelli, A. C. Bovik, "Multiscale structural similarity for image quality assessment",
        Asilomar Conference on Signals, Systems and Computers, 2003. DOI 10.1109/ACSSC.2003.1292216
    """
    check_images(prediction, target, data_range, metric="ms_ssim", min_size=MIN_SIZE)
    import torch

    with full_precision(prediction.device), torch.no_grad():
        return torch.stack([_product(pair, data_range) for pair in torch.cat([prediction, target], dim=1)])


def _product(pair: torch.Tensor, data_range: float) -> torch.Tensor:
    """Return the index, (), of a prediction and its target, (2, H, W)."""
    import torch

    factors = []
    for number in range(len(_WEIGHTS)):
        if number > 0:
            pair = _halve(pair)
        similarity, structure = structural_similarity(pair[0], pair[1], data_range)
        factors.append(structure)
    factors[-1] = similarity
    return (torch.stack(factors).clamp(min=0) ** pair.new_tensor(_WEIGHTS)).prod()


def _halve(images: torch.Tensor) -> torch.Tensor:
    """Average each 2 x 2 pixels of images (2, H, W), of an odd side with its last row or column repeated."""
    import torch

    height, width = images.shape[-2:]
    even = torch.nn.functional.pad(images, (0, width % 2, 0, height % 2), mode="replicate")
    return torch.nn.functional.avg_pool2d(even, 2)
