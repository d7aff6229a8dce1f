"""p-values of every reading, against scipy on exact rows and by Monte Carlo on rounded ones."""

import numpy as np
import pytest
from scipy import stats

from freqbench.published.p_readings import T_TEST, p_readings
from freqbench.published.rounding import Printed

TESTS = {
    T_TEST: lambda a, b: stats.ttest_rel(a, b).pvalue,
    "one-sided paired t-test (method greater)": lambda a, b: stats.ttest_rel(a, b, alternative="greater").pvalue,
    "one-sided paired t-test (method smaller)": lambda a, b: stats.ttest_rel(a, b, alternative="less").pvalue,
    "two-sided Wilcoxon test": lambda a, b: stats.wilcoxon(a, b, method="exact").pvalue,
    "one-sided Wilcoxon test (method greater)": lambda a, b: (
        stats.wilcoxon(a, b, alternative="greater", method="exact").pvalue
    ),
    "one-sided Wilcoxon test (method smaller)": lambda a, b: (
        stats.wilcoxon(a, b, alternative="less", method="exact").pvalue
    ),
    "two-sided sign test": lambda a, b: stats.binomtest(int((a > b).sum()), len(a)).pvalue,
    "one-sided sign test (method greater)": lambda a, b: (
        stats.binomtest(int((a > b).sum()), len(a), alternative="greater").pvalue
    ),
    "one-sided sign test (method smaller)": lambda a, b: (
        stats.binomtest(int((a > b).sum()), len(a), alternative="less").pvalue
    ),
    "two-sided unpaired t-test": lambda a, b: stats.ttest_ind(a, b).pvalue,
}


def pair(seed: int, n: int = 9) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    a = rng.normal(0.9, 0.02, n)
    return a, a + rng.normal(0.004, 0.006, n)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("n", [4, 9])
def test_exact_rows_have_scipys_p(seed, n):
    a, b = pair(seed, n)
    readings = {reading.test: reading for reading in p_readings(a, b, 0.0)}
    assert set(readings) == set(TESTS)
    for name, reading in readings.items():
        assert reading.low == pytest.approx(reading.high)
        assert reading.low == pytest.approx(TESTS[name](a, b), rel=1e-9), name


@pytest.mark.parametrize("seed", range(3))
def test_rounded_rows_allow_the_p_of_the_unrounded_ones(seed):
    a, b = pair(seed)
    readings = {reading.test: reading for reading in p_readings(np.round(a, 2), np.round(b, 2), 0.005)}
    rng = np.random.default_rng(seed)
    inside = [(a, b)]
    inside += [tuple(np.round(rows, 2) + rng.uniform(-0.005, 0.005, 9) for rows in (a, b)) for _ in range(40)]
    for first, second in inside:
        for name, test in TESTS.items():
            p = float(test(first, second))
            spans = readings[name].spans
            assert any(span.low - 1e-9 <= p <= span.high + 1e-9 for span in spans), name


def test_a_difference_that_may_vanish_allows_every_large_p():
    reading = p_readings([0.96, 0.95, 0.97], [0.96, 0.95, 0.96], 0.005)[0]
    assert reading.high == 1.0


def test_between_the_values_of_a_discrete_test_nothing_is_allowed():
    a, b = pair(0)
    reading = next(each for each in p_readings(a, b, 0.0) if each.test == "two-sided sign test")
    p = reading.low
    assert reading.allows(Printed.of(f"{p:.4f}"))
    assert not reading.allows(Printed.of(f"{p + 0.001:.4f}"))


def test_cut_off_digits():
    reading = p_readings(*pair(0), 0.0)[0]
    cut = Printed.of(str(np.floor(reading.low * 1e4) / 1e4))
    assert reading.allows_cut_off(cut)
