"""LFFL with one or both of its logarithms left out, against float64 NumPy on the full spectrum."""

import itertools

import numpy as np
import pytest
import torch

from freqbench.losses import FocalFrequencyLoss, LogFocalFrequencyLoss

SHAPES = [(2, 3, 12, 16), (1, 1, 7, 9), (1, 2, 8, 5), (3, 1, 5, 8), (1, 1, 1, 6)]
PARTS = list(itertools.product([True, False], repeat=2))


def image_pair(shape, seed=0):
    generator = np.random.default_rng(seed)
    return generator.random(shape), generator.random(shape)


def spectra(prediction, target):
    return (np.fft.fft2(image, norm="ortho") for image in (prediction, target))


def weight_of(prediction, target, log_weight, *, epsilon=1e-8):
    """Equation 2 of the log-ratios of Equation 1, or of the plain differences; the zero frequency counts as 0."""
    predicted, wanted = spectra(prediction, target)
    predicted[..., 0, 0] = wanted[..., 0, 0] = 0
    if not log_weight:
        real, imaginary = np.abs(predicted.real - wanted.real), np.abs(predicted.imag - wanted.imag)
        return np.sqrt(real**2 + imaginary**2)
    # numpy's transform has exact zeros where a real image has no imaginary part
    real, imaginary = (
        np.log(np.abs(one) + epsilon) - np.log(np.abs(other) + epsilon)
        for one, other in ((predicted.real, wanted.real), (predicted.imag, wanted.imag))
    )
    return np.sqrt(real**2 + imaginary**2)


def distance_of(prediction, target, log_error):
    """Equation 3, or the modulus alone."""
    predicted, wanted = spectra(prediction, target)
    modulus = np.abs(predicted - wanted)
    return np.log(modulus + 1) if log_error else modulus


@pytest.mark.parametrize("alpha", [0.5, 1.0, 2.0])
@pytest.mark.parametrize(("log_weight", "log_error"), PARTS)
@pytest.mark.parametrize("shape", SHAPES)
def test_value(shape, log_weight, log_error, alpha):
    prediction, target = image_pair(shape)
    weight = weight_of(prediction, target, log_weight) ** alpha
    weight[..., 0, 0] = 0
    expected = np.mean(weight * distance_of(prediction, target, log_error))
    loss = LogFocalFrequencyLoss(alpha, log_weight=log_weight, log_error=log_error)
    assert loss(torch.tensor(prediction), torch.tensor(target)).item() == pytest.approx(expected, rel=1e-11)
    single = [torch.tensor(image, dtype=torch.float32) for image in (prediction, target)]
    assert loss(*single).item() == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("alpha", [0.5, 1.0, 2.0])
@pytest.mark.parametrize(("log_weight", "log_error"), PARTS)
def test_gradient_of_each_frequency(log_weight, log_error, alpha):
    # the gradient has the direction of D; its modulus is the weight, over |D| + 1 with the logarithm of the error
    prediction, target = image_pair((1, 1, 12, 10))
    image = torch.tensor(prediction, requires_grad=True)
    LogFocalFrequencyLoss(alpha, log_weight=log_weight, log_error=log_error)(image, torch.tensor(target)).backward()
    predicted, wanted = spectra(prediction, target)
    modulus = np.abs(predicted - wanted)
    expected = weight_of(prediction, target, log_weight) ** alpha / modulus.size
    expected = expected / (1 + modulus) if log_error else expected
    expected[..., 0, 0] = 0
    gradient = np.fft.fft2(image.grad.numpy(), norm="ortho")
    np.testing.assert_allclose(gradient, expected * (predicted - wanted) / modulus, rtol=1e-7, atol=1e-13)


def test_without_logarithms_it_is_the_squared_error_of_images_without_their_means():
    prediction, target = image_pair((2, 2, 9, 14))
    difference = prediction - target
    difference -= difference.mean((-2, -1), keepdims=True)
    image = torch.tensor(prediction, requires_grad=True)
    value = LogFocalFrequencyLoss(1, log_weight=False, log_error=False)(image, torch.tensor(target))
    value.backward()
    assert value.item() == pytest.approx(np.mean(difference**2), rel=1e-12)
    np.testing.assert_allclose(image.grad.numpy(), difference / difference.size, rtol=1e-9, atol=1e-16)


def test_without_logarithms_and_with_a_normalised_weight_one_power_of_the_error_is_missing_to_ffl():
    # FFL has the squared error beside this weight: with alpha 2 here and 1 there both are |D|^3 but for the maximum
    prediction, target = (torch.tensor(image - image.mean()) for image in image_pair((1, 1, 16, 16)))
    modulus = torch.fft.fft2(prediction - target, norm="ortho").abs()
    bare = LogFocalFrequencyLoss(2, log_weight=False, log_error=False)(prediction, target)
    torch.testing.assert_close(bare, FocalFrequencyLoss(alpha=1)(prediction, target) * modulus.max())


@pytest.mark.parametrize("normalize_weight", [None, "image", "batch", "mean", "clamp"])
@pytest.mark.parametrize(("log_weight", "log_error"), PARTS)
def test_gradient_through_the_weight(log_weight, log_error, normalize_weight):
    prediction, target = (torch.tensor(image) for image in image_pair((2, 1, 5, 6)))
    loss = LogFocalFrequencyLoss(
        log_weight=log_weight, log_error=log_error, detach_weight=False, normalize_weight=normalize_weight
    )
    assert torch.autograd.gradcheck(loss, (prediction.requires_grad_(), target), eps=1e-7, atol=1e-5)


def test_a_plain_weight_sees_signs():
    _, target = (torch.tensor(image) for image in image_pair((1, 1, 16, 16)))
    assert LogFocalFrequencyLoss()(-target, target).item() == pytest.approx(0, abs=1e-12)
    assert LogFocalFrequencyLoss(log_weight=False)(-target, target).item() > 1e-3


def test_epsilon_has_no_say_in_a_plain_weight():
    pair = [torch.tensor(image) for image in image_pair((1, 1, 8, 8))]
    values = {LogFocalFrequencyLoss(log_weight=False, epsilon=epsilon)(*pair).item() for epsilon in (1e-8, 1e-2)}
    assert len(values) == 1
    with pytest.raises(ValueError, match=r"^epsilon_inside must be False where log_weight is"):
        LogFocalFrequencyLoss(log_weight=False, epsilon_inside=True)
