"""Laplace loss against SciPy's distribution, and what its two kinds of channels learn."""

import math

import numpy as np
import pytest
import torch
from scipy.stats import laplace

from freqbench.losses import LaplaceLoss


def sample(shape, seed=0):
    """Return mean, scale and target."""
    generator = np.random.default_rng(seed)
    return generator.random(shape), 0.01 + generator.random(shape), generator.random(shape)


def prediction_of(mean, scale):
    return torch.tensor(np.concatenate([mean, scale], axis=1))


@pytest.mark.parametrize("shape", [(2, 1, 8, 9), (1, 3, 5, 7), (2, 4, 1, 3)], ids=str)
def test_value_is_the_likelihood(shape):
    mean, scale, target = sample(shape)
    expected = -laplace.logpdf(target, loc=mean, scale=scale).mean()
    prediction = prediction_of(mean, scale)
    assert LaplaceLoss()(prediction, torch.tensor(target)).item() == pytest.approx(expected, rel=1e-12)
    single = LaplaceLoss()(prediction.float(), torch.tensor(target).float())
    assert single.item() == pytest.approx(expected, rel=1e-5)
    without = LaplaceLoss(constant=False)(prediction, torch.tensor(target))
    assert without.item() == pytest.approx(expected - math.log(2), rel=1e-12)


def test_a_scale_of_one_is_the_mean_absolute_error():
    mean, scale, target = sample((2, 2, 6, 6))
    prediction = prediction_of(mean, np.ones_like(scale))
    value = LaplaceLoss()(prediction, torch.tensor(target))
    assert value.item() == pytest.approx(np.abs(mean - target).mean() + math.log(2), rel=1e-12)


def test_gradient_is_the_closed_form_and_the_best_scale_the_error():
    mean, scale, target = sample((2, 2, 5, 6))
    prediction = prediction_of(mean, scale).requires_grad_()
    LaplaceLoss()(prediction, torch.tensor(target)).backward()
    error = mean - target
    np.testing.assert_allclose(prediction.grad[:, :2] * error.size, np.sign(error) / scale, rtol=1e-12)
    np.testing.assert_allclose(prediction.grad[:, 2:] * error.size, 1 / scale - np.abs(error) / scale**2, rtol=1e-9)
    best = prediction_of(mean, np.abs(error)).requires_grad_()
    least = LaplaceLoss()(best, torch.tensor(target))
    least.backward()
    np.testing.assert_allclose(best.grad[:, 2:], 0, atol=1e-12)
    for factor in (0.5, 0.9, 1.1, 2.0):
        assert LaplaceLoss()(prediction_of(mean, factor * np.abs(error)), torch.tensor(target)) > least


@pytest.mark.parametrize("constant", [True, False])
def test_gradient(constant):
    mean, scale, target = sample((1, 2, 4, 5))
    prediction = prediction_of(mean, 0.1 + scale).requires_grad_()
    assert torch.autograd.gradcheck(LaplaceLoss(constant=constant), (prediction, torch.tensor(target)))


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_wrong_numbers_of_channels_are_refused(channels):
    prediction, target = torch.ones(2, channels, 8, 8), torch.ones(2, 1, 8, 8)
    with pytest.raises(ValueError, match=r"must have the shape \(2, 2, 8, 8\), 2 channels for each"):
        LaplaceLoss()(prediction, target)
    with pytest.raises(ValueError, match=r"must have the shape \(2, 2, 8, 8\)"):
        LaplaceLoss()(torch.ones(1, 2, 8, 8), target)


@pytest.mark.parametrize("scale", [0.0, -0.5])
def test_a_scale_that_is_not_positive_is_not_finite(scale):
    mean, scales, target = sample((1, 1, 4, 4))
    scales[0, 0, 1, 2] = scale
    assert not torch.isfinite(LaplaceLoss()(prediction_of(mean, scales), torch.tensor(target)))


def test_wrong_options_are_named():
    with pytest.raises(ValueError, match=r"^constant must be one of True, False, not 1$"):
        LaplaceLoss(constant=1)
