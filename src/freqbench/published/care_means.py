"""Check the means that the CARE study prints against its rows, and its tables of one set of images with each other."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np

from freqbench.published.care_study import SOURCE, CareStudy, Cell
from freqbench.published.checks import (
    AGREES,
    ANOTHER_READING,
    DIFFERS,
    NOT_CHECKABLE,
    WITHIN_ROUNDING,
    PaperCheck,
)
from freqbench.published.rounding import SLACK, Interval, Printed, mean_of_rounded

INPUT = "input"


def _psnr_of_mean_error(values: Sequence[float]) -> float:
    """Return the PSNR in dB of the mean squared error over all images, which is not the mean PSNR."""
    return float(-10 * np.log10(np.mean(10 ** (-np.asarray(values) / 10))))


READINGS: Mapping[str, Callable[[Sequence[float]], float]] = {
    "median": lambda values: float(np.median(values)),
    "PSNR of the mean squared error": _psnr_of_mean_error,
}


def check_means(study: CareStudy) -> Iterator[PaperCheck]:
    """Yield one check for each printed mean."""
    for cell, printed in study.means.items():
        yield _check_mean(study, cell, printed)


def _check_mean(study: CareStudy, cell: Cell, printed: Printed) -> PaperCheck:
    values = study.rows.get(cell)
    if values is None:
        return PaperCheck(SOURCE, "means", str(cell), printed.text, "", "", NOT_CHECKABLE, "no rows are printed")
    allowed = mean_of_rounded(values, study.half_units[cell.metric])
    mean = sum(values) / len(values)
    outcome, note = DIFFERS, ""
    if printed.is_rounding_of(mean):
        outcome = AGREES
    elif printed.allows(allowed):
        outcome = WITHIN_ROUNDING
    elif reading := _other_reading(cell, printed, values, allowed):
        outcome, note = ANOTHER_READING, reading
    else:
        tried = ["cut off instead of rounded", *_readings_of(cell)]
        note = f"also tried: {', '.join(tried)}{_explanation(study, cell, printed, mean)}"
    digits = printed.decimals + 2
    shown = f"{allowed.low:.{digits}f} to {allowed.high:.{digits}f}"
    return PaperCheck(SOURCE, "means", str(cell), printed.text, f"{mean:.{digits}f}", shown, outcome, note)


def _readings_of(cell: Cell) -> list[str]:
    return [name for name in READINGS if cell.metric == "PSNR" or not name.startswith("PSNR")]


def _other_reading(cell: Cell, printed: Printed, values: Sequence[float], allowed: Interval) -> str:
    """Return by which other reading the printed mean follows from the rows; empty if by none."""
    if printed.cut_off.meets(allowed, SLACK * printed.half_unit):
        return "cut off instead of rounded"
    margin = (allowed.high - allowed.low) / 2  # no reading moves more than its rows do
    for name in _readings_of(cell):
        value = READINGS[name](values)
        if printed.allows(Interval(value - margin, value + margin)):
            return name
    return ""


def _explanation(study: CareStudy, cell: Cell, printed: Printed, mean: float) -> str:
    """Return what may have happened: another place prints the same rows' mean, or one digit differs."""
    parts = []
    for other, text in study.means.items():
        if other != cell and study.rows.get(other) == study.rows[cell] and text.is_rounding_of(mean):
            parts.append(f"the rows of {other} are the same, and their mean is printed {text.text}")
    expected = f"{mean:.{printed.decimals}f}"
    unlike = [pair for pair in zip(expected, printed.text, strict=False) if pair[0] != pair[1]]
    if len(expected) == len(printed.text) and len(unlike) == 1:
        parts.append(f"one digit apart from {expected}: perhaps a misprint")
    return "".join(f"; {part}" for part in parts)


def check_inputs(study: CareStudy) -> Iterator[PaperCheck]:
    """Yield one check for each metric of two experiments on the same images: an input has one value.

    Two experiments have the same images if all their input rows agree in one metric at least.
    """
    metrics = sorted({cell.metric for cell in study.rows})
    experiments = list(dict.fromkeys(cell.experiment for cell in study.rows))
    for first, second in combinations(experiments, 2):
        pairs = {metric: [study.rows.get(Cell(name, metric, INPUT)) for name in (first, second)] for metric in metrics}
        known = {metric: (a, b) for metric, (a, b) in pairs.items() if a and b and len(a) == len(b)}
        if any(a == b for a, b in known.values()):
            for metric, (a, b) in known.items():
                yield _check_pair(study, f"{first} and {second}, {metric} of the input", metric, a, b)


def _check_pair(
    study: CareStudy, item: str, metric: str, first: Sequence[float], second: Sequence[float]
) -> PaperCheck:
    half_unit = study.half_units[metric]
    digits = round(-np.log10(2 * half_unit))
    unlike = [(number, a, b) for number, (a, b) in enumerate(zip(first, second, strict=True)) if a != b]
    gap = max((abs(a - b) for _, a, b in unlike), default=0.0)
    note = "; ".join(f"image {number}: {a:.{digits}f} and {b:.{digits}f}" for number, a, b in unlike)
    outcome = AGREES
    if unlike:
        outcome = WITHIN_ROUNDING if gap <= 2 * half_unit * (1 + SLACK) else DIFFERS
        note += ", one unit of the last digit" if outcome == WITHIN_ROUNDING else ""
    same = f"{len(first) - len(unlike)} equal"
    return PaperCheck(SOURCE, "inputs", item, f"{len(first)} rows twice", same, "", outcome, note)
