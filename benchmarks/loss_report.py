"""What was measured of the losses, as tables and as targets that are met or not."""

from collections.abc import Iterator
from dataclasses import dataclass

from timing import quartiles

PEER = "official FFL"
FFL = "focal_frequency"
LFFL = "log_focal_frequency"

LFFL_TIME_LIMIT = {1: 0.5, 64: 0.4}
"""Largest time ratio of LFFL by the number of channels: images, and features of a network."""
SAME = 1e-5
"""Largest relative difference of two values, and of two gradients, that float32 rounding explains."""
MIB = 2**20


@dataclass(frozen=True)
class Measurement:
    """One loss on one device at one size: times in ms, one a round, and the peak memory in bytes."""

    times: list[float]
    time_ratios: list[float]
    memory: int
    memory_ratio: float


@dataclass(frozen=True)
class Agreement:
    """Relative differences of our FFL to the official one."""

    value: float
    gradient: float


@dataclass(frozen=True)
class Result:
    """All losses on one device at one size; the official FFL is the first."""

    device: str
    size: tuple[int, ...]
    rounds: int
    measurements: dict[str, Measurement]
    agreement: Agreement | None

    @property
    def place(self) -> str:
        return f"{self.device}, {' x '.join(map(str, self.size))}"


def table(result: Result) -> str:
    """Return the measurements of one device and size as aligned text."""
    width = max(map(len, result.measurements))
    lines = [
        f"{result.place}, float32, rounds: {result.rounds}",
        f"{'loss':{width}}  {'median ms':>10}  {'time ratio':>10}  {'quartiles':>16}  {'peak MiB':>9}  memory ratio",
    ]
    for name, entry in result.measurements.items():
        lower, middle, upper = quartiles(entry.time_ratios)
        lines.append(
            f"{name:{width}}  {quartiles(entry.times)[1]:10.2f}  {middle:10.3f}  {f'{lower:.3f} to {upper:.3f}':>16}"
            f"  {entry.memory / MIB:9.1f}  {entry.memory_ratio:12.3f}"
        )
    if result.agreement:
        lines.append(
            f"{FFL} and the {PEER}: values differ by {result.agreement.value:.1e}, "
            f"gradients by {result.agreement.gradient:.1e} (relative)"
        )
    return "\n".join([*lines, ""])


def markdown(results: list[Result]) -> str:
    """Return the measurements and the targets as a page."""
    lines = []
    for result in results:
        lines += [
            f"**{result.place}, float32, {result.rounds} rounds**",
            "",
            "| forward + backward | median ms | time / official FFL (quartiles) | peak MiB | memory / official FFL |",
            "|---|---:|---:|---:|---:|",
        ]
        for name, entry in result.measurements.items():
            lower, middle, upper = quartiles(entry.time_ratios)
            ratio = f"{middle:.2f} ({lower:.2f} to {upper:.2f})"
            cells = [name, f"{quartiles(entry.times)[1]:.1f}", ratio, f"{entry.memory / MIB:.1f}"]
            lines.append(f"| {' | '.join([*cells, f'{entry.memory_ratio:.2f}'])} |")
        lines.append("")
    return "\n".join([*lines, *(f"- {line}" for line in targets(results))]) + "\n"


def targets(results: list[Result]) -> list[str]:
    """Return a line for each target that the results can answer: whether it is met, and by what number."""
    lines = []
    for result in results:
        for name, entry in result.measurements.items():
            for what, value, limit in _limits(name, entry, result):
                verdict = "met    " if value <= limit else "not met"
                lines.append(f"{verdict}  {result.place}: {name}: {what} {value:.3g}, at most {limit:g}")
    return lines or ["none for these losses"]


def _limits(name: str, entry: Measurement, result: Result) -> Iterator[tuple[str, float, float]]:
    """Return each target of a loss: what, measured, and the largest value that meets it."""
    middle = quartiles(entry.time_ratios)[1]
    if name.startswith(LFFL):
        if result.size[1] in LFFL_TIME_LIMIT:
            yield "time ratio", middle, LFFL_TIME_LIMIT[result.size[1]]
        yield "memory ratio", entry.memory_ratio, 1.0
    if name == FFL and result.agreement:
        yield "time ratio", middle, 1.0
        yield "difference of values", result.agreement.value, SAME
        yield "difference of gradients", result.agreement.gradient, SAME
