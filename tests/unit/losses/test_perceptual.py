"""Perceptual losses: the features' distance and where its gradient goes."""

import pytest
import torch

from freqbench.losses import FeatureSpaceLoss, LogFocalFrequencyLoss, PerceptualLoss
from freqbench.models import VGGFeatures


@pytest.fixture(scope="module")
def features():
    return VGGFeatures("vgg19", ["conv1_2", "conv2_2"], weights="untrained")


def image_pair(channels=1):
    generator = torch.Generator().manual_seed(0)
    return torch.rand(2, channels, 16, 20, generator=generator), torch.rand(2, channels, 16, 20, generator=generator)


@pytest.mark.parametrize("channels", [1, 3])
def test_distance_of_the_features(features, channels):
    prediction, target = image_pair(channels)
    difference = features(prediction)["conv2_2"] - features(target)["conv2_2"]
    torch.testing.assert_close(PerceptualLoss(features)(prediction, target), difference.abs().mean())
    mse = PerceptualLoss(features, criterion="mse")
    torch.testing.assert_close(mse(prediction, target), difference.square().mean())
    assert mse(target, target) == 0


def test_any_loss_in_feature_space(features):
    prediction, target = image_pair()
    criterion = LogFocalFrequencyLoss(2.0)
    expected = criterion(features(prediction)["conv1_2"], features(target)["conv1_2"])
    torch.testing.assert_close(FeatureSpaceLoss(features, criterion)(prediction, target), expected)


@pytest.mark.parametrize("make", [PerceptualLoss, lambda f: FeatureSpaceLoss(f, LogFocalFrequencyLoss())])
def test_gradient_reaches_the_prediction_alone(features, make):
    prediction, target = (image.requires_grad_() for image in image_pair())
    loss = make(features)
    loss(prediction, target).backward()
    assert torch.isfinite(prediction.grad).all()
    assert prediction.grad.any()
    assert target.grad is None
    assert all(parameter.grad is None for parameter in loss.parameters())


def test_gradient_is_the_derivative(features):
    prediction, target = image_pair()
    double = VGGFeatures("vgg19", ["conv2_2"], weights="untrained").double()
    loss = PerceptualLoss(double, criterion="mse")
    image = prediction.double().requires_grad_()
    (gradient,) = torch.autograd.grad(loss(image, target.double()), image)
    direction = torch.randn(image.shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    step = 1e-6
    with torch.no_grad():
        ahead, behind = (loss(image + sign * step * direction, target.double()) for sign in (1, -1))
    assert (gradient * direction).sum().item() == pytest.approx(((ahead - behind) / (2 * step)).item(), rel=1e-5)


def test_wrong_options_are_named(features):
    with pytest.raises(ValueError, match=r"layer must be one of 'conv1_2', 'conv2_2', not 'conv5_4'"):
        PerceptualLoss(features, "conv5_4")
    with pytest.raises(ValueError, match="criterion must be one of"):
        PerceptualLoss(features, criterion="l2")
    with pytest.raises(ValueError, match="differ in shape"):
        PerceptualLoss(features)(torch.zeros(1, 1, 8, 8), torch.zeros(2, 1, 8, 8))
