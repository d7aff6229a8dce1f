"""How much memory a generator takes for a tile, counted on shapes alone: nothing is computed."""

import copy
import math
import weakref
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

PROBE = 128
"""Side in pixels of the tile on which memory is counted; it grows with the area."""

WORKSPACE = 2.5
"""What is taken beside the tensors, as a factor: copies in a library's own layout, and freed memory that the allocator
keeps."""


def bytes_per_pixel(network: nn.Module) -> float:
    """Return the bytes that a network holds for each pixel of its input when it holds most.

    Counted are the tensors, input and output included, of a pass without gradients; times `WORKSPACE`.

    Args:
        network: on any device; one whose input may be `PROBE` pixels high and wide.
    """
    probe = copy.deepcopy(network).to("meta")
    image = torch.empty((1, 1, PROBE, PROBE), device="meta")
    with torch.no_grad(), _HeldBytes() as held:
        held.watch(image)
        probe(image)
    return WORKSPACE * float(held.peak) / PROBE**2


def largest_window(memory: float, per_pixel: float, divisor: int) -> int:
    """Return the side in pixels, a multiple of ``divisor``, of the largest square that fits into a memory in bytes.

    At least ``divisor``, whatever the memory.
    """
    return max(divisor, math.isqrt(int(memory / per_pixel)) // divisor * divisor)


class _HeldBytes(TorchDispatchMode):
    """Adds up the storages that are alive while a network runs."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.held = self.peak = 0
        self._known: set[int] = set()

    def watch(self, tensor: Tensor) -> None:
        """Count a tensor's storage until it is freed; views share one."""
        storage = tensor.untyped_storage()
        if (key := storage._cdata) in self._known:
            return
        size = storage.nbytes()
        self._known.add(key)
        self.held += size
        self.peak = max(self.peak, self.held)
        weakref.finalize(storage, self._freed, key, size)

    def _freed(self, key: int, size: int) -> None:
        self._known.discard(key)
        self.held -= size

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        for value in tree_leaves(result):
            if isinstance(value, Tensor):
                self.watch(value)
        return result
