"""Feature similarity index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from freqbench.metrics.inputs import check_images
from freqbench.metrics.precision import full_precision

if TYPE_CHECKING:
    import torch


def fsim(prediction: torch.Tensor, target: torch.Tensor, data_range: float = 1.0) -> torch.Tensor:
    """Return the feature similarity of each grey image as defined by Zhang et al. (2011), Eq. 4 to 8.

    Phase congruency and gradient magnitude are compared at each pixel. The constants belong to the 8-bit
    scale, to which the images are brought. Images of 384 pixels and more are first mean-pooled by
    round(min(H, W) / 256).

    Two differences from the authors' MATLAB code: at a height or width of 640 pixels the pooling factor is 2
    instead of 3 (Python rounds half to even), and an exactly flat image, for which the original is 0/0,
    counts as fully phase-congruent.

    Args:
        prediction: images ``(N, 1, H, W)`` in [0, data_range], at least 6x6 pixels: one period of the
            finest filter.
        target: images of the same shape and range.
        data_range: the largest value that the images can take.

    Returns:
        ``(N,)`` in [0, 1], 1 for identical images; in the precision of the input.

    Raises:
        ValueError: see `freqbench.metrics.inputs.check_images`.

    References:
        L. Zhang, L. Zhang, X. Mou, D. Zhang, "FSIM: a feature similarity index for image quality
        assessment", IEEE TIP 20, 2011. DOI 10.1109/TIP.2011.2109730
    """
    check_images(prediction, target, data_range, metric="fsim", min_size=6)
    import piq

    with full_precision(prediction.device):
        values: torch.Tensor = piq.fsim(
            prediction,
            target,
            reduction="none",
            data_range=data_range,
            chromatic=False,
            scales=4,
            orientations=4,
            min_length=6,
            mult=2,
            sigma_f=0.55,
            delta_theta=1.2,
            k=2.0,
        )
    return values
