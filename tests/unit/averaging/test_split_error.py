import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from freqbench.averaging.split_error import group_means, group_sizes, split_error

UNIT = st.floats(0, 1, width=32)


@given(arrays(np.float32, (5, 3, 4), elements=UNIT), arrays(np.float32, (3, 4), elements=UNIT))
def test_bias_and_variance_add_up_to_the_error_of_a_single_capture(restored, clean):
    parts = split_error(restored, clean)
    errors = np.square(restored.astype(np.float64) - clean)
    assert parts.squared_error == pytest.approx(errors.mean(), abs=1e-12)
    of_mean = np.square(restored.mean(axis=0, dtype=np.float64) - clean).mean()
    assert parts.of_mean(5) == pytest.approx(of_mean, abs=1e-12)


def test_two_captures_by_hand():
    restored, clean = np.array([[[0.2, 0.5]], [[0.4, 0.5]]]), np.array([[0.1, 0.6]])
    parts = split_error(restored, clean)
    # variances 0.02 and 0, errors of the mean 0.2 and -0.1
    assert parts.variance == pytest.approx(0.01)
    assert parts.squared_bias == pytest.approx((0.04 + 0.01) / 2 - 0.01 / 2)
    assert parts.captures == 2


@pytest.mark.parametrize("bias", [0.0, 0.02, 0.1])
@pytest.mark.parametrize("count", [2, 5])
def test_the_estimates_have_no_bias_of_their_own(bias, count):
    rng = np.random.default_rng(4)
    clean = rng.uniform(size=(8, 8))
    pattern = np.where(np.indices(clean.shape).sum(0) % 2, bias, -bias)
    sigma = np.linspace(0.02, 0.1, 64).reshape(8, 8)
    found = []
    for _ in range(3000):
        restored = clean + pattern + sigma * rng.standard_normal((count, 8, 8))
        parts = split_error(restored, clean)
        found.append((parts.squared_bias, parts.variance))
    means, errors = np.mean(found, axis=0), np.std(found, axis=0) / np.sqrt(len(found))
    truth = np.array([bias**2, np.mean(sigma**2)])
    assert np.all(np.abs(means - truth) < 4 * errors)
    # the plain error of the mean is far off where there are few captures
    assert truth[1] / count > 20 * errors[0]


def test_without_a_bias_half_of_the_estimates_are_about_below_zero():
    rng = np.random.default_rng(5)
    clean = np.full((16, 16), 0.5)
    estimates = [split_error(clean + 0.1 * rng.standard_normal((4, 16, 16)), clean).squared_bias for _ in range(400)]
    assert 0.4 < np.mean(np.array(estimates) < 0) < 0.6


@pytest.mark.parametrize("of", [10, 4])
def test_captures_against_their_own_mean_have_a_squared_bias_of_minus_variance_over_its_number(of):
    rng = np.random.default_rng(6)
    found = []
    for _ in range(500):
        captures = 0.5 + 0.1 * rng.standard_normal((10, 16, 16))
        found.append(split_error(captures[:of], captures.mean(axis=0)).squared_bias)
    assert np.mean(found) == pytest.approx(-(0.1**2) / 10, rel=0.02)


@pytest.mark.parametrize(("captures", "sizes"), [(1, [1]), (2, [1, 2]), (6, [1, 2, 4, 6]), (8, [1, 2, 4, 8])])
def test_groups_grow_by_powers_of_two_to_all_captures(captures, sizes):
    assert group_sizes(captures) == sizes


def test_groups_share_no_capture_and_leave_out_what_fills_none():
    captures = np.arange(7.0)[:, None, None] * np.ones((7, 2, 2))
    means = [mean[0, 0] for mean in group_means(captures, 3)]
    assert means == [1.0, 4.0]
    assert [mean[0, 0] for mean in group_means(captures, 7)] == [3.0]


@pytest.mark.parametrize("shape", [(1, 4, 4), (3, 4, 5), (4, 4)])
def test_what_cannot_be_split_is_refused(shape):
    with pytest.raises(ValueError, match="captures"):
        split_error(np.zeros(shape), np.zeros((4, 4)))
