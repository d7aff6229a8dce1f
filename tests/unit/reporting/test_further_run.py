"""The prediction interval of one further run: closed forms, special cases, and that it covers what it says."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from freqbench.reporting.further_run import further_run

VALUES = (33.1, 33.4, 32.9, 33.8, 33.3)
finite = st.floats(-100, 100, allow_nan=False)


def textbook(values):
    """t(0.975, R - 1) s sqrt(1 + 1/R), written out."""
    count = len(values)
    mean = math.fsum(values) / count
    deviation = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (count - 1))
    return stats.t.ppf(0.975, count - 1) * deviation * math.sqrt(1 + 1 / count)


@pytest.mark.parametrize("runs", [[[value] for value in VALUES], [list(VALUES)]], ids=["splits", "seeds"])
def test_of_splits_alone_or_seeds_alone_it_is_the_textbooks(runs):
    found = further_run(runs)
    assert found.reach == pytest.approx(textbook(VALUES), rel=1e-12)
    assert found.degrees == pytest.approx(4)
    assert (found.splits, found.seeds) == (len(runs), len(runs[0]))


def test_two_runs_by_hand():
    # s = 0.2 / sqrt(2), t(0.975, 1) = tan(0.475 pi)
    expected = math.tan(0.475 * math.pi) * 0.2 / math.sqrt(2) * math.sqrt(1.5)
    assert further_run([[1.0, 1.2]]).reach == pytest.approx(expected, rel=1e-9)


def test_splits_and_seeds_follow_the_variance_of_a_further_run():
    means = np.array([[1.0, 1.2, 1.1], [3.0, 3.3, 3.0], [2.0, 2.1, 2.2], [2.5, 2.4, 2.9]])
    splits, seeds = means.shape
    within = sum(((row - row.mean()) ** 2).sum() for row in means) / (splits * (seeds - 1))
    between = seeds * ((means.mean(axis=1) - means.mean()) ** 2).sum() / (splits - 1)
    of_seed, of_split = within, (between - within) / seeds
    variance = of_split * (1 + 1 / splits) + of_seed * (1 + 1 / (splits * seeds))
    parts = (between * (1 + 1 / splits) / seeds, within * (1 - 1 / seeds))
    degrees = sum(parts) ** 2 / (parts[0] ** 2 / (splits - 1) + parts[1] ** 2 / (splits * (seeds - 1)))
    found = further_run(means.tolist())
    assert sum(parts) == pytest.approx(variance, rel=1e-12)
    assert found.reach == pytest.approx(stats.t.ppf(0.975, degrees) * math.sqrt(variance), rel=1e-12)
    assert splits - 1 <= found.degrees <= splits * seeds - 1


@pytest.mark.parametrize(
    ("splits", "seeds", "ratio"), [(5, 1, 0.0), (1, 5, 1.0), (4, 3, 0.3), (3, 5, 1.0), (8, 2, 3.0)]
)
def test_it_covers_a_further_run_as_often_as_it_says(splits, seeds, ratio):
    rng = np.random.default_rng(0)
    studies, hits = 3000, 0
    spread = 0.0 if splits == 1 else 1.0
    for _ in range(studies):
        of_split = spread * rng.standard_normal(splits + 1)
        runs = of_split[:-1, None] + ratio * rng.standard_normal((splits, seeds))
        further = of_split[-1] + ratio * rng.standard_normal()
        hits += abs(further - runs.mean()) <= further_run(runs.tolist()).reach
    # three standard errors of a share of 95 %, and one point for Satterthwaite's approximation
    assert hits / studies == pytest.approx(0.95, abs=3 * math.sqrt(0.95 * 0.05 / studies) + 0.01)


def test_seeds_of_one_split_are_not_counted_as_independent_runs():
    # the splits differ by far more than the seeds: only two values are known of what makes the difference
    means = [[30.0, 30.01, 30.02], [32.0, 32.01, 32.02]]
    found = further_run(means)
    assert found.degrees == pytest.approx(1, abs=1e-3)
    assert found.reach > 5 * textbook([value for runs in means for value in runs])


@given(st.lists(st.tuples(finite, finite, finite), min_size=1, max_size=4), st.floats(-50, 50), st.floats(0.1, 10))
def test_it_moves_with_the_scale_and_not_with_the_origin(runs, shift, scale):
    reach = further_run(runs).reach
    assert further_run([[value * scale for value in run] for run in runs]).reach == pytest.approx(
        scale * reach, rel=1e-6, abs=1e-9
    )
    moved = further_run([[value + shift for value in run] for run in runs]).reach
    assert moved == pytest.approx(reach, rel=1e-6, abs=1e-9)


def test_equal_runs_reach_nowhere():
    assert further_run([[1.5, 1.5], [1.5, 1.5]]).reach == 0.0


def test_one_run_has_no_spread_and_infinity_no_mean():
    assert further_run([[33.0]]) is None
    assert further_run([[33.0, math.nan]]) is None
    assert further_run([[math.inf], [33.0]]) is None


@pytest.mark.parametrize("runs", [[], [[]], [[1.0], [1.0, 2.0]]])
def test_splits_with_different_numbers_of_runs_are_refused(runs):
    with pytest.raises(ValueError, match="every split needs the same number of runs"):
        further_run(runs)
