"""Check the p-values that the CARE study prints against its rows."""

from collections.abc import Iterator, Mapping

from freqbench.published.care_study import SOURCE, CareStudy, Cell, Comparison
from freqbench.published.checks import AGREES, ANOTHER_READING, DIFFERS, WITHIN_ROUNDING, PaperCheck
from freqbench.published.p_readings import PReading, p_readings
from freqbench.published.rounding import Printed
from freqbench.statistics.paired import PairedResult, paired_comparison

LEVEL = 0.05
"""Where readers draw the line; used only to say whether a discrepancy crosses it."""


def check_p_values(study: CareStudy) -> Iterator[PaperCheck]:
    """Yield one check for each printed p-value: as a two-sided paired t-test first, then by other readings."""
    readings = {}
    for comparison in study.p_values:
        method, baseline = _rows(study, comparison)
        readings[comparison] = p_readings(method, baseline, study.half_units[comparison.metric])
    for comparison, printed in study.p_values.items():
        yield _check(study, comparison, printed, readings)


def _rows(study: CareStudy, comparison: Comparison) -> tuple[tuple[float, ...], tuple[float, ...]]:
    method, baseline = (
        study.rows[Cell(comparison.experiment, comparison.metric, name)]
        for name in (comparison.method, comparison.baseline)
    )
    return method, baseline


def _check(
    study: CareStudy, comparison: Comparison, printed: Printed, readings: Mapping[Comparison, list[PReading]]
) -> PaperCheck:
    result = paired_comparison(*_rows(study, comparison))
    t_test, *others = readings[comparison]
    matching = [reading for reading in others if reading.allows(printed)]
    if printed.is_rounding_of(result.p_value):
        outcome, note = AGREES, ""
    elif t_test.allows(printed):
        outcome, note = WITHIN_ROUNDING, ""
    elif t_test.allows_cut_off(printed):
        outcome, note = ANOTHER_READING, "cut off instead of rounded"
    elif matching:
        outcome = ANOTHER_READING
        note = "; ".join(f"{reading.test}: {_span(reading)}" for reading in matching)
    else:
        outcome = DIFFERS
        note = f"no match among the {len(others)} other readings{_other_place(study, comparison, printed, readings)}"
        note += _consequence(comparison, printed, t_test, result)
    recomputed, allowed = result.note or f"{result.p_value:.4f}", _span(t_test)
    return PaperCheck(SOURCE, "p-values", str(comparison), printed.text, recomputed, allowed, outcome, note)


def _span(reading: PReading) -> str:
    return f"{reading.low:.4f} to {reading.high:.4f}"


def _other_place(
    study: CareStudy, comparison: Comparison, printed: Printed, readings: Mapping[Comparison, list[PReading]]
) -> str:
    """Return where else in the experiment the printed value fits: values may be interchanged or repeated."""
    parts = []
    for other, text in study.p_values.items():
        if other.experiment != comparison.experiment or other == comparison or not readings[other][0].allows(printed):
            continue
        if text.text == printed.text:
            parts.append(f"{other} has the same value, where it fits: perhaps printed twice")
        elif readings[comparison][0].allows(text) and not readings[other][0].allows(text):
            parts.append(f"fits {other}, whose printed {text.text} fits here: perhaps interchanged")
    return "".join(f"; {part}" for part in parts)


def _consequence(comparison: Comparison, printed: Printed, t_test: PReading, result: PairedResult) -> str:
    """Return on which side of the usual level the two stand, if not on the same."""
    if printed.value < LEVEL <= t_test.low:
        return f"; printed as significant at {LEVEL:g}, not so by the rows"
    if t_test.high < LEVEL <= printed.value:
        size = f"{abs(result.mean_difference):.3g}"
        direction = "better" if result.mean_difference > 0 else "worse"
        return f"; by the rows significant at {LEVEL:g}: {comparison.method} is {direction}, in the mean by {size}"
    return ""
