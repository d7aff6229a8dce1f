"""How the networks of a training compute: precision, memory format, compilation, on the device at hand.

The losses do not follow: they compute in IEEE float32, forward and backward, whatever the networks do.
"""

from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn

from freqbench.config.training import Training
from freqbench.errors import FreqbenchError
from freqbench.metrics.precision import full_precision

AMPERE = (8, 0)
"""CUDA's compute capability from which on tensor cores take TensorFloat-32 and bfloat16."""


@dataclass(frozen=True)
class Execution:
    """The settings of a training as they take effect on its device.

    Attributes:
        device: ``cpu`` or ``cuda``.
        precision: of the networks' arithmetic: ``float32``, or ``bfloat16`` by autocast with float32 weights.
        tf32: convolutions of the networks round their operands to TensorFloat-32 (10 bits of mantissa).
        channels_last: tensors of the networks lie with the channels innermost.
        compile: the generator is compiled by ``torch.compile``.
        cuda_graphs: the compiled generator is launched as CUDA graphs.
        deterministic: only deterministic algorithms.
    """

    device: str
    precision: str = "float32"
    tf32: bool = False
    channels_last: bool = False
    compile: bool = False
    cuda_graphs: bool = False
    deterministic: bool = True

    @property
    def memory_format(self) -> torch.memory_format:
        """The order of the dimensions in memory."""
        return torch.channels_last if self.channels_last else torch.contiguous_format

    def place(self, network: nn.Module) -> nn.Module:
        """Return a network on the device, with its weights in the memory format; their names and values stay."""
        placed: nn.Module = network.to(self.device, memory_format=self.memory_format)  # type: ignore[call-overload]
        return placed

    def place_generator(self, generator: nn.Module) -> nn.Module:
        """Return the generator on the device, compiled if it is to be.

        Raises:
            FreqbenchError: if torch cannot compile here.
        """
        placed = self.place(generator)
        if self.compile:
            _check_compiler(self.device)
            # in place: the names of the weights stay as they are
            placed.compile(mode="reduce-overhead" if self.cuda_graphs else None)
        return placed

    def begin_iteration(self) -> None:
        """Let CUDA graphs reuse the memory of the iteration before, whose outputs nobody needs any more."""
        if self.cuda_graphs:
            torch.compiler.cudagraph_mark_step_begin()

    def apply(self, network: nn.Module, images: Tensor) -> Tensor:
        """Return a network's output in float32, for images (N, C, H, W)."""
        images = images.contiguous(memory_format=self.memory_format)
        with torch.autocast(self.device, dtype=torch.bfloat16, enabled=self.precision == "bfloat16"):
            output: Tensor = network(images)
        return output.float()

    def backward(self, total: Tensor, prediction: Tensor) -> None:
        """Add the gradient of the generator's weights, with that of the losses in full precision.

        A convolution's gradient is rounded as torch's switches say when it is computed. So there are two parts: the
        losses, down to the prediction, and from there on the generator.

        Args:
            total: the generator's loss, scalar.
            prediction: the generator's output, from which ``total`` was computed.
        """
        with full_precision(torch.device(self.device)):
            (gradient,) = torch.autograd.grad(total, prediction)
        prediction.backward(gradient)

    def described(self) -> dict[str, Any]:
        """Return the settings as plain values for a manifest."""
        return asdict(self) | {"losses": "float32", "optimiser": "AdamW, fused"}


def execution_of(settings: Training, device: torch.device) -> Execution:
    """Return how a training computes on a device.

    ``tf32`` is a permission: a device without TensorFloat-32 computes in float32. ``channels_last: auto`` is yes on
    the CPU, where it was measured to be faster, and on a GPU where the networks use tensor cores, which take their
    operands in this order.

    Raises:
        FreqbenchError: if the device has no arithmetic in bfloat16.
    """
    has_tensor_cores = device.type == "cuda" and torch.cuda.get_device_capability(device) >= AMPERE
    if settings.precision == "bfloat16" and device.type == "cuda" and not has_tensor_cores:
        raise FreqbenchError(
            f"training.precision: `bfloat16` is too new for {torch.cuda.get_device_name(device)}; use `float32`"
        )
    tf32 = settings.tf32 and has_tensor_cores and settings.precision == "float32"
    channels_last = settings.channels_last
    if channels_last == "auto":
        channels_last = device.type == "cpu" or tf32 or settings.precision == "bfloat16"
    return Execution(
        device.type,
        settings.precision,
        tf32=tf32,
        channels_last=channels_last,
        compile=settings.compile is not False,
        cuda_graphs=settings.compile == "cuda_graphs" and device.type == "cuda",
        deterministic=settings.deterministic,
    )


def _check_compiler(device: str) -> None:
    """Compile a sum: a missing compiler must not be found by the first iteration in pages of text."""

    def increment(values: Tensor) -> Tensor:
        return values + 1

    try:
        torch.compile(increment)(torch.zeros(8, device=device))
    except Exception as error:  # each of dynamo, inductor and triton has its own kinds
        first_line = str(error).strip().partition("\n")[0]
        raise FreqbenchError(
            f"training.compile: torch cannot compile on this machine ({type(error).__name__}: {first_line}); "
            "set it to false, or install a C++ compiler (on the CPU) or triton (on a GPU)"
        ) from error
