import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from freqbench.intensity_fit import fit_intensities
from freqbench.restored_files import as_measured

seeds = st.integers(0, 2**32 - 1)


def pair(seed, count=2, side=12):
    """Return images that resemble their clean ones, (N, H, W) in [0, 1]."""
    random = np.random.default_rng(seed)
    clean = random.uniform(0, 1, (count, side, side))
    return (0.7 * clean + 0.3 * random.uniform(0, 1, clean.shape)).astype(np.float32), clean.astype(np.float32)


def errors(images, clean):
    return np.square(images.astype(np.float64) - clean).mean(axis=(1, 2))


@settings(deadline=None)
@given(seed=seeds)
def test_it_is_the_solution_of_the_normal_equations(seed):
    images, clean = pair(seed)
    fitted = fit_intensities(images, clean)
    for image, target, found in zip(images, clean, fitted, strict=True):
        design = np.stack([image.ravel().astype(np.float64), np.ones(image.size)], axis=1)
        (slope, offset), *_ = np.linalg.lstsq(design, target.ravel().astype(np.float64), rcond=None)
        np.testing.assert_allclose(found, slope * image.astype(np.float64) + offset, atol=1e-6)


@settings(deadline=None)
@given(seed=seeds, scale=st.floats(1e-3, 1e3), offset=st.floats(-100, 100))
def test_scale_and_offset_of_a_prediction_do_not_matter(seed, scale, offset):
    images, clean = pair(seed)
    moved = scale * images.astype(np.float64) + offset
    # float32 keeps 24 bits of the larger of contrast and offset
    lost = np.finfo(np.float32).eps * (1 + np.abs(moved).max() / moved.std())
    np.testing.assert_allclose(
        fit_intensities(moved.astype(np.float32), clean), fit_intensities(images, clean), atol=10 * lost
    )


@settings(deadline=None)
@given(seed=seeds, spread=st.floats(0, 3), offset=st.floats(-2, 2))
def test_no_squared_error_grows_and_no_other_map_is_closer(seed, spread, offset):
    images, clean = pair(seed)
    noise = np.random.default_rng(seed + 1).normal(offset, 1, images.shape)
    images = (images + spread * noise).astype(np.float32)
    fitted = errors(fit_intensities(images, clean), clean)
    assert (fitted <= errors(images, clean) + 1e-9).all()
    for slope in (0.0, 0.3, 1.0, 2.0):
        others = slope * images + np.linspace(-0.5, 0.5, 5)[:, None, None, None]
        assert all((fitted <= errors(other, clean) + 1e-9).all() for other in others)


@settings(deadline=None)
@given(seed=seeds)
def test_a_fitted_image_stays_as_it_is(seed):
    images, clean = pair(seed)
    once = fit_intensities(images, clean)
    np.testing.assert_allclose(fit_intensities(once, clean), once, atol=1e-6)


@pytest.mark.parametrize("value", [0.0, 0.3, -7.0, 1e6])
def test_a_constant_prediction_becomes_the_mean_of_the_clean_image(value):
    _, clean = pair(0)
    fitted = fit_intensities(np.full_like(clean, value), clean)
    np.testing.assert_allclose(fitted, np.broadcast_to(clean.mean(axis=(1, 2), keepdims=True), clean.shape), atol=1e-6)


def test_a_negative_is_not_turned_into_a_match():
    _, clean = pair(0)
    fitted = fit_intensities(1 - clean, clean)
    np.testing.assert_allclose(fitted, np.broadcast_to(clean.mean(axis=(1, 2), keepdims=True), clean.shape), atol=1e-6)


def test_each_image_is_fitted_alone():
    images, clean = pair(3, count=4)
    together = fit_intensities(images, clean)
    for number in range(4):
        assert np.array_equal(together[number], fit_intensities(images[number, None], clean[number, None])[0])


def test_images_are_fitted_before_they_are_clamped():
    _, clean = pair(5)
    moved = 3 * clean - 5
    np.testing.assert_allclose(as_measured(moved, clean, "affine"), clean, atol=1e-5)
    assert as_measured(moved, clean, "none").max() == 0


def test_another_shape_is_refused():
    images, clean = pair(0)
    with pytest.raises(ValueError, match="differ in shape"):
        fit_intensities(images[:, :4], clean)
