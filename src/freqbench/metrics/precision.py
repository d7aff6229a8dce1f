"""Full precision for the metrics, whatever the rest of the program has chosen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch


@contextmanager
def full_precision(device: torch.device) -> Iterator[None]:
    """Compute a block outside autocast and with convolutions in IEEE float32.

    On recent NVIDIA devices torch rounds the operands of convolutions to TensorFloat-32, which has 10 bits
    of mantissa. Local variances, differences of two such convolutions, then lose the accuracy that a
    comparison of methods needs.

    Args:
        device: where the block's tensors are.
    """
    import torch

    cudnn: Any = torch.backends.cudnn
    before = cudnn.conv.fp32_precision
    cudnn.conv.fp32_precision = "ieee"
    try:
        with torch.autocast(device.type, enabled=False):
            yield
    finally:
        cudnn.conv.fp32_precision = before
