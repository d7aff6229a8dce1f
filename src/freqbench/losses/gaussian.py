"""Gaussian filters of images of any size, as products with matrices."""

import torch
from torch import Tensor


def gaussian_matrix(length: int, sigma: float, truncate: float, *, like: Tensor) -> Tensor:
    """Return the matrix that filters a signal of a given length.

    The kernel and the border are those of `scipy.ndimage.gaussian_filter` with ``mode="reflect"``: sampled
    at whole pixels up to ``truncate`` standard deviations, normalised to sum 1, the signal mirrored with
    its edge pixel repeated, as often as the kernel needs. The matrix is symmetric, so its columns sum to
    1 as its rows do and filtering keeps the mean.

    A product with it works for images smaller than the kernel, and its gradient is deterministic on
    every device, which that of a padding is not.

    Args:
        length: n, in pixels.
        sigma: standard deviation in pixels.
        truncate: where the kernel ends, in standard deviations.
        like: tensor whose precision and device are wanted.

    Returns:
        (n, n)
    """
    device = like.device
    radius = int(truncate * sigma + 0.5)
    steps = torch.arange(-radius, radius + 1, device=device)
    kernel = torch.exp(-0.5 * (steps.double() / sigma) ** 2)
    kernel = kernel / kernel.sum()
    places = torch.remainder(torch.arange(length, device=device)[:, None] + steps, 2 * length)
    mirrored = torch.minimum(places, 2 * length - 1 - places)
    matrix = torch.zeros(length, length, dtype=torch.float64, device=device)
    return matrix.scatter_add_(1, mirrored, kernel.expand(length, -1)).to(like.dtype)


def gaussian_filter(images: Tensor, sigma: float, truncate: float = 4.0) -> Tensor:
    """Return Gaussian filtered images, (..., H, W)."""
    rows, columns = (gaussian_matrix(n, sigma, truncate, like=images) for n in images.shape[-2:])
    return rows @ images @ columns
