"""Time of the metrics of each image for a set of patches, beside piq called image by image.

Each round measures all patches with every metric once, ours through `compute_image_metrics` as `freqbench
evaluate` does, and piq's functions one image at a time, as its documentation does; the order is random. A time
ratio is the median over the rounds of our time over piq's time in the same round, its range is the interquartile
range. The line `all` sums the metrics of the paper that piq has: PSNR, SSIM, FSIM, GMSD. Metrics that piq does
not have are timed alone. LPIPS is left out: there the network is everything, and it is the same.
"""

import argparse
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import piq
import torch
import torch.nn.functional as F
from timing import interleaved_times, quartiles, round_ratios, stopwatch
from torch import Tensor

from freqbench.device import choose_device, describe_device
from freqbench.errors import FreqbenchError
from freqbench.files import write_json, write_text
from freqbench.metrics import CONTRACTS, compute_image_metrics
from freqbench.metrics.contracts import check_names
from freqbench.provenance import code_version, machine, now, package_versions

ALL = "all"
OF_THE_PAPER = ("psnr", "ssim", "fsim", "gmsd")
PEERS: dict[str, Callable[..., Tensor]] = {
    "psnr": piq.psnr,
    "ssim": partial(piq.ssim, downsample=False),
    "ms_ssim": piq.multi_scale_ssim,
    "fsim": partial(piq.fsim, chromatic=False),
    "gmsd": piq.gmsd,
}
TIME_LIMIT = 1 / 3
"""Largest time ratio of all metrics together."""
SAME = 1e-5
"""Largest difference of two values."""


@dataclass(frozen=True)
class Measurement:
    """One metric on all patches: times in ms, one a round, and what piq, if it has the metric, makes of them."""

    times: list[float]
    peer_times: list[float] | None
    time_ratios: list[float] | None
    difference: float | None


@dataclass(frozen=True)
class Result:
    """All metrics on one device."""

    device: str
    patches: int
    size: int
    rounds: int
    measurements: dict[str, Measurement]

    @property
    def place(self) -> str:
        return f"{self.device}, {self.patches} patches of {self.size} x {self.size}"


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    if options.threads:
        torch.set_num_threads(options.threads)
    names = options.metric or [name for name, contract in CONTRACTS.items() if contract.level == "image"]
    names = [name for name in names if name != "lpips"]
    try:
        check_names(names, CONTRACTS)
        device = choose_device(options.device)
        result = measure(names, options.patches, options.size, device, rounds=options.rounds, batch=options.batch)
    except FreqbenchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(markdown(result))
    if options.json:
        write_json(options.json, _record(result))
    if options.markdown:
        write_text(options.markdown, markdown(result))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--metric", action="append", metavar="NAME", help="measure this metric only; repeatable")
    parser.add_argument("--patches", type=_positive, default=600, help="the paper's number is the default")
    parser.add_argument("--size", type=_positive, default=256, help="width and height in pixels (default: %(default)s)")
    parser.add_argument("--batch", type=_positive, default=16, help="patches at once (default: %(default)s)")
    parser.add_argument("--rounds", type=_positive, default=3, help="timed rounds (default: %(default)s)")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto", help="auto: a CUDA device if any")
    parser.add_argument("--threads", type=_positive, help="threads on the CPU (default: torch's choice)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every time and the machine to this file")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the table to this file")
    return parser


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number >= 1, not {text!r}")
    return int(text)


