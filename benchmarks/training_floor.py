"""The least time in which a device could do a training step: arithmetic and memory traffic over published peaks."""

import time
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

FLOAT32_BYTES = 4
OPTIMISER_PASSES = 7
"""AdamW reads weight, gradient and two moments, and writes all but the gradient."""


@dataclass(frozen=True)
class Peaks:
    """What a device can do at most: operations per second by precision, bytes per second, and who says so."""

    source: str
    operations: dict[str, float]
    bytes: float


PUBLISHED = {
    "H200": Peaks("NVIDIA, H200 SXM, dense", {"float32": 67e12, "tf32": 494e12, "bfloat16": 989e12}, 4.8e12),
    "H100 80GB HBM3": Peaks("NVIDIA, H100 SXM, dense", {"float32": 67e12, "tf32": 494e12, "bfloat16": 989e12}, 3.35e12),
    "A100": Peaks("NVIDIA, A100 SXM 80 GB, dense", {"float32": 19.5e12, "tf32": 156e12, "bfloat16": 312e12}, 2.0e12),
}
"""Peaks by a part of the device's name."""


@dataclass(frozen=True)
class Work:
    """What one step has to do at least.

    Attributes:
        network_operations: floating point operations of generator and discriminator, forward and backward.
        loss_operations: those of VGG, which always computes in float32.
        activations: values that a layer of a trained network, or of VGG's pass over the prediction, writes in the
            forward pass and that the backward pass reads again.
        parameters: of generator and discriminator.
    """

    network_operations: int
    loss_operations: int
    activations: int
    parameters: int

    def bytes(self, precision: str) -> int:
        """Return the bytes that have to move: activations twice, weights three times, and the optimiser's passes."""
        width = 2 if precision == "bfloat16" else FLOAT32_BYTES
        # weights are read forward and backward, gradients written once
        return 2 * width * self.activations + (3 + OPTIMISER_PASSES) * FLOAT32_BYTES * self.parameters

    def floor_ms(self, precision: str, peaks: Peaks) -> tuple[float, float]:
        """Return the least milliseconds of the arithmetic and of the memory traffic; they may overlap."""
        operations = peaks.operations
        arithmetic = self.network_operations / operations[precision] + self.loss_operations / operations["float32"]
        return 1e3 * arithmetic, 1e3 * self.bytes(precision) / peaks.bytes


def count_work(generator: nn.Module, discriminator: nn.Module, features: nn.Module, batch: int, size: int) -> Work:
    """Count a step's work without doing it: the networks are copied to torch's device without arithmetic.

    Args:
        generator: any network of images.
        discriminator: the adversary.
        features: layers of VGG, one after the other.
        batch: images in a batch.
        size: their width and height.
    """
    generator, discriminator, features = (deepcopy(one).to("meta") for one in (generator, discriminator, features))
    images, target = torch.empty(2, batch, 1, size, size, device="meta")
    sizes: list[int] = []
    with FlopCounterMode(display=False) as networks:
        prediction = _noted(generator, images, sizes)
        leaf = prediction.detach().requires_grad_()
        discriminator.requires_grad_(False)
        discriminator(target)
        discriminator(leaf).sum().backward()
        discriminator.requires_grad_(True)
        (_noted(discriminator, target, sizes).sum() + _noted(discriminator, leaf.detach(), sizes).sum()).backward()
        prediction.sum().backward()
    with FlopCounterMode(display=False) as losses:
        with torch.no_grad():
            features(target.expand(-1, 3, -1, -1))
        _noted(features, leaf.expand(-1, 3, -1, -1), sizes).sum().backward()
    parameters = sum(p.numel() for network in (generator, discriminator) for p in network.parameters())
    return Work(networks.get_total_flops(), losses.get_total_flops(), sum(sizes), parameters)


def _noted(network: nn.Module, images: Tensor, sizes: list[int]) -> Tensor:
    """Run a network and note the number of values that each of its convolutions writes."""
    convolutions = [module for module in network.modules() if isinstance(module, nn.Conv2d)]
    hooks = [
        module.register_forward_hook(lambda _m, _i, output: sizes.append(output.numel())) for module in convolutions
    ]
    try:
        output: Tensor = network(images)
        return output
    finally:
        for hook in hooks:
            hook.remove()


def peaks_of(device: torch.device, name: str, precisions: list[str]) -> Peaks:
    """Return the published peaks of a device, or what a product of matrices and a copy reach on it."""
    for part, peaks in PUBLISHED.items():
        if part in name:
            return peaks
    side, megabytes = (8192, 1024) if device.type == "cuda" else (1024, 64)
    operations = {}
    matmul = torch.backends.cuda.matmul
    before = matmul.fp32_precision
    try:
        for precision in {*precisions, "float32"}:
            matmul.fp32_precision = "tf32" if precision == "tf32" else "ieee"
            dtype = torch.bfloat16 if precision == "bfloat16" else torch.float32
            one, two = torch.rand(2, side, side, device=device).to(dtype)
            operations[precision] = 2 * side**3 / _shortest(lambda: one @ two, device)  # noqa: B023
    finally:
        matmul.fp32_precision = before
    source, copy = torch.rand(2, megabytes * 2**18, device=device)
    moved = 2 * source.nbytes / _shortest(lambda: copy.copy_(source), device)
    return Peaks("measured: product of matrices, copy", operations, moved)


def _shortest(step: Callable[[], object], device: torch.device) -> float:
    """Return the shortest of ten times in seconds."""
    times = []
    for _ in range(10):
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        began = time.perf_counter()
        step()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        times.append(time.perf_counter() - began)
    return min(times)
