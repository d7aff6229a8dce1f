"""The page and the record of the benchmark of the training step."""

from dataclasses import asdict, dataclass
from typing import Any

import torch
from timing import quartiles, round_ratios
from training_floor import Peaks, Work

from freqbench.provenance import code_version, machine, now, package_versions

MIB = 2**20
SAME = 1e-3
"""Largest relative difference of a loss in float32 over the first steps, in which rounding grows."""
SPEED_UPS = {"plain float32": 5.0, "plain tf32": 2.5}
"""How many times faster than the plain step the fastest variant must be on a GPU."""
STEPS_OF_A_TRAINING = 20_000
MINUTES = 30.0
DEFAULT_ON_GPU = "tf32"


@dataclass(frozen=True)
class Measurement:
    """One variant: milliseconds of a step in each round, peak memory, how it ran, floors of arithmetic and memory."""

    times: list[float]
    memory_mib: float
    precision: str
    execution: dict[str, Any]
    floor_ms: tuple[float, float]


@dataclass(frozen=True)
class Result:
    """All variants on one device."""

    device: str
    network: str
    batch: int
    size: int
    is_full_size: bool
    steps: int
    difference: dict[str, float]
    work: Work
    peaks: Peaks
    measurements: dict[str, Measurement]
    note: str

    @property
    def is_gpu(self) -> bool:
        return not self.device.startswith("CPU")

    def speed_up(self, name: str, peer: str) -> tuple[float, float, float]:
        """Return the quartiles of the peer's time over a variant's."""
        return quartiles(round_ratios(self.measurements[peer].times, self.measurements[name].times))


def markdown(result: Result) -> str:
    """Return the measurements, what was counted, and the targets as a page."""
    peers = [name for name in SPEED_UPS if name in result.measurements]
    rounds = len(next(iter(result.measurements.values())).times)
    lines = [
        f"**{result.device}: {result.network}, batch of {result.batch} patches of {result.size} x {result.size}, "
        f"{rounds} rounds of {result.steps} steps**",
        "",
        *([result.note, ""] if result.note else []),
        "| step | ms (quartiles) | images/s | "
        + "".join(f"times faster than {peer} (quartiles) | " for peer in peers)
        + "peak memory, MiB | floor, ms | share of the peak | loss differs by |",
        f"|---|{'---:|' * (6 + len(peers))}",
    ]
    for name, entry in result.measurements.items():
        lower, middle, upper = quartiles(entry.times)
        floor = max(entry.floor_ms)
        cells = [
            name,
            f"{middle:.4g} ({lower:.4g} to {upper:.4g})",
            f"{1e3 * result.batch / middle:.3g}",
            *(_ratio(result.speed_up(name, peer)) for peer in peers),
            f"{entry.memory_mib:.0f}",
            f"{floor:.3g} ({'arithmetic' if floor == entry.floor_ms[0] else 'memory'})",
            f"{100 * entry.floor_ms[0] / middle:.0f} %",
            f"{result.difference[name]:.1e}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, "", *_counted(result), "", *(f"- {line}" for line in targets(result))]) + "\n"


def _ratio(values: tuple[float, float, float]) -> str:
    lower, middle, upper = values
    return f"{middle:.2f} ({lower:.2f} to {upper:.2f})"


def _counted(result: Result) -> list[str]:
    work, peaks = result.work, result.peaks
    operations = ", ".join(f"{name} {value / 1e12:.3g}" for name, value in sorted(peaks.operations.items()))
    return [
        f"A step has {work.network_operations / 1e12:.3g} TFLOP in generator and discriminator, "
        f"{work.loss_operations / 1e12:.2g} in VGG, and moves at least "
        f"{work.bytes('float32') / 1e9:.3g} GB in float32.",
        f"Peaks ({peaks.source}): {operations} TFLOP/s, {peaks.bytes / 1e12:.3g} TB/s. The share is the floor of the "
        "arithmetic over the measured time.",
    ]


def targets(result: Result) -> list[str]:
    """Return a line for each target: met or not, by what number."""
    own = [name for name in result.measurements if name not in SPEED_UPS]
    lines = []
    for name in own:
        if result.measurements[name].precision == "float32":
            lines.append(_at_most(f"{name}: relative difference of a loss", result.difference[name], SAME, ""))
    if not result.is_gpu:
        lines += [
            _at_least(f"{name}: times faster than plain float32", result.speed_up(name, "plain float32")[1], 1.0)
            for name in own
            if result.measurements[name].precision == "float32"
        ]
    elif result.is_full_size:
        for peer, limit in SPEED_UPS.items():
            best = max(own, key=lambda name: result.speed_up(name, peer)[1])
            lines.append(_at_least(f"{best}: times faster than {peer}", result.speed_up(best, peer)[1], limit))
        for name in own:
            minutes = quartiles(result.measurements[name].times)[1] * STEPS_OF_A_TRAINING / 60e3
            mark = f"{name}{' (default)' if name == DEFAULT_ON_GPU else ''}"
            lines.append(_at_most(f"{mark}: {STEPS_OF_A_TRAINING:,} steps", minutes, MINUTES, " minutes"))
    return lines


def _at_most(what: str, value: float, limit: float, unit: str) -> str:
    return f"{'met    ' if value <= limit else 'not met'}  {what} {value:.3g}{unit}, at most {limit:.3g}{unit}"


def _at_least(what: str, value: float, limit: float) -> str:
    return f"{'met    ' if value >= limit else 'not met'}  {what} {value:.3g}, at least {limit:.3g}"


def record(result: Result) -> dict[str, Any]:
    """Return everything measured, for a JSON file."""
    return {
        "finished": now(),
        "machine": machine(),
        "packages": package_versions(),
        "code": code_version(),
        "threads": torch.get_num_threads(),
        "units": {"times": "ms a step, one a round", "floor_ms": "ms of the arithmetic, ms of the memory traffic"},
        "result": asdict(result),
        "targets": targets(result),
    }
