import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from freqbench.statistics import holm

P_VALUES = st.lists(st.floats(0, 1) | st.just(float("nan")), max_size=12)


def by_definition(p_values):
    """Holm 1979, step by step: the k-th smallest of m times (m - k + 1), never below one before it."""
    valid = sorted((p, place) for place, p in enumerate(p_values) if not np.isnan(p))
    corrected, largest = [float("nan")] * len(p_values), 0.0
    for step, (p, place) in enumerate(valid):
        largest = max(largest, p * (len(valid) - step))
        corrected[place] = min(1.0, largest)
    return corrected


@pytest.mark.parametrize(
    ("p_values", "by_hand"),
    [
        ([0.01, 0.04, 0.03, 0.005], [0.03, 0.06, 0.06, 0.02]),
        ([0.02, 0.02, 0.02], [0.06, 0.06, 0.06]),
        ([0.5, 0.9], [1.0, 1.0]),
        ([0.3], [0.3]),
        ([0.0, 1.0], [0.0, 1.0]),
        ([], []),
    ],
)
def test_hand_computed(p_values, by_hand):
    assert holm(p_values).tolist() == pytest.approx(by_hand)


def test_a_test_that_was_not_possible_is_not_counted():
    corrected = holm([0.01, float("nan"), 0.04])
    assert corrected[[0, 2]].tolist() == pytest.approx([0.02, 0.04])
    assert np.isnan(corrected[1])


@given(P_VALUES)
def test_it_is_the_step_down_procedure(p_values):
    assert holm(p_values) == pytest.approx(by_definition(p_values), nan_ok=True)


@given(P_VALUES)
def test_between_the_p_value_and_bonferroni(p_values):
    p = np.array(p_values, dtype=float)
    valid = ~np.isnan(p)
    corrected = holm(p)
    assert np.array_equal(np.isnan(corrected), ~valid)
    assert (corrected[valid] >= p[valid]).all()
    assert (corrected[valid] <= np.minimum(1, p[valid] * valid.sum())).all()


@given(P_VALUES)
def test_the_order_is_kept(p_values):
    p = np.array([value for value in p_values if not np.isnan(value)], dtype=float)
    assert (np.diff(holm(p)[np.argsort(p, kind="stable")]) >= 0).all()


@given(P_VALUES, st.randoms())
def test_the_position_does_not_matter(p_values, random):
    order = list(range(len(p_values)))
    random.shuffle(order)
    p = np.array(p_values, dtype=float)
    assert holm(p[order]) == pytest.approx(holm(p)[order], nan_ok=True)


@pytest.mark.parametrize("wrong", [-0.1, 1.1, float("inf")])
def test_what_is_no_probability_is_refused(wrong):
    with pytest.raises(ValueError, match=r"\[0, 1\]"):
        holm([0.5, wrong])


def test_the_example_of_rs_p_adjust():
    assert holm([0.01, 0.02, 0.03, 0.04, 0.05]).tolist() == pytest.approx([0.05, 0.08, 0.09, 0.09, 0.09])


def test_values_of_rs_multtest():
    """`mt.rawp2adjp` of Bioconductor's multtest, as kept in the tests of statsmodels."""
    raw = [0.002, 0.004, 0.006, 0.008, 0.01, 0.012]
    assert holm(raw).tolist() == pytest.approx([0.012, 0.02, 0.024, 0.024, 0.024, 0.024])
    raw = [5.23656777208e-05, 2.8140506198e-04, 1.49877310796e-02, 2.02732688798e-02, 1.77096952723e-01, 0.642193923795]
    raw += [0.680845947633, 0.71626938238, 0.838541367553, 0.967833824309]
    adjusted = [5.23656777208e-04, 2.53264555782e-03, 1.199018486368e-01, 1.419128821586e-01, 1, 1, 1, 1, 1, 1]
    assert holm(raw).tolist() == pytest.approx(adjusted, rel=1e-9)


# few: each call of statsmodels collects garbage, which takes long in a process that has run many tests
@settings(max_examples=25)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_it_is_that_of_statsmodels(p_values):
    expected = multipletests(p_values, method="holm")[1]
    assert holm(p_values).tolist() == pytest.approx(expected.tolist())
