"""Wilcoxon's signed-rank test, against R's examples and against all signs tried."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from freqbench.statistics.signed_rank import signed_rank, smallest_p

DIFFERENCES = st.lists(st.integers(-20, 20).map(float), min_size=2, max_size=9)


def by_all_signs(differences):
    """Two-sided p: the share of sign patterns whose rank sum lies as far from its mean, or further."""
    kept = np.array([value for value in differences if value])
    ranks = stats.rankdata(np.abs(kept))
    sums = np.array([ranks[np.array(signs, dtype=bool)].sum() for signs in product((0, 1), repeat=len(kept))])
    found, centre = ranks[kept > 0].sum(), ranks.sum() / 2
    return float((np.abs(sums - centre) >= abs(found - centre) - 1e-9).mean())


def test_depression_scores_of_rs_help_page():
    """Hollander and Wolfe 1973, in R's `wilcox.test`: one-sided V = 40, p = 0.01953; two-sided twice that."""
    first = [1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30]
    second = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29]
    assert signed_rank(first, second).p_value == pytest.approx(0.0390625, abs=1e-12)
    assert round(signed_rank(first, second).p_value / 2, 5) == 0.01953


@settings(max_examples=60, deadline=None)
@given(DIFFERENCES)
def test_up_to_nine_differences_it_is_exact_with_and_without_ties(differences):
    result = signed_rank(differences, np.zeros(len(differences)))
    if not any(differences):
        assert np.isnan(result.p_value)
        assert result.note == "all differences are equal: no test"
    else:
        assert result.p_value == pytest.approx(by_all_signs(differences))
        assert result.note == ""


@pytest.mark.parametrize(("count", "method"), [(50, "exact"), (51, "asymptotic"), (600, "asymptotic")])
def test_many_differences_have_a_normal_approximation(count, method):
    values = np.random.default_rng(count).normal(0.1, 1, count)
    options = {"zero_method": "wilcox", "correction": True, "alternative": "two-sided", "method": method}
    assert signed_rank(values, np.zeros(count)).p_value == pytest.approx(stats.wilcoxon(values, **options).pvalue)


def test_many_ties_have_one_too():
    values = np.random.default_rng(0).integers(-3, 5, 30).astype(float)
    kept = values[values != 0]
    ranks = stats.rankdata(np.abs(kept))
    _, ties = np.unique(np.abs(kept), return_counts=True)
    n = len(kept)
    variance = n * (n + 1) * (2 * n + 1) / 24 - (ties**3 - ties).sum() / 48
    z = (abs(ranks[kept > 0].sum() - n * (n + 1) / 4) - 0.5) / np.sqrt(variance)
    assert signed_rank(values, np.zeros(30)).p_value == pytest.approx(2 * stats.norm.sf(z))


@pytest.mark.parametrize("count", range(2, 13))
def test_the_smallest_p_is_reached_where_all_signs_agree(count):
    values = np.arange(1.0, count + 1)
    assert signed_rank(values, np.zeros(count)).p_value == pytest.approx(smallest_p(count))
    assert smallest_p(count) == 2.0 ** (1 - count)
    # equal differences too
    assert signed_rank(np.ones(count), np.zeros(count)).p_value == pytest.approx(smallest_p(count))


def test_up_to_ten_fields_of_view_cannot_reach_one_in_a_thousand():
    assert smallest_p(10) > 0.001 > smallest_p(11)
    assert smallest_p(1) == smallest_p(0) == 1


def test_rounding_errors_neither_break_ties_nor_are_differences():
    first = np.array([0.1 + 0.2, 0.7 + 0.2, 33.1 - 0.2, 5.0])
    second = np.array([0.1, 0.7, 33.1, 5.0 + 1e-15])
    assert signed_rank(first, second).p_value == pytest.approx(by_all_signs([0.2, 0.2, -0.2]))


@pytest.mark.parametrize(("values", "note"), [([], "no pairs"), ([1.0], "one pair: no test")])
def test_too_few_pairs(values, note):
    result = signed_rank(values, np.zeros(len(values)))
    assert np.isnan(result.p_value)
    assert result.note == note


def test_values_that_are_no_pairs_are_refused():
    with pytest.raises(ValueError, match="same units"):
        signed_rank([1.0, 2.0], [1.0])
    with pytest.raises(ValueError, match="finite"):
        signed_rank([1.0, np.nan], [1.0, 2.0])
