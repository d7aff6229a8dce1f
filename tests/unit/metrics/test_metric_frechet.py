"""The Fréchet distance: closed forms with exact sample moments, the eigenvalue route, invariances."""

import numpy as np
import pytest
import scipy.linalg
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from freqbench.metrics import frechet_distance


def standardised(count: int, dimension: int, seed: int) -> np.ndarray:
    """Samples whose mean is zero and whose unbiased covariance is the identity, up to rounding."""
    values = np.random.default_rng(seed).normal(size=(count, dimension))
    basis, _ = np.linalg.qr(values - values.mean(axis=0))
    return basis * np.sqrt(count - 1)


def eigenvalue_route(a: np.ndarray, b: np.ndarray) -> float:
    """The distance from the covariance matrices themselves, with the eigenvalues of their product."""
    covariance_a, covariance_b = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    eigenvalues = scipy.linalg.eigvals(covariance_a @ covariance_b).real
    root = np.sqrt(eigenvalues.clip(min=0)).sum()
    shift = np.square(a.mean(axis=0) - b.mean(axis=0)).sum()
    return float(shift + np.trace(covariance_a) + np.trace(covariance_b) - 2 * root)


@pytest.mark.parametrize(("count_a", "count_b"), [(20, 20), (9, 60), (300, 12)])
def test_normal_distributions_with_diagonal_covariances(count_a, count_b):
    rng = np.random.default_rng(0)
    mean_a, mean_b = rng.normal(size=(2, 8))
    deviation_a, deviation_b = rng.uniform(0.1, 3, size=(2, 8))
    a = standardised(count_a, 8, 1) * deviation_a + mean_a
    b = standardised(count_b, 8, 2) * deviation_b + mean_b
    expected = np.square(mean_a - mean_b).sum() + np.square(deviation_a - deviation_b).sum()
    assert frechet_distance(a, b) == pytest.approx(expected, rel=1e-12)


def test_a_shift_alone_counts_its_squared_length():
    a = np.random.default_rng(0).normal(size=(10, 40))
    shift = np.linspace(-1, 1, 40)
    assert frechet_distance(a, a + shift) == pytest.approx(np.square(shift).sum(), rel=1e-12)


def test_a_scale_alone_counts_the_difference_of_the_deviations():
    a = np.random.default_rng(0).normal(size=(30, 5))
    a -= a.mean(axis=0)
    assert frechet_distance(a, 3 * a) == pytest.approx(4 * np.trace(np.cov(a, rowvar=False)), rel=1e-12)


def test_distributions_in_orthogonal_subspaces_have_no_cross_term():
    a, b = np.zeros((2, 12, 6))
    a[:, :3] = standardised(12, 3, 0)
    b[:, 3:] = 2 * standardised(12, 3, 1)
    assert frechet_distance(a, b) == pytest.approx(3 + 12, rel=1e-12)


@pytest.mark.parametrize(
    ("count_a", "count_b", "dimension"),
    [(8, 11, 40), (8, 90, 40), (90, 8, 40), (40, 41, 40), (90, 120, 40), (2, 2, 40), (50, 60, 1)],
)
def test_few_and_many_images_agree_with_the_eigenvalue_route(count_a, count_b, dimension):
    rng = np.random.default_rng(count_a)
    mixing = rng.normal(size=(dimension, dimension))
    a = rng.normal(size=(count_a, dimension)) @ mixing
    b = rng.gamma(2.0, size=(count_b, dimension)) @ mixing + 0.3
    if dimension == 1:
        expected = (a.mean() - b.mean()) ** 2 + (a.std(ddof=1) - b.std(ddof=1)) ** 2
    else:
        expected = eigenvalue_route(a, b)
    assert frechet_distance(a, b) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(("count_a", "count_b"), [(30, 30), (12, 25), (400, 300)])
def test_torchmetrics_agrees_with_fewer_and_more_images_than_features(count_a, count_b):
    fid = pytest.importorskip("torchmetrics.image.fid")
    rng = np.random.default_rng(count_a)
    scales = np.exp(-np.arange(100) / 20)
    a, b = (torch.from_numpy(rng.gamma(2.0, size=(count, 100)) * scales) for count in (count_a, count_b))
    b = b * 1.2 + 0.1
    moments = [part for each in (a, b) for part in (each.mean(dim=0), each.T.cov())]
    expected = fid._compute_fid(*moments).item()
    assert frechet_distance(a.numpy(), b.numpy()) == pytest.approx(expected, rel=1e-6)


