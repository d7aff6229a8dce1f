"""The paired t-test: closed forms, published examples, and where there is none."""

import math
import sys
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from freqbench.statistics import cluster_bootstrap, paired_comparison

FINITE = st.floats(-100, 100, allow_nan=False).map(lambda value: round(value, 3))


def student_p(t, degrees):
    """Two-sided p of Student's t in closed form, for one and two degrees of freedom."""
    t = abs(t)
    return 1 - 2 * math.atan(t) / math.pi if degrees == 1 else 1 - t / math.sqrt(2 + t * t)


@pytest.mark.parametrize("differences", [(1.0, 2.0), (0.3, -0.1), (-4.0, -5.0), (1.0, 2.0, 4.0), (-0.2, 0.1, -0.4)])
def test_p_value_and_effect_size_in_closed_form(differences):
    baseline = np.array([30.0, 31.0, 28.0])[: len(differences)]
    n, mean = len(differences), sum(differences) / len(differences)
    spread = math.sqrt(sum((each - mean) ** 2 for each in differences) / (n - 1))
    result = paired_comparison(baseline + differences, baseline)
    assert result.n == n
    assert result.mean_difference == pytest.approx(mean)
    assert result.effect_size == pytest.approx(mean / spread)
    assert result.p_value == pytest.approx(student_p(mean / (spread / math.sqrt(n)), n - 1), rel=1e-8)
    assert result.note == ""


def test_hours_of_sleep_of_rs_help_page():
    """Student 1908, R's data set `sleep`: paired t = -4.0621 with 9 degrees of freedom, p = 0.002833."""
    first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
    second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
    result = paired_comparison(first, second)
    assert result.mean_difference == pytest.approx(-1.58)
    assert result.effect_size * math.sqrt(10) == pytest.approx(-4.0621, abs=5e-5)
    assert result.p_value == pytest.approx(0.002833, abs=5e-7)
    # R's 95 % interval is Student's; that of the bootstrap is not, for these ten differences with one outlier
    low, high = cluster_bootstrap(np.subtract(first, second), range(10), samples=20_000, seed=0)
    assert high - low == pytest.approx(2.4598858 - 0.7001142, rel=0.05)
    assert (low, high) == pytest.approx((-2.4598858, -0.7001142), abs=0.25)


def test_a_p_value_that_underflows_is_the_smallest_number_and_said_to_be_below_it():
    noise = np.random.default_rng(0).standard_normal(600)
    result = paired_comparison(1e3 + 1e-3 * noise, np.zeros(600))
    assert result.p_value == sys.float_info.min
    assert result.note == "p below the smallest number"


@given(st.lists(st.tuples(FINITE, FINITE), min_size=3, max_size=30))
def test_it_is_scipys_paired_t_test_wherever_there_is_one(pairs):
    a, b = np.array(pairs).T
    result = paired_comparison(a, b)
    if np.ptp(a - b) < 1e-9:
        assert math.isnan(result.p_value)
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert result.p_value == pytest.approx(float(stats.ttest_rel(a, b).pvalue), rel=1e-9)


@given(st.lists(st.tuples(FINITE, FINITE), min_size=3, max_size=20))
def test_exchanging_the_two_changes_the_sign_and_not_the_p_value(pairs):
    a, b = np.array(pairs).T
    one, two = paired_comparison(a, b), paired_comparison(b, a)
    assert one.mean_difference == pytest.approx(-two.mean_difference)
    assert one.effect_size == pytest.approx(-two.effect_size, nan_ok=True)
    assert one.p_value == pytest.approx(two.p_value, nan_ok=True)


@pytest.mark.parametrize(
    ("a", "b", "n", "mean", "note"),
    [
        ([], [], 0, float("nan"), "no pairs"),
        ([3.0], [1.0], 1, 2.0, "one pair: no test"),
        ([1.0, 2.0, 3.0], [1.0, 2.0, 3.0], 3, 0.0, "all differences are equal: no test"),
        ([1.5, 2.5, 3.5], [1.0, 2.0, 3.0], 3, 0.5, "all differences are equal: no test"),
        # 0.1 + 0.2 - 0.3 is not 0 in floating point: rounding is no spread
        ([0.1 + 0.2, 0.7 + 0.2, 33.1 + 0.2], [0.1, 0.7, 33.1], 3, 0.2, "all differences are equal: no test"),
    ],
)
def test_without_spread_there_is_no_test(a, b, n, mean, note):
    result = paired_comparison(a, b)
    assert (result.n, result.note) == (n, note)
    assert result.mean_difference == pytest.approx(mean, nan_ok=True)
    assert math.isnan(result.p_value)
    assert math.isnan(result.effect_size)


def test_a_small_but_real_spread_is_tested():
    a = np.array([0.0175, 0.0176, 0.0174, 0.0177])
    result = paired_comparison(a, a - np.array([1e-6, 2e-6, 1e-6, 2e-6]))
    assert result.note == ""
    assert result.p_value < 0.05


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_values_that_are_not_finite_are_refused(value):
    with pytest.raises(ValueError, match="finite"):
        paired_comparison([1.0, value], [1.0, 2.0])
    with pytest.raises(ValueError, match="finite"):
        paired_comparison([1.0, 2.0], [value, 2.0])


@pytest.mark.parametrize(("a", "b"), [([1.0, 2.0], [1.0]), ([[1.0, 2.0]], [[1.0, 2.0]])])
def test_other_shapes_are_refused(a, b):
    with pytest.raises(ValueError, match="same units"):
        paired_comparison(a, b)
