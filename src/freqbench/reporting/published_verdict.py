"""Whether a number of ours agrees with the LFFL paper's, by what runs of one procedure differ from each other."""

import math
from dataclasses import dataclass
from typing import Literal

from freqbench.metrics.contracts import contract_of
from freqbench.published.rounding import SLACK, Printed
from freqbench.reporting.comparability import Comparability
from freqbench.reporting.further_run import FurtherRun

Verdict = Literal["within", "better", "worse", "undecided", "not comparable"]

VERDICTS: dict[Verdict, str] = {
    "within": "the paper's value lies where one further run of ours may lie",
    "better": "ours is better by more than that",
    "worse": "ours is worse by more than that",
    "undecided": "the runs do not tell",
    "not comparable": "the two are not of one experiment",
}
"""What each verdict means."""

ONE_RUN = "no spread: one run"
ONE_SPLIT = "farther than seeds differ, but one split does not tell how far other test fields of view are"


@dataclass(frozen=True)
class PublishedVerdict:
    """A number of ours beside the paper's.

    Attributes:
        verdict: one of `VERDICTS`.
        reason: why nothing is decided, or what a reader should know of the two; may be empty.
        difference: ours minus the paper's; NaN where they are not of one quantity.
        tolerance: how far they may lie from each other; NaN where there is no spread.
    """

    verdict: Verdict
    reason: str
    difference: float = math.nan
    tolerance: float = math.nan


def judge(
    metric: str, mean: float, published: Printed | None, further: FurtherRun | None, found: Comparability
) -> PublishedVerdict:
    """Compare a number with the paper's.

    The paper's value is one run of the same procedure, with test fields of view and a seed that it does not name. So
    it should lie in the prediction interval of one further run of ours, widened by half a unit of its last digit:
    that is the tolerance. No number in it is chosen.

    Args:
        metric: key of its contract, which says what is better.
        mean: ours, over all runs.
        published: the paper's; None where it has none for this data set.
        further: the prediction interval; None with one run.
        found: what stands between the two.
    """
    difference = tolerance = math.nan
    if published is not None and not found.other_quantity:
        difference = mean - published.value
        tolerance = math.nan if further is None else further.reach + published.half_unit
    if found.reasons or published is None:
        return PublishedVerdict("not comparable", "; ".join(found.reasons), difference, tolerance)
    verdict, why = _verdict(metric, difference, tolerance, further, SLACK * published.half_unit)
    reason = "; ".join(filter(None, (why, *found.remarks)))
    return PublishedVerdict(verdict, reason, difference, tolerance)


def _verdict(
    metric: str, difference: float, tolerance: float, further: FurtherRun | None, slack: float
) -> tuple[Verdict, str]:
    if further is None or math.isnan(difference):
        return "undecided", ONE_RUN
    if abs(difference) <= tolerance + slack:
        return "within", ""
    if further.splits == 1:
        return "undecided", ONE_SPLIT
    is_better = (difference > 0) == (contract_of(metric).better == "higher")
    return ("better" if is_better else "worse"), ""
