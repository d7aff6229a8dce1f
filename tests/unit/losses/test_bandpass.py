"""Band-pass loss against SciPy's Gaussian filters, and the transfer function of its filter."""

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from freqbench.losses import BandpassLoss

SHAPES = [(2, 3, 24, 32), (1, 1, 45, 27), (1, 2, 7, 9), (2, 1, 1, 30), (1, 1, 30, 1), (1, 1, 2, 2), (1, 1, 64, 64)]
OPTIONS = [{}, {"narrow_sigma": 1.0, "wide_sigma": 2.0}, {"truncate": 3.0}]


def image_pair(shape, seed=0):
    generator = np.random.default_rng(seed)
    return generator.random(shape), generator.random(shape)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_value_is_the_formula(shape, options):
    prediction, target = image_pair(shape)
    sigmas = options.get("narrow_sigma", 0.5), options.get("wide_sigma", 5.0)
    truncate = options.get("truncate", 4.0)

    def bandpass(images):
        narrow, wide = (gaussian_filter(images, (0, 0, s, s), mode="reflect", truncate=truncate) for s in sigmas)
        return narrow - wide

    # The paper filters both images; the filter is linear.
    expected = np.mean(np.abs(bandpass(target) - bandpass(prediction)))
    loss = BandpassLoss(**options)
    assert loss(torch.tensor(prediction), torch.tensor(target)).item() == pytest.approx(expected, rel=1e-11)
    single = loss(torch.tensor(prediction).float(), torch.tensor(target).float())
    assert single.item() == pytest.approx(expected, rel=1e-5)


def test_blind_to_an_offset():
    prediction, target = (torch.tensor(image) for image in image_pair((1, 1, 20, 30)))
    value = BandpassLoss()(prediction, target)
    torch.testing.assert_close(BandpassLoss()(prediction + 3, target), value)
    assert BandpassLoss()(target + 3, target).item() == pytest.approx(0, abs=1e-14)


def test_waves_pass_by_the_transfer_function():
    # Waves that continue themselves in the mirror keep their form, so the loss is gain times mean |wave|.
    size = 64
    loss, gains = BandpassLoss(), []
    for k in range(size):
        wave = np.cos(np.pi * k * (np.arange(size) + 0.5) / size)
        responses = []
        for sigma, radius in ((0.5, 2), (5.0, 20)):
            steps = np.arange(-radius, radius + 1)
            kernel = np.exp(-(steps**2) / (2 * sigma**2))
            responses.append(np.sum(kernel * np.cos(np.pi * k * steps / size)) / kernel.sum())
        image = torch.tensor(wave).expand(1, 1, size, size)
        gains.append(responses[0] - responses[1])
        expected = abs(gains[-1]) * np.abs(wave).mean()
        for direction in (image, image.mT):
            assert loss(direction, torch.zeros_like(image)).item() == pytest.approx(expected, abs=1e-13)
    # Low frequencies are lost to the wide Gaussian, high ones to the narrow one.
    assert gains[0] == pytest.approx(0, abs=1e-15)
    assert 5 < np.argmax(gains) < 20
    assert max(gains) > 0.85
    assert gains[-1] < 0.6


@pytest.mark.parametrize("shape", [(2, 1, 6, 8), (1, 2, 5, 7), (1, 1, 1, 4)], ids=str)
def test_gradient(shape):
    prediction, target = (torch.tensor(image) for image in image_pair(shape))
    assert torch.autograd.gradcheck(BandpassLoss(), (prediction.requires_grad_(), target))


def test_equal_images_give_zero_and_no_gradient():
    target = torch.tensor(image_pair((1, 1, 8, 9))[0])
    prediction = target.clone().requires_grad_()
    value = BandpassLoss()(prediction, target)
    value.backward()
    assert value.item() == 0
    assert not prediction.grad.any()


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"narrow_sigma": 0}, "narrow_sigma"),
        ({"narrow_sigma": 5}, "narrow_sigma"),
        ({"narrow_sigma": 2, "wide_sigma": 1.0}, "narrow_sigma"),
        ({"wide_sigma": "5"}, "wide_sigma"),
        ({"truncate": -1}, "truncate"),
    ],
)
def test_wrong_options_are_named(options, named):
    with pytest.raises(ValueError, match=f"^{named} must be"):
        BandpassLoss(**options)
