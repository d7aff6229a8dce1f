"""The ranges of paired statistics over everything that rounds to the printed rows, against brute force."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, stats

from freqbench.published.paired_range import positive_range, signed_rank_range, t_range

DIFFERENCES = st.lists(st.integers(-8, 8).map(lambda tenths: tenths / 10), min_size=2, max_size=6)
WIDTHS = st.sampled_from([0.01, 0.05, 0.1, 0.3])


def t_of(differences: np.ndarray) -> float:
    """Student's t by its formula, written for this test."""
    n = len(differences)
    mean = differences.sum() / n
    variance = ((differences - mean) ** 2).sum() / (n - 1)
    return float(mean / np.sqrt(variance / n))


def errors(n: int, width: float, seed: int) -> np.ndarray:
    """Return all corners of the box, and points within."""
    corners = np.array(list(product((-width, width), repeat=n)))
    return np.concatenate([corners, np.random.default_rng(seed).uniform(-width, width, (300, n))])


@given(DIFFERENCES, WIDTHS, st.integers(0, 99))
def test_no_rows_that_round_so_have_a_t_outside(differences, width, seed):
    printed = np.array(differences)
    found = t_range(printed, width)
    with np.errstate(divide="ignore", invalid="ignore"):
        values = np.array([t_of(printed + error) for error in errors(len(printed), width, seed)])
    values = values[np.abs(values) < 1e6]
    assert (values >= found.low - 1e-6 * (1 + abs(values))).all()
    assert (values <= found.high + 1e-6 * (1 + abs(values))).all()


@pytest.mark.parametrize("seed", range(6))
def test_the_ends_are_reached(seed):
    rng = np.random.default_rng(seed)
    printed, width = np.round(rng.normal([0.0, 0.3, -0.8][seed % 3], 1, 5), 1), 0.1
    found = t_range(printed, width)
    for sign, end in ((1, found.low), (-1, found.high)):
        starts = list(errors(5, width, seed)[::40])
        best = min(
            optimize.minimize(
                lambda error, sign=sign: sign * t_of(printed + error), start, bounds=[(-width, width)] * 5
            ).fun
            for start in starts
        )
        assert sign * best == pytest.approx(end, rel=1e-4)


@given(DIFFERENCES, WIDTHS)
def test_the_other_sign_mirrors_the_range(differences, width):
    one, other = t_range(differences, width), t_range([-each for each in differences], width)
    assert (one.low, one.high) == pytest.approx((-other.high, -other.low))


def test_exact_rows_have_scipys_t():
    rows = np.random.default_rng(0).normal(0.3, 1, 9)
    found = t_range(rows, 0.0)
    assert found.low == pytest.approx(found.high) == pytest.approx(float(stats.ttest_1samp(rows, 0).statistic))


def test_rows_that_may_be_equal_allow_any_certainty():
    assert t_range([0.2, 0.3], 0.05).high == np.inf
    assert t_range([0.0, 0.0], 0.05).low == -np.inf


@given(st.lists(st.integers(-6, 6).map(lambda tenths: tenths / 10), min_size=2, max_size=7), st.integers(0, 99))
def test_ranks_and_signs_of_rows_that_round_so_are_possible(differences, seed):
    width = 0.1
    printed = np.array(differences)
    ranks, signs = signed_rank_range(printed, width), positive_range(printed, width)
    for error in np.random.default_rng(seed).uniform(-width, width, (50, len(printed))):
        values = printed + error
        rank_sum = stats.rankdata(np.abs(values))[values > 0].sum()
        assert rank_sum in ranks
        assert (values > 0).sum() in signs


def test_the_range_of_ranks_is_reached():
    printed, width = np.array([0.1, -0.1, 0.3, -0.2]), 0.1
    rng = np.random.default_rng(0)
    seen = set()
    for error in rng.uniform(-width, width, (4000, 4)):
        values = printed + error
        seen.add(int(stats.rankdata(np.abs(values))[values > 0].sum()))
    assert seen == set(signed_rank_range(printed, width))


@pytest.mark.parametrize(("differences", "width"), [([1.0], 0.1), ([1.0, np.nan], 0.1), ([1.0, 2.0], -0.1)])
def test_what_has_no_range_is_refused(differences, width):
    with pytest.raises(ValueError, match="two or more finite differences"):
        t_range(differences, width)
