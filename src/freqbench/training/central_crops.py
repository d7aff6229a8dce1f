"""The middle of patches, for what looks at a training without drawing anything at random."""

import torch
from torch import Tensor

from freqbench.data.image_files import Pixels, to_unit_range


def central_crops(patches: Pixels, side: int | None) -> Tensor:
    """Return the middle of patches in [0, 1].

    Args:
        patches: (N, H, W).
        side: largest height and width of what is returned, in pixels; None: the whole patch.

    Returns:
        float32 (N, h, w).
    """
    return middle(torch.from_numpy(to_unit_range(patches)), side)


def middle(images: Tensor, side: int | None) -> Tensor:
    """Return the middle of images (N, H, W), at most ``side`` pixels high and wide."""
    if side is None:
        return images
    top, left = (max(0, (length - side) // 2) for length in images.shape[1:])
    return images[:, top : top + side, left : left + side]
