"""Windows that take the border of an image out of its spectrum."""

import torch
from torch import Tensor


def separable_hann(height: int, width: int, *, periodic: bool, like: Tensor) -> Tensor:
    """Return the product of two Hann windows, (H, W).

    Args:
        height: H.
        width: W.
        periodic: the periods are H and W (the form for spectra) instead of H - 1 and W - 1.
        like: tensor whose precision and device are wanted.
    """
    rows, columns = (
        torch.hann_window(n, periodic=periodic, dtype=like.dtype, device=like.device) for n in (height, width)
    )
    return rows[:, None] * columns


def radial_hann(height: int, width: int, *, like: Tensor) -> Tensor:
    """Return a Hann window of the distance from the centre, (H, W): 1 there, 0 outside the inscribed ellipse.

    Args:
        height: H.
        width: W.
        like: tensor whose precision and device are wanted.
    """
    rows, columns = (
        torch.linspace(-1, 1, n, dtype=like.dtype, device=like.device) if n > 1 else like.new_zeros(1)
        for n in (height, width)
    )
    distance = torch.hypot(rows[:, None], columns).clamp(max=1.0)
    return 0.5 + 0.5 * torch.cos(torch.pi * distance)
