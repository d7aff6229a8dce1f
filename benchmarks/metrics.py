"""Time of the metrics of each image for a set of patches, beside piq called image by image.

Each round measures all patches with every metric once, ours through `compute_image_metrics` as `freqbench
evaluate` does, and piq's functions one image at a time, as its documentation does; the order is random. A time
ratio is the median over the rounds of our time over piq's time in the same round, its range is the interquartile
range. The line `all` sums the metrics of the paper that piq has: PSNR, SSIM, FSIM, GMSD. Metrics that piq does
not have are timed alone. LPIPS stands beside the package `lpips` on the same batches of fewer patches, none of which
share their clean image, with the same untrained weights: a pass through the network takes the same time.
"""

import argparse
import sys
import warnings
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
from freqbench.metrics import CONTRACTS, LPIPS, compute_image_metrics
from freqbench.metrics.contracts import check_names
from freqbench.provenance import code_version, machine, now, package_versions

Values = np.ndarray[Any, Any]
Step = Callable[[], Values]
ALL = "all"
OF_THE_PAPER = ("psnr", "ssim", "fsim", "gmsd")
PEERS: dict[str, Callable[..., Tensor]] = {
    "psnr": piq.psnr,
    "ssim": partial(piq.ssim, downsample=False),
    "ms_ssim": piq.multi_scale_ssim,
    "fsim": partial(piq.fsim, chromatic=False),
    "gmsd": piq.gmsd,
}
LIMITS = {ALL: 1 / 3, "lpips": 1.0}
"""Largest time ratio, of the metrics of the paper together and of LPIPS."""
SAME = 1e-5
"""Largest difference of two values."""


@dataclass(frozen=True)
class Measurement:
    """One metric on its patches: times in ms, one a round, and what the peer, if it has the metric, makes of them."""

    patches: int
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
    try:
        check_names(names, CONTRACTS)
        device = choose_device(options.device)
        result = measure(
            names,
            options.patches,
            options.size,
            device,
            rounds=options.rounds,
            batch=options.batch,
            lpips_patches=options.lpips_patches,
        )
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
    parser.add_argument("--lpips-patches", type=_positive, default=32, help="for LPIPS (default: %(default)s)")
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


def measure(
    names: list[str],
    patches: int,
    size: int,
    device: torch.device,
    *,
    rounds: int,
    batch: int,
    lpips_patches: int,
) -> Result:
    """Measure metrics, by their names, and those of piq, or of the package lpips, of the same names.

    Raises:
        FreqbenchError: if a metric cannot be taken of such patches.
    """
    prediction, target = (images.to(device) for images in make_patches(patches, size))
    own: dict[str, Step] = {}
    peers: dict[str, Step] = {}
    for name in names:
        if name == "lpips":
            own[name], peers[name] = _lpips_steps(prediction[:lpips_patches], target[:lpips_patches], batch)
            continue
        own[name] = partial(_one_metric, name, prediction, target, batch_size=batch)
        if name in PEERS:
            peers[name] = partial(image_by_image, PEERS[name], prediction, target)
    # the first call of each, before any time is taken, sets up what is kept
    values = {name: step() for name, step in own.items()}
    differences = {name: float(np.abs(values[name] - step()).max()) for name, step in peers.items()}
    steps = own | {f"peer {name}": step for name, step in peers.items()}
    times = interleaved_times(steps, stopwatch(device), rounds=rounds)
    measurements = {
        name: _measurement(len(values[name]), times[name], times.get(f"peer {name}"), differences.get(name))
        for name in names
    }
    if set(OF_THE_PAPER) <= set(names):
        total, peer_total = (
            [sum(each) for each in zip(*(times[prefix + name] for name in OF_THE_PAPER), strict=True)]
            for prefix in ("", "peer ")
        )
        largest = max(differences[name] for name in OF_THE_PAPER)
        measurements[ALL] = _measurement(patches, total, peer_total, largest)
    return Result(describe_device(device), patches, size, rounds, measurements)


def _one_metric(name: str, prediction: Tensor, target: Tensor, **options: Any) -> Values:
    return compute_image_metrics([name], prediction, target, **options)[name]


def _lpips_steps(prediction: Tensor, target: Tensor, batch: int) -> tuple[Step, Step]:
    """Return LPIPS and the package's own, with the same untrained weights, in the same batches."""
    import lpips

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # on torchvision's arguments, from within the package
        package = lpips.LPIPS(pretrained=True, net="vgg", version="0.1", pnet_rand=True, verbose=False)
    metric = LPIPS("vgg", weights="untrained").to(prediction.device)
    package.load_state_dict({key.removeprefix("_model."): value for key, value in metric.state_dict().items()})
    package = package.eval().requires_grad_(False).to(prediction.device)

    def peer() -> Values:
        pairs = zip(prediction.split(batch), target.split(batch), strict=True)
        with torch.no_grad():
            return torch.cat([package(x, y, normalize=True).flatten() for x, y in pairs]).double().cpu().numpy()

    return partial(_one_metric, "lpips", prediction, target, lpips=metric, batch_size=batch), peer


def _measurement(
    patches: int, times: list[float], peer_times: list[float] | None, difference: float | None
) -> Measurement:
    ratios = None if peer_times is None else round_ratios(times, peer_times)
    return Measurement(patches, times, peer_times, ratios, difference)


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
        "| metric | patches | ms a patch (quartiles) | peer, ms a patch | ratio (quartiles) | largest difference |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for name, entry in result.measurements.items():
        cells = [name, str(entry.patches), _per_patch(entry.times, entry), "", "", ""]
        if entry.peer_times is not None and entry.time_ratios is not None:
            lower, middle, upper = quartiles(entry.time_ratios)
            cells[3:] = [_per_patch(entry.peer_times, entry), f"{middle:.2f} ({lower:.2f} to {upper:.2f})"]
            cells.append(f"{entry.difference:.1e}")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, "", *(f"- {line}" for line in targets(result))]) + "\n"


def _per_patch(times: list[float], entry: Measurement) -> str:
    lower, middle, upper = (value / entry.patches for value in quartiles(times))
    return f"{middle:.2f} ({lower:.2f} to {upper:.2f})"


def targets(result: Result) -> list[str]:
    """Return a line for each target that the measurements can answer: whether it is met, and by what number."""
    lines = []
    for name, entry in result.measurements.items():
        limits = [("largest difference", entry.difference, SAME)]
        if name in LIMITS and entry.time_ratios is not None:
            limits.append(("time ratio", quartiles(entry.time_ratios)[1], LIMITS[name]))
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
        "units": {"times": "ms for all patches of the metric"},
        "result": asdict(result),
        "targets": targets(result),
    }


if __name__ == "__main__":
    sys.exit(main())
