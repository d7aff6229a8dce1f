"""The kernel distance: its formula pair by pair, the official packages, its mean under the null."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from freqbench.metrics import kernel_distance


def pair_by_pair(a: np.ndarray, b: np.ndarray) -> float:
    """The estimator as it is defined: means over pairs of different images, and over pairs across the sets."""

    def k(x: np.ndarray, y: np.ndarray) -> float:
        return (sum(p * q for p, q in zip(x, y, strict=True)) / len(x) + 1) ** 3

    within = [np.mean([k(x, y) for x, y in itertools.permutations(each, 2)]) for each in (a, b)]
    return float(sum(within) - 2 * np.mean([k(x, y) for x in a for y in b]))


@pytest.mark.parametrize(("count_a", "count_b", "dimension"), [(2, 2, 1), (5, 8, 3), (9, 4, 20)])
def test_the_formula_pair_by_pair(count_a, count_b, dimension):
    rng = np.random.default_rng(dimension)
    a, b = rng.gamma(2.0, size=(count_a, dimension)), rng.normal(size=(count_b, dimension))
    assert kernel_distance(a, b) == pytest.approx(pair_by_pair(a, b), rel=1e-12)


@pytest.mark.parametrize(("count", "dimension"), [(20, 64), (90, 16)])
def test_the_official_estimators_of_the_whole_set_agree(count, dimension):
    kid = pytest.importorskip("torchmetrics.image.kid")
    official = pytest.importorskip("torch_fidelity.metric_kid")
    rng = np.random.default_rng(count)
    a, b = rng.gamma(2.0, size=(count, dimension)), rng.gamma(2.5, size=(count, dimension))
    ours = kernel_distance(a, b)
    assert ours == pytest.approx(kid.poly_mmd(torch.from_numpy(a), torch.from_numpy(b)).item(), rel=1e-9)
    options = {"kid_kernel": "poly", "kid_kernel_poly_degree": 3, "kid_kernel_poly_gamma": None}
    one_set = options | {"kid_kernel_poly_coef0": 1, "kid_subsets": 1, "kid_subset_size": count, "rng_seed": 0}
    found = official.kid_features_to_metric(torch.from_numpy(a), torch.from_numpy(b), **one_set, verbose=False)
    assert ours == pytest.approx(found[official.KEY_METRIC_KID_MEAN], rel=1e-9)


def test_subsets_aim_at_the_number_that_the_whole_set_gives():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(40, 5)), rng.normal(0.5, size=(40, 5))
    subsets = [kernel_distance(a[rng.permutation(40)[:10]], b[rng.permutation(40)[:10]]) for _ in range(2000)]
    error = np.std(subsets) / np.sqrt(len(subsets))
    assert kernel_distance(a, b) == pytest.approx(np.mean(subsets), abs=4 * error)


def test_independent_sets_of_one_distribution_have_mean_zero_and_either_sign():
    rng = np.random.default_rng(0)
    for count in (4, 20):
        values = np.array([kernel_distance(*rng.normal(0.3, size=(2, count, 6))) for _ in range(2000)])
        assert abs(values.mean()) < 4 * values.std() / np.sqrt(len(values))
        assert (values < 0).mean() > 0.2


def test_another_distribution_has_the_distance_of_its_kernel_means():
    """One feature, values 0 and 1 with probability 1/2 against 0 alone: k is 1, or 8 where both are 1."""
    rng = np.random.default_rng(0)
    values = [kernel_distance(rng.integers(0, 2, size=(10, 1)).astype(float), np.zeros((10, 1))) for _ in range(4000)]
    expected = (3 * 1 + 8) / 4 + 1 - 2
    assert np.mean(values) == pytest.approx(expected, abs=4 * np.std(values) / np.sqrt(len(values)))


def test_a_set_and_itself_are_nearer_than_independent_sets():
    """The pairs of an image with itself are in the term across the sets alone."""
    a = np.random.default_rng(0).normal(size=(10, 4))
    kernel = (a @ a.T / 4 + 1) ** 3
    off_diagonal = (kernel.sum() - np.trace(kernel)) / 90
    assert kernel_distance(a, a) == pytest.approx(2 * (off_diagonal - kernel.mean()), rel=1e-12)
    assert kernel_distance(a, a) < 0


@settings(max_examples=30)
@given(seed=st.integers(0, 2**31), counts=st.tuples(st.integers(2, 20), st.integers(2, 20)), d=st.integers(1, 12))
def test_neither_the_order_of_images_nor_a_rotation_matters(seed, counts, d):
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(counts[0], d)), rng.normal(size=(counts[1], d)) * rng.uniform(0.1, 3)
    rotation, _ = np.linalg.qr(rng.normal(size=(d, d)))
    distance = kernel_distance(a, b)
    assert kernel_distance(b, a) == pytest.approx(distance, rel=1e-9, abs=1e-9)
    assert kernel_distance(rng.permutation(a), b) == pytest.approx(distance, rel=1e-9, abs=1e-9)
    assert kernel_distance(a @ rotation, b @ rotation) == pytest.approx(distance, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        (np.zeros((1, 3)), np.zeros((5, 3)), "features_a: a mean over pairs needs at least 2 images, got 1"),
        (np.full((4, 3), np.nan), np.zeros((5, 3)), "features_a holds NaN or infinity"),
        (np.zeros((5, 3)), np.full((4, 3), -np.inf), "features_b holds NaN or infinity"),
        (np.zeros((5, 3)), np.zeros((5, 4)), "3 and 4 features"),
        (np.zeros((5, 3)), np.zeros(5), r"features_b: expected an array \(images, features\)"),
    ],
)
def test_sets_without_a_distance_are_refused(a, b, message):
    with pytest.raises(ValueError, match=message):
        kernel_distance(a, b)
