"""About how much memory of a GPU a training takes, found without one."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from freqbench.config import Config
from freqbench.training.build import build_discriminator, build_features, build_generator
from freqbench.training.recomputation import blocks_of

MIB = 2.0**20
COPIES_OF_A_WEIGHT = 4
"""The weight, its gradient, and AdamW's two moments."""
SPARE = 1.25
"""Factor for gradients of activations, the work space of convolutions, and what the allocator cannot use."""
CONTEXT_MIB = 1024.0
"""What CUDA and its libraries take before the first tensor."""


def training_memory_mib(config: Config, side: int) -> float:
    """Return an estimate of the memory that a training takes on a GPU, in MiB.

    It counts what autograd keeps between the forward and the backward pass of a generator step, on torch's device
    without arithmetic (``meta``), with the weights and the optimiser's state; the rest is a factor.

    Args:
        config: the study.
        side: width and height in pixels of what the training sees.
    """
    settings = config.training.model_copy(update={"recompute": False})
    plain = config.model_copy(update={"training": settings, "feature_networks": "untrained"})
    features = build_features(plain).features.to("meta")
    with torch.device("meta"):
        generator, discriminator = build_generator(plain), build_discriminator(plain)
        images = torch.empty(config.training.batch_size, 1, side, side)
        leaf = torch.empty_like(images).requires_grad_()
    width = 0.5 if config.training.precision == "bfloat16" else 1.0
    kept = width * _kept_by_generator(generator, images, recompute=config.training.recompute)
    kept += width * kept_bytes(lambda: discriminator(leaf))
    kept += kept_bytes(lambda: features(leaf.expand(-1, 3, -1, -1)))
    weights = sum(one.nbytes for network in (generator, discriminator) for one in network.parameters())
    weights = COPIES_OF_A_WEIGHT * weights + sum(one.nbytes for one in features.parameters())
    return CONTEXT_MIB + (weights + SPARE * kept) / MIB


def kept_bytes(compute: Callable[[], Any]) -> int:
    """Return the bytes of the tensors that a computation keeps for its backward pass, each storage once."""
    kept: dict[int, Tensor] = {}

    def note(tensor: Tensor) -> Tensor:
        if not isinstance(tensor, nn.Parameter):
            kept[tensor.untyped_storage()._cdata] = tensor  # the tensor itself: its storage's address must stay taken
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        output = compute()
    del output
    return sum(tensor.untyped_storage().nbytes() for tensor in kept.values())


def _kept_by_generator(generator: nn.Module, images: Tensor, *, recompute: bool) -> int:
    everything = kept_bytes(lambda: generator(images))
    if not recompute:
        return everything
    inputs: list[Tensor] = []
    blocks = blocks_of(generator)
    handles = [block.register_forward_pre_hook(lambda _, given: inputs.append(given[0])) for block in blocks]
    with torch.no_grad():
        generator(images)
    for handle in handles:
        handle.remove()
    within = [_kept_by_block(block, given) for block, given in zip(blocks, inputs, strict=True)]
    # each block keeps its input alone, and in the backward pass one at a time has all that it computes
    return max(0, everything - sum(within)) + sum(given.nbytes for given in inputs) + max(within)


def _kept_by_block(block: nn.Module, given: Tensor) -> int:
    leaf = given.detach().requires_grad_()
    return kept_bytes(lambda: block(leaf))
