import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from freqbench.statistics.rank_correlation import correlations, weighted_pearson, weighted_spearman

NUMBERS = st.lists(st.integers(-5, 5), min_size=6, max_size=6)


@given(NUMBERS, NUMBERS, st.lists(st.integers(0, 3), min_size=6, max_size=6))
def test_a_weight_counts_how_often_a_pair_is_there(x, y, counts):
    first, second = np.repeat(np.array(x, float), counts), np.repeat(np.array(y, float), counts)
    weights = np.array([counts], float)
    if sum(counts) == 0 or len(set(first)) < 2 or len(set(second)) < 2:
        return
    values = np.array(x, float), np.array(y, float)
    assert weighted_pearson(*values, weights)[0] == pytest.approx(stats.pearsonr(first, second).statistic)
    assert weighted_spearman(*values, weights)[0] == pytest.approx(stats.spearmanr(first, second).statistic)


def test_values_far_from_zero_lose_nothing():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((2, 50))
    expected = stats.pearsonr(x, y).statistic
    found = weighted_pearson(1e6 + x, y, np.ones((1, 50)))[0]
    assert found == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("value", [0.0, 0.1, 1e6])
def test_equal_values_have_no_correlation(value):
    both = correlations(np.full(7, value), np.arange(7.0), np.arange(7), samples=50, seed=0)
    assert all(np.isnan([each.value, each.low, each.high]).all() for each in both)


def test_the_interval_covers_the_correlation_of_groups():
    truth, groups, size, hits = 0.6, 30, 4, 0
    rng = np.random.default_rng(1)
    for _ in range(100):
        centres = rng.multivariate_normal([0, 0], [[1, truth], [truth, 1]], size=groups)
        x, y = np.repeat(centres, size, axis=0).T
        pearson, _ = correlations(x, y, np.repeat(np.arange(groups), size), samples=200, seed=0)
        hits += pearson.low <= truth <= pearson.high
    # percentiles of few groups are a little narrow: 95 % are aimed at
    assert 85 <= hits <= 100


def test_the_same_seed_gives_the_same_interval():
    rng = np.random.default_rng(3)
    x, y, groups = rng.standard_normal(40), rng.standard_normal(40), np.repeat(np.arange(8), 5)
    one, two = (correlations(x, y, groups, samples=100, seed=7) for _ in range(2))
    assert one == two
    assert one != correlations(x, y, groups, samples=100, seed=8)


@pytest.mark.parametrize(
    ("x", "y", "groups"), [([1, 2], [1], [0, 1]), ([1, np.nan], [1, 2], [0, 1]), ([], [], []), ([1, 2], [1, 2], [0])]
)
def test_what_has_no_correlation_is_refused(x, y, groups):
    with pytest.raises(ValueError, match=r"finite|partner"):
        correlations(x, y, groups, samples=10, seed=0)