def measure(names: list[str], patches: int, size: int, device: torch.device, *, rounds: int, batch: int) -> Result:
    """Measure metrics, by their names, and piq's of the same names.

    Raises:
        FreqbenchError: if a metric cannot be taken of such patches.
    """
    prediction, target = (images.to(device) for images in make_patches(patches, size))
    own = {name: partial(compute_image_metrics, [name], prediction, target, batch_size=batch) for name in names}
    peers = {name: partial(image_by_image, PEERS[name], prediction, target) for name in names if name in PEERS}
    # the first call of each, before any time is taken, sets up what is kept
    values = {name: step()[name] for name, step in own.items()}
    differences = {name: float(np.abs(values[name] - step()).max()) for name, step in peers.items()}
    steps = own | {f"piq {name}": step for name, step in peers.items()}
    times = interleaved_times(steps, stopwatch(device), rounds=rounds)
    measurements = {name: _measurement(times[name], times.get(f"piq {name}"), differences.get(name)) for name in names}
    if set(OF_THE_PAPER) <= set(names):
        total, peer_total = (
            [sum(each) for each in zip(*(times[prefix + name] for name in OF_THE_PAPER), strict=True)]
            for prefix in ("", "piq ")
        )
        measurements[ALL] = _measurement(total, peer_total, max(differences[name] for name in OF_THE_PAPER))
    return Result(describe_device(device), patches, size, rounds, measurements)


def _measurement(times: list[float], peer_times: list[float] | None, difference: float | None) -> Measurement:
    ratios = None if peer_times is None else round_ratios(times, peer_times)
    return Measurement(times, peer_times, ratios, difference)


def make_patches(number: int, size: int) -> tuple[Tensor, Tensor]:
    """Return noisy patches and smooth ones, (N, 1, size, size), in [0, 1]."""
    generator = torch.Generator().manual_seed(0)
    coarse = torch.rand(number, 1, 16, 16, generator=generator)
    clean = F.interpolate(coarse, size=(size, size), mode="bicubic").clamp(0, 1)
    return (clean + 0.1 * torch.randn(clean.shape, generator=generator)).clamp(0, 1), clean


def image_by_image(metric: Callable[..., Tensor], prediction: Tensor, target: Tensor) -> np.ndarray[Any, Any]:
    """Return a metric of piq for each patch."""
    pairs = zip(prediction.split(1), target.split(1), strict=True)
    with torch.no_grad():
        return np.array([metric(x, y, data_range=1.0, reduction="none").item() for x, y in pairs])


def markdown(result: Result) -> str:
    """Return the measurements and the targets as a page."""
    lines = [
        f"**{result.place}, float32, {result.rounds} rounds**",
        "",
        "| metric | ms a patch (quartiles) | piq, ms a patch | time / piq (quartiles) | largest difference |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, entry in result.measurements.items():
        cells = [name, _per_patch(entry.times, result), "", "", ""]
        if entry.peer_times is not None and entry.time_ratios is not None:
            lower, middle, upper = quartiles(entry.time_ratios)
            cells[2:] = [_per_patch(entry.peer_times, result), f"{middle:.2f} ({lower:.2f} to {upper:.2f})"]
            cells.append(f"{entry.difference:.1e}")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, "", *(f"- {line}" for line in targets(result))]) + "\n"


def _per_patch(times: list[float], result: Result) -> str:
    lower, middle, upper = (value / result.patches for value in quartiles(times))
    return f"{middle:.2f} ({lower:.2f} to {upper:.2f})"


def targets(result: Result) -> list[str]:
    """Return a line for each target that the measurements can answer: whether it is met, and by what number."""
    lines = []
    for name, entry in result.measurements.items():
        limits = [("largest difference", entry.difference, SAME)]
        if name == ALL and entry.time_ratios is not None:
            limits.append(("time ratio", quartiles(entry.time_ratios)[1], TIME_LIMIT))
        for what, value, limit in limits:
            if value is not None:
                verdict = "met    " if value <= limit else "not met"
                lines.append(f"{verdict}  {result.place}: {name}: {what} {value:.3g}, at most {limit:.3g}")
    return lines or ["none for these metrics"]


def _record(result: Result) -> dict[str, Any]:
    return {
        "finished": now(),
        "machine": machine(),
        "packages": package_versions() | {"piq": metadata.version("piq")},
        "code": code_version(),
        "threads": torch.get_num_threads(),
        "units": {"times": "ms for all patches"},
        "result": asdict(result),
        "targets": targets(result),
    }


if __name__ == "__main__":
    sys.exit(main())
