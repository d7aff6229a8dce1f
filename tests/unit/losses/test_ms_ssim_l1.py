"""MS-SSIM + L1 against its formula with SciPy's Gaussian filters, and scikit-image's SSIM."""

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter
from skimage.metrics import structural_similarity

from freqbench.losses import MSSSIML1Loss, PixelL1Loss

SHAPES = [(2, 3, 24, 32), (1, 1, 45, 27), (1, 2, 7, 9), (1, 1, 1, 30), (1, 1, 64, 64)]
OPTIONS = [{}, {"alpha": 0.5, "sigmas": [1.0, 3.0], "k1": 0.05, "k2": 0.1}, {"alpha": 1.0, "truncate": 3.0}]


def image_pair(shape, seed=0):
    """Return a target with structure at all scales and a noisy copy."""
    generator = np.random.default_rng(seed)
    target = gaussian_filter(generator.random(shape), (0, 0, 1, 1)) + 0.3 * generator.random(shape)
    return target + 0.1 * generator.standard_normal(shape), target


def reference(p, t, *, alpha=0.84, sigmas=(0.5, 1.0, 2.0, 4.0, 8.0), k1=0.01, k2=0.03, data_range=1.0, truncate=4.0):
    """The paper's loss in every pixel, its L1 term behind the widest Gaussian, and their mean."""

    def blur(image, sigma):
        return gaussian_filter(image, (0, 0, sigma, sigma), mode="reflect", truncate=truncate)

    c1, c2 = (k1 * data_range) ** 2, (k2 * data_range) ** 2
    contrast_structure = 1.0
    for sigma in sigmas:
        mean_p, mean_t = blur(p, sigma), blur(t, sigma)
        variance_p, variance_t = blur(p**2, sigma) - mean_p**2, blur(t**2, sigma) - mean_t**2
        covariance = blur(p * t, sigma) - mean_p * mean_t
        contrast_structure = contrast_structure * (2 * covariance + c2) / (variance_p + variance_t + c2)
    mean_p, mean_t = blur(p, max(sigmas)), blur(t, max(sigmas))
    luminance = (2 * mean_p * mean_t + c1) / (mean_p**2 + mean_t**2 + c1)
    l1 = blur(np.abs(p - t), max(sigmas))
    assert l1.mean() == pytest.approx(np.abs(p - t).mean(), rel=1e-12)
    return np.mean(alpha * (1 - luminance * contrast_structure) + (1 - alpha) * l1)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_value_is_the_formula(shape, options):
    prediction, target = image_pair(shape)
    expected = reference(prediction, target, **options)
    loss = MSSSIML1Loss(**options)
    assert loss(torch.tensor(prediction), torch.tensor(target)).item() == pytest.approx(expected, rel=1e-11)
    single = loss(torch.tensor(prediction).float(), torch.tensor(target).float())
    assert single.item() == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("shape", [(32, 48), (33, 27)], ids=str)
@pytest.mark.parametrize("data_range", [1.0, 255.0])
def test_one_scale_is_the_structural_similarity(shape, data_range):
    prediction, target = (data_range * image for image in image_pair((1, 1, *shape)))
    _, similarity = structural_similarity(
        target[0, 0],
        prediction[0, 0],
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        data_range=data_range,
        full=True,
    )
    loss = MSSSIML1Loss(1.0, sigmas=[1.5], truncate=3.5, data_range=data_range)
    value = loss(torch.tensor(prediction), torch.tensor(target)).item()
    assert value == pytest.approx(1 - similarity.mean(), rel=1e-9)


def test_shares_of_the_two_terms():
    prediction, target = (torch.tensor(image) for image in image_pair((2, 1, 24, 24)))
    l1, similarity = PixelL1Loss()(prediction, target), MSSSIML1Loss(1.0)(prediction, target)
    torch.testing.assert_close(MSSSIML1Loss(0.0)(prediction, target), l1)
    torch.testing.assert_close(MSSSIML1Loss(0.3)(prediction, target), 0.3 * similarity + 0.7 * l1)


@pytest.mark.parametrize("alpha", [0.0, 0.84, 1.0])
def test_equal_images_give_zero(alpha):
    target = torch.tensor(image_pair((1, 1, 20, 30))[1])
    for image in (target, torch.zeros_like(target), torch.ones_like(target)):
        prediction = image.clone().requires_grad_()
        value = MSSSIML1Loss(alpha)(prediction, image)
        value.backward()
        assert value.item() == pytest.approx(0, abs=1e-12)
        assert prediction.grad.abs().max() < 1e-12


def test_intensities_and_their_range_scale_together():
    prediction, target = (torch.tensor(image) for image in image_pair((1, 1, 24, 24)))
    one, many = MSSSIML1Loss(1.0), MSSSIML1Loss(1.0, data_range=255.0)
    torch.testing.assert_close(many(255 * prediction, 255 * target), one(prediction, target))
    torch.testing.assert_close(
        MSSSIML1Loss(0.0, data_range=255.0)(255 * prediction, 255 * target) / 255, MSSSIML1Loss(0.0)(prediction, target)
    )


def test_luminance_and_contrast_in_closed_form():
    # An offset d leaves the structure alone: l = (2 m (m + d) + C1) / (m^2 + (m + d)^2 + C1) for a flat image m.
    flat = torch.full((1, 1, 16, 16), 0.4, dtype=torch.float64)
    expected = 1 - (2 * 0.4 * 0.5 + 1e-4) / (0.4**2 + 0.5**2 + 1e-4)
    assert MSSSIML1Loss(1.0)(flat + 0.1, flat).item() == pytest.approx(expected, rel=1e-9)
    # The luminance counts once, at the widest scale, whatever the number of scales.
    assert MSSSIML1Loss(1.0, sigmas=[1.0])(flat + 0.1, flat).item() == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("alpha", [0.84, 1.0])
@pytest.mark.parametrize("shape", [(2, 1, 6, 8), (1, 2, 5, 7)], ids=str)
def test_gradient(shape, alpha):
    prediction, target = (torch.tensor(image) for image in image_pair(shape))
    assert torch.autograd.gradcheck(MSSSIML1Loss(alpha), (prediction.requires_grad_(), target))


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"alpha": 1.5}, "alpha"),
        ({"alpha": -0.1}, "alpha"),
        ({"sigmas": []}, "sigmas"),
        ({"sigmas": [1.0, 1.0]}, "sigmas"),
        ({"sigmas": [2.0, 1.0]}, "sigmas"),
        ({"sigmas": [0.0, 1.0]}, "sigmas"),
        ({"k1": 0}, "k1"),
        ({"k2": "0.03"}, "k2"),
        ({"data_range": 0}, "data_range"),
        ({"truncate": -4}, "truncate"),
    ],
)
def test_wrong_options_are_named(options, named):
    with pytest.raises(ValueError, match=f"^{named} must be"):
        MSSSIML1Loss(**options)
