"""The verdict on a number beside the paper's: its arithmetic, its direction, and when there is none."""

import math

import pytest

from freqbench.published.rounding import Printed
from freqbench.reporting.comparability import Comparability
from freqbench.reporting.further_run import FurtherRun
from freqbench.reporting.published_verdict import ONE_RUN, ONE_SPLIT, VERDICTS, judge

COMPARABLE = Comparability()


def further(reach=0.1, splits=3):
    return FurtherRun(reach, splits, 2, 4.0)


@pytest.mark.parametrize(
    ("metric", "mean", "verdict"),
    [
        ("psnr", 33.0, "within"),
        ("psnr", 33.1005, "within"),
        ("psnr", 33.1006, "better"),
        ("psnr", 32.8995, "within"),
        ("psnr", 32.8994, "worse"),
        ("lpips", 33.1006, "worse"),
        ("lpips", 32.8994, "better"),
    ],
)
def test_half_a_unit_of_the_papers_last_digit_belongs_to_the_tolerance(metric, mean, verdict):
    found = judge(metric, mean, Printed.of("33.000"), further(), COMPARABLE)
    assert found.verdict == verdict
    assert found.tolerance == pytest.approx(0.1005)
    assert found.difference == pytest.approx(mean - 33.0)
    assert found.reason == ""


@pytest.mark.parametrize(("text", "half"), [("33.7", 0.05), ("0.245", 0.0005), ("0.0503", 0.00005)])
def test_fewer_digits_of_the_paper_tolerate_more(text, half):
    assert judge("psnr", 0.0, Printed.of(text), further(0.0), COMPARABLE).tolerance == pytest.approx(half)


def test_one_run_decides_nothing():
    found = judge("psnr", 33.0, Printed.of("33.000"), None, COMPARABLE)
    assert (found.verdict, found.reason) == ("undecided", ONE_RUN)
    assert found.difference == 0.0
    assert math.isnan(found.tolerance)


def test_one_split_can_agree_and_cannot_differ():
    assert judge("psnr", 33.05, Printed.of("33.000"), further(splits=1), COMPARABLE).verdict == "within"
    found = judge("psnr", 35.0, Printed.of("33.000"), further(splits=1), COMPARABLE)
    assert (found.verdict, found.reason) == ("undecided", ONE_SPLIT)


def test_another_quantity_has_no_difference_and_another_study_has_one():
    quantity = Comparability(other_quantity=("LPIPS of AlexNet",), other_study=("smaller",), remarks=("a remark",))
    found = judge("lpips", 0.3, Printed.of("0.245"), further(), quantity)
    assert (found.verdict, found.reason) == ("not comparable", "LPIPS of AlexNet; smaller")
    assert math.isnan(found.difference)
    assert math.isnan(found.tolerance)
    study = judge("lpips", 0.3, Printed.of("0.245"), further(), Comparability(other_study=("smaller",)))
    assert (study.verdict, study.reason) == ("not comparable", "smaller")
    assert study.difference == pytest.approx(0.055)
    assert study.tolerance == pytest.approx(0.1005)


def test_without_a_number_of_the_paper_nothing_is_compared():
    found = judge("psnr", 33.0, None, further(), Comparability(("no such data set",)))
    assert (found.verdict, found.reason) == ("not comparable", "no such data set")
    assert math.isnan(found.difference)


@pytest.mark.parametrize(("mean", "splits", "why"), [(33.0, 3, ""), (40.0, 3, ""), (40.0, 1, ONE_SPLIT)])
def test_remarks_stand_beside_every_verdict_on_comparable_numbers(mean, splits, why):
    found = judge("psnr", mean, Printed.of("33.000"), further(splits=splits), Comparability(remarks=("one", "two")))
    assert found.reason == "; ".join(filter(None, (why, "one", "two")))


def test_a_mean_that_is_not_finite_is_undecided():
    assert judge("psnr", math.nan, Printed.of("33.000"), further(), COMPARABLE).verdict == "undecided"


def test_every_verdict_is_explained():
    assert set(VERDICTS) == {"within", "better", "worse", "undecided", "not comparable"}
    assert len(set(VERDICTS.values())) == len(VERDICTS)
