"""The log-distance of two spectra (LFFL paper, Eq. 3) with its derivative (Eq. 4)."""

from typing import Any

import torch
from torch import Tensor


def log_distance(difference: Tensor) -> Tensor:
    """Return log(|D| + 1) of complex numbers; its derivative has the modulus 1 / (|D| + 1), and is 0 at D = 0.

    The same as ``difference.abs().log1p()``, in about half the time on a CPU, whose modulus of complex numbers is
    slow.

    Args:
        difference: complex, of any shape.

    Returns:
        Real, of the same shape.
    """
    distance: Tensor = _LogDistance.apply(difference)  # type: ignore[no-untyped-call]
    return distance


class _LogDistance(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, difference: Tensor) -> Tensor:
        squares = torch.view_as_real(difference).square()
        modulus = (squares[..., 0] + squares[..., 1]).sqrt_()
        ctx.save_for_backward(difference, modulus)
        return modulus.log1p()

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        difference, modulus = ctx.saved_tensors
        if torch.is_grad_enabled():  # for a second derivative, to which the saved modulus would be a constant
            modulus = difference.abs()
        # below the clamp a square is no longer a normal number, and the direction of D is lost
        smallest = torch.finfo(modulus.dtype).tiny ** 0.5
        scale = gradients[0] / modulus.clamp(min=smallest).mul_(modulus + 1)
        gradient: Tensor = difference * scale
        return gradient
