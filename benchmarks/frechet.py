"""Time of the Fréchet distance beside the eigenvalue route: `python benchmarks/frechet.py [--threads 1]`.

The peer is torchmetrics' computation of the FID from the same features, in float64: means, covariances, and the
eigenvalues of their product. Each round runs both once, in random order; the ratio is the median over the rounds
of the peer's time over ours in the same round, its range is the interquartile range. The two sets are independent.
A set and its copy with features 1.1 times as large, whose distance is known, tell which route errs: the closer two
sets with fewer images than features are, the more the eigenvalues of a singular product lose.
"""

import argparse
import sys
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from timing import Step, interleaved_times, quartiles, round_ratios, stopwatch
from torchmetrics.image import fid

from freqbench.device import describe_device
from freqbench.files import write_json, write_text
from freqbench.metrics import frechet_distance
from freqbench.provenance import code_version, machine, now, package_versions

OURS, PEER = "low rank (ours)", "eigenvalues (torchmetrics)"
FASTER, SAME = 20.0, 1e-6
"""Targets: times as fast as the peer, and relative difference of the values, at the default size."""


@dataclass(frozen=True)
class Result:
    """Times in ms by route, one a round; relative difference of the two values; relative errors where it is known."""

    place: str
    images: int
    features: int
    times: dict[str, list[float]]
    difference: float
    errors: dict[str, float]

    @property
    def ratios(self) -> tuple[float, float, float]:
        """The quartiles of the peer's time over ours."""
        return quartiles(round_ratios(self.times[PEER], self.times[OURS]))


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    if options.threads:
        torch.set_num_threads(options.threads)
    result = measure(options.images, options.features, options.rounds)
    page = markdown(result)
    print(page, end="")
    if options.json:
        record: dict[str, Any] = {"finished": now(), "machine": machine(), "packages": package_versions()}
        record |= {"code": code_version(), "threads": torch.get_num_threads(), "units": {"times": "ms"}}
        write_json(options.json, record | {"result": asdict(result)})
    if options.markdown:
        write_text(options.markdown, page)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=600, help="images in each set (default: %(default)s)")
    parser.add_argument("--features", type=int, default=2048, help="features of an image (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="timed rounds (default: %(default)s)")
    parser.add_argument("--threads", type=int, help="threads of torch; NumPy's are set by OMP_NUM_THREADS")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every time and the machine to this file")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the table to this file")
    return parser


def measure(images: int, features: int, rounds: int) -> Result:
    """Measure both routes on two sets of features, drawn with a spectrum that falls as that of networks does."""
    rng = np.random.default_rng(0)
    scales = 1 / np.sqrt(1 + np.arange(features))
    clean, other = rng.gamma(2.0, size=(2, images, features)) * scales
    functions = {OURS: frechet_distance, PEER: eigenvalue_route}
    values = {name: function(other, clean) for name, function in functions.items()}
    known = 0.1**2 * float(clean.var(axis=0, ddof=1).sum() + np.square(clean.mean(axis=0)).sum())
    errors = {name: abs(function(1.1 * clean, clean) - known) / known for name, function in functions.items()}
    routes: dict[str, Step] = {name: partial(function, other, clean) for name, function in functions.items()}
    cpu = torch.device("cpu")
    times = interleaved_times(routes, stopwatch(cpu), rounds=rounds)
    difference = abs(values[OURS] - values[PEER]) / abs(values[PEER])
    return Result(describe_device(cpu), images, features, times, difference, errors)


def eigenvalue_route(a: npt.NDArray[np.float64], b: npt.NDArray[np.float64]) -> float:
    """Return the Fréchet distance as torchmetrics has it, from the features on."""
    sets = (torch.from_numpy(a), torch.from_numpy(b))
    moments = [part for each in sets for part in (each.mean(dim=0), each.T.cov())]
    return float(fid._compute_fid(*moments))


def markdown(result: Result) -> str:
    """Return the measurements and the targets as a page."""
    lines = [
        f"**{result.place}, N = {result.images}, D = {result.features}, float64, {len(result.times[OURS])} rounds**",
        "",
        "| Fréchet distance | median ms (quartiles) | eigenvalue route / this (quartiles) |",
        "|---|---:|---:|",
    ]
    for name, ratios in ((PEER, (1.0, 1.0, 1.0)), (OURS, result.ratios)):
        lower, middle, upper = quartiles(result.times[name])
        low, ratio, high = ratios
        lines.append(f"| {name} | {middle:.1f} ({lower:.1f} to {upper:.1f}) | {ratio:.1f} ({low:.1f} to {high:.1f}) |")
    faster, same = result.ratios[1] >= FASTER, result.difference <= SAME
    lines += [
        "",
        f"- {'met' if faster else 'not met'}: {result.ratios[1]:.1f} times as fast, at least {FASTER:g}",
        f"- {'met' if same else 'not met'}: values differ by {result.difference:.1e} (relative), at most {SAME:g}",
        f"- error where the distance is known (relative): ours {result.errors[OURS]:.1e}, "
        f"eigenvalues {result.errors[PEER]:.1e}",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
