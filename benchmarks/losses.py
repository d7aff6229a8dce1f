"""Time and memory of every loss, forward and backward, beside the official focal frequency loss.

Each round runs every loss and the package `focal_frequency_loss` (the official FFL) once, in random order;
a time ratio is the median over the rounds of a loss's time over the official FFL's time in the same round,
its range is the interquartile range. Memory is the peak during one forward and backward pass above the
inputs, the gradient included. The gradient is that of the prediction; the target has none.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from focal_frequency_loss import FocalFrequencyLoss as OfficialFocalFrequencyLoss
from loss_report import FFL, LFFL, PEER, Agreement, Measurement, Result, markdown, table, targets
from memory import peak_memory
from timing import interleaved_times, round_ratios, stopwatch
from torch import Tensor, nn

from freqbench.device import choose_device, describe_device
from freqbench.errors import FreqbenchError
from freqbench.files import write_json, write_text
from freqbench.losses.registry import build_loss
from freqbench.provenance import code_version, machine, now, package_versions
from freqbench.registry import LOSSES, loss_path

IMAGES, FEATURES = (4, 1, 256, 256), (4, 64, 256, 256)
OPTIONS: dict[str, list[dict[str, Any]]] = {LFFL: [{"alpha": 0.5}, {"alpha": 1.0}, {"alpha": 2.0}]}
"""Options to measure a loss with; a loss that is not named here has its defaults."""

Step = Callable[[], tuple[Tensor, Tensor]]


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    if options.threads:
        torch.set_num_threads(options.threads)
    try:
        results = []
        for device in _devices(options.device):
            for size in options.sizes:
                results.append(measure(options.loss or list(LOSSES), size, device, options.rounds, options.warm_up))
                print(table(results[-1]), flush=True)
        print("\n".join(["Targets", *targets(results)]))
        if options.json:
            write_json(options.json, _record(options, results))
        if options.markdown:
            write_text(options.markdown, markdown(results))
    except FreqbenchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--loss", action="append", metavar="NAME", help="measure this loss only; repeatable")
    parser.add_argument(
        "--sizes",
        nargs="+",
        type=_size,
        default=[IMAGES, FEATURES],
        metavar="NxCxHxW",
        help="sizes of the target (default: 4x1x256x256 4x64x256x256)",
    )
    parser.add_argument("--rounds", type=_positive, default=10, help="timed rounds (default: %(default)s)")
    parser.add_argument("--warm-up", type=_positive, default=1, help="rounds before them (default: %(default)s)")
    parser.add_argument(
        "--device", choices=("auto", "cpu", "cuda"), default="auto", help="auto: the CPU, and a CUDA device if any"
    )
    parser.add_argument("--threads", type=_positive, help="threads on the CPU (default: torch's choice)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every time and the machine to this file")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the tables to this file")
    return parser


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number >= 1, not {text!r}")
    return int(text)


def _size(text: str) -> tuple[int, ...]:
    parts = text.split("x")
    if len(parts) != 4:
        raise argparse.ArgumentTypeError(f"must be NxCxHxW such as 4x1x256x256, not {text!r}")
    return tuple(map(_positive, parts))


def _devices(wanted: str) -> list[torch.device]:
    found = choose_device(wanted)
    return [found] if wanted != "auto" or found.type == "cpu" else [torch.device("cpu"), found]


def measure(names: list[str], size: tuple[int, ...], device: torch.device, rounds: int, warm_up: int) -> Result:
    """Measure losses, by their names, and the official FFL on images of one size.

    Raises:
        FreqbenchError: if there is no such loss, or one cannot take such images.
    """
    criteria = {PEER: OfficialFocalFrequencyLoss(), **dict(_criteria(names))}
    inputs: dict[int, tuple[Tensor, Tensor]] = {}
    steps: dict[str, Step] = {}
    for name, criterion in criteria.items():
        multiple = getattr(criterion, "channels_per_target", 1)
        if multiple not in inputs:
            inputs[multiple] = _images(size, multiple, device)
        steps[name] = _step(criterion.to(device), *inputs[multiple])
    memory = {}
    for name, step in steps.items():
        try:
            memory[name] = peak_memory(step, device)
        except ValueError as error:
            shape = "x".join(map(str, size))
            raise FreqbenchError(f"loss {name}, size {shape}: {error}; leave out one of them") from error
    times = interleaved_times(steps, stopwatch(device), rounds=rounds, warm_up=warm_up)
    measurements = {
        name: Measurement(
            times=times[name],
            time_ratios=round_ratios(times[name], times[PEER]),
            memory=memory[name],
            memory_ratio=memory[name] / memory[PEER],
        )
        for name in steps
    }
    agreement = _agreement(steps[FFL], steps[PEER]) if FFL in steps else None
    return Result(describe_device(device), size, rounds, measurements, agreement)


def _criteria(names: list[str]) -> Iterator[tuple[str, nn.Module]]:
    for name in names:
        loss_path(name)
        for options in OPTIONS.get(name, [{}]):
            yield " ".join([name, *(f"{key}={value:g}" for key, value in options.items())]), build_loss(name, options)


def _step(criterion: nn.Module, prediction: Tensor, target: Tensor) -> Step:
    """Return a function that computes the loss and its gradient."""

    def step() -> tuple[Tensor, Tensor]:
        loss = criterion(prediction, target)
        (gradient,) = torch.autograd.grad(loss, prediction)
        return loss.detach(), gradient

    return step


def _images(size: tuple[int, ...], multiple: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Return noisy images, which want a gradient, and smooth ones, all in [0, 1].

    Args:
        size: (N, C, H, W) of the smooth ones.
        multiple: channels of the noisy ones for each channel. All after the first C, such as the scale of a
            distribution, lie in [0.05, 0.15].
        device: where they are wanted.
    """
    generator = torch.Generator().manual_seed(0)
    number, channels, height, width = size
    coarse = torch.rand(number, channels, 8, 8, generator=generator)
    clean = F.interpolate(coarse, size=(height, width), mode="bicubic").clamp(0, 1)
    noisy = (clean + 0.1 * torch.randn(size, generator=generator)).clamp(0, 1)
    further = 0.05 + 0.1 * torch.rand(number, channels * (multiple - 1), height, width, generator=generator)
    return torch.cat([noisy, further], dim=1).to(device).requires_grad_(), clean.to(device)


def _agreement(own: Step, official: Step) -> Agreement:
    (value, gradient), (official_value, official_gradient) = own(), official()
    return Agreement(
        value=abs(value.item() - official_value.item()) / abs(official_value.item()),
        gradient=((gradient - official_gradient).norm() / official_gradient.norm()).item(),
    )


def _record(options: argparse.Namespace, results: list[Result]) -> dict[str, Any]:
    return {
        "finished": now(),
        "machine": machine(),
        "packages": package_versions() | {"focal-frequency-loss": metadata.version("focal-frequency-loss")},
        "code": code_version(),
        "threads": torch.get_num_threads(),
        "warm_up": options.warm_up,
        "units": {"times": "ms", "memory": "bytes"},
        "results": [asdict(result) for result in results],
        "targets": targets(results),
    }


if __name__ == "__main__":
    sys.exit(main())
