"""Rings of the spectrum: which frequencies have (nearly) the same modulus, for images of any size."""

from typing import Literal

import torch
from torch import Tensor

Edges = Literal["upper", "nearest", "lower"]
_ROUNDING = 1e-9
"""A distance this near to an edge lies on it: quotients of whole numbers are not exact."""


def ring_distance(height: int, width: int, *, device: torch.device | None = None) -> Tensor:
    """Return the modulus of each frequency of the half spectrum, in rings of width 1.

    The unit is one cycle per shorter side of the image, so that a ring is one frequency in cycles per pixel
    whatever the shape. For a square image of side N it is the distance in pixels from the centre of the
    shifted spectrum.

    Args:
        height: H of the images.
        width: W of the images.
        device: where the tensor is made.

    Returns:
        (H, W // 2 + 1), float64, in the order of `freqbench.losses.spectrum.half_spectrum`.
    """
    rows = torch.fft.fftfreq(height, dtype=torch.float64, device=device)
    columns = torch.fft.rfftfreq(width, dtype=torch.float64, device=device)
    return torch.hypot(rows[:, None], columns) * min(height, width)


def ring_count(height: int, width: int, ring_width: float = 1.0) -> int:
    """Return the number of whole rings up to the Nyquist frequency of the shorter side.

    Raises:
        ValueError: if there is none.
    """
    count = int(min(height, width) // 2 / ring_width + _ROUNDING)
    if count < 1:
        raise ValueError(f"images of {height} x {width} pixels have no whole ring of width {ring_width:g} (ring_width)")
    return count


def ring_numbers(
    height: int, width: int, ring_width: float = 1.0, edges: Edges = "upper", *, device: torch.device | None = None
) -> Tensor:
    """Return the number of the ring of each frequency of the half spectrum.

    Args:
        height: H of the images.
        width: W of the images.
        ring_width: in cycles per shorter side.
        edges: ring r holds the distances d in units of the ring width with ``upper``: r < d <= r + 1;
            ``lower``: r <= d < r + 1; ``nearest``: r + 1/2 <= d < r + 3/2, so that d = r + 1 is its middle.
        device: where the tensor is made.

    Returns:
        (H, W // 2 + 1), int64, from 0 to R - 1, R the number of rings; R where a frequency belongs to no
        ring: the zero frequency always, and the corners beyond the last ring.

    Raises:
        ValueError: if the images are too small for one ring.
    """
    count = ring_count(height, width, ring_width)
    distance = ring_distance(height, width, device=device) / ring_width
    match edges:
        case "upper":
            number = torch.ceil(distance - _ROUNDING) - 1
        case "lower":
            number = torch.floor(distance + _ROUNDING)
        case "nearest":
            number = torch.floor(distance + 0.5 + _ROUNDING) - 1
    number = number.long()
    outside = (number < 0) | (number >= count) | (distance == 0)
    return torch.where(outside, count, number)


def ring_sums(values: Tensor, numbers: Tensor, count: int) -> Tensor:
    """Return the sum of values over each ring.

    Args:
        values: (..., H, W // 2 + 1).
        numbers: (H, W // 2 + 1), ring of each place, ``count`` for none.
        count: number of rings.

    Returns:
        (..., count)
    """
    flat = values.flatten(-2)
    sums = flat.new_zeros((*flat.shape[:-1], count + 1)).index_add(-1, numbers.flatten(), flat)
    return sums[..., :count]