def test_it_stays_exact_for_close_sets_with_fewer_images_than_features():
    """Of a set and a scaled copy of it the distance is known; torchmetrics' eigenvalues lose digits there."""
    fid = pytest.importorskip("torchmetrics.image.fid")
    a = np.random.default_rng(0).gamma(2.0, size=(60, 300)) / np.sqrt(1 + np.arange(300))
    expected = 0.01**2 * (a.var(axis=0, ddof=1).sum() + np.square(a.mean(axis=0)).sum())
    ours = abs(frechet_distance(1.01 * a, a) / expected - 1)
    sets = (torch.from_numpy(1.01 * a), torch.from_numpy(a))
    theirs = fid._compute_fid(*(part for each in sets for part in (each.mean(dim=0), each.T.cov()))).item()
    assert ours < 1e-9
    assert abs(theirs / expected - 1) > 100 * ours


def test_the_matrix_square_root_agrees_where_it_is_regular():
    rng = np.random.default_rng(5)
    a, b = rng.normal(size=(200, 20)), rng.normal(size=(150, 20)) @ rng.normal(size=(20, 20))
    root = scipy.linalg.sqrtm(np.cov(a, rowvar=False) @ np.cov(b, rowvar=False)).real
    traces = np.trace(np.cov(a, rowvar=False)) + np.trace(np.cov(b, rowvar=False))
    expected = np.square(a.mean(axis=0) - b.mean(axis=0)).sum() + traces - 2 * np.trace(root)
    assert frechet_distance(a, b) == pytest.approx(expected, rel=1e-9)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**31), counts=st.tuples(st.integers(2, 30), st.integers(2, 30)), d=st.integers(1, 20))
def test_it_is_a_squared_distance(seed, counts, d):
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(counts[0], d)), rng.normal(size=(counts[1], d)) * rng.uniform(0.1, 5)
    rotation, _ = np.linalg.qr(rng.normal(size=(d, d)))
    distance = frechet_distance(a, b)
    assert distance >= 0
    assert frechet_distance(b, a) == pytest.approx(distance, rel=1e-9, abs=1e-12)
    assert frechet_distance(rng.permutation(a), b) == pytest.approx(distance, rel=1e-9, abs=1e-12)
    assert frechet_distance(a @ rotation, b @ rotation) == pytest.approx(distance, rel=1e-9, abs=1e-10)
    assert frechet_distance(3 * a, 3 * b) == pytest.approx(9 * distance, rel=1e-9, abs=1e-12)
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-10)


def test_rounding_never_makes_the_distance_of_a_set_to_itself_negative():
    for seed in range(20):
        a = np.random.default_rng(seed).normal(scale=1e3, size=(30, 20))
        assert 0 <= frechet_distance(a, a) < 1e-6


@pytest.mark.parametrize(("count_a", "count_b", "dimension"), [(500, 400, 6), (5, 7, 300), (5, 700, 30)])
def test_the_decomposition_is_as_small_as_images_and_features_allow(monkeypatch, count_a, count_b, dimension):
    shapes = []
    decompose = np.linalg.svd

    def record(matrix: np.ndarray, **options: object) -> np.ndarray:
        shapes.append(matrix.shape)
        return decompose(matrix, **options)

    monkeypatch.setattr(np.linalg, "svd", record)
    rng = np.random.default_rng(0)
    frechet_distance(rng.normal(size=(count_a, dimension)), rng.normal(size=(count_b, dimension)))
    assert shapes == [(min(count_a, dimension), min(count_b, dimension))]


def test_single_precision_features_are_summed_in_double():
    rng = np.random.default_rng(0)
    a, b = rng.normal(1e3, 1, size=(2, 50, 30)).astype(np.float32)
    assert frechet_distance(a, b) == frechet_distance(a.astype(np.float64), b.astype(np.float64))


def test_fewer_images_of_the_same_distribution_look_further_apart():
    rng = np.random.default_rng(0)
    few, many = (frechet_distance(*rng.normal(size=(2, count, 64))) for count in (20, 200))
    assert few > 2 * many


@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        (np.zeros((1, 3)), np.zeros((5, 3)), "features_a: a covariance needs at least 2 images, got 1"),
        (np.zeros((5, 3)), np.zeros((0, 3)), "features_b: a covariance needs at least 2 images, got 0"),
        (np.full((4, 3), np.nan), np.zeros((5, 3)), "features_a holds NaN or infinity"),
        (np.zeros((5, 3)), np.full((4, 3), np.inf), "features_b holds NaN or infinity"),
        (np.zeros((5, 3)), np.zeros((5, 4)), "3 and 4 features"),
        (np.zeros(5), np.zeros((5, 1)), r"features_a: expected an array \(images, features\)"),
        (np.zeros((5, 0)), np.zeros((5, 0)), r"features_a: expected an array \(images, features\)"),
    ],
)
def test_sets_without_a_distance_are_refused(a, b, message):
    with pytest.raises(ValueError, match=message):
        frechet_distance(a, b)
