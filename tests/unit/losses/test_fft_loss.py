"""FFT loss against its formula on the full spectrum in float64 NumPy, and in closed forms."""

import numpy as np
import pytest
import torch

from freqbench.losses import FFTLoss

SHAPES = [(2, 3, 12, 16), (1, 1, 7, 9), (1, 2, 8, 5), (2, 1, 1, 6), (1, 1, 1, 1), (1, 1, 33, 64)]
OPTIONS = [{}, {"norm": "backward"}, {"difference": "modulus"}, {"difference": "modulus", "norm": "backward"}]


def image_pair(shape, seed=0):
    generator = np.random.default_rng(seed)
    return generator.random(shape), generator.random(shape)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_value_is_the_formula(shape, options):
    prediction, target = image_pair(shape)
    p, t = (np.fft.fft2(image, norm=options.get("norm", "ortho")) for image in (prediction, target))
    modulus = options.get("difference") == "modulus"
    expected = np.mean(np.abs(np.abs(p) - np.abs(t)) if modulus else np.abs(p - t))
    loss = FFTLoss(**options)
    assert loss(torch.tensor(prediction), torch.tensor(target)).item() == pytest.approx(expected, rel=1e-12)
    single = loss(torch.tensor(prediction).float(), torch.tensor(target).float())
    assert single.item() == pytest.approx(expected, rel=1e-5)


def test_one_point_spreads_over_the_spectrum_and_one_offset_stays_at_its_centre():
    image = torch.zeros(1, 1, 12, 16, dtype=torch.float64)
    point = image.clone()
    point[..., 3, 5] = 0.5
    # |F| = a / sqrt(N M) everywhere, or sqrt(N M) a at the zero frequency alone: the same mean.
    assert FFTLoss()(point, image).item() == pytest.approx(0.5 / np.sqrt(192))
    assert FFTLoss()(image + 0.5, image).item() == pytest.approx(0.5 / np.sqrt(192))
    assert FFTLoss(norm="backward")(point, image).item() == pytest.approx(0.5)
    # A wave has half of its amplitude at two frequencies.
    wave = 0.5 * torch.cos(2 * torch.pi * 3 * torch.arange(16, dtype=torch.float64) / 16).expand_as(image)
    assert FFTLoss()(wave, image).item() == pytest.approx(0.5 / np.sqrt(192))


def test_the_moduli_do_not_see_a_shift_and_the_complex_numbers_do():
    target = torch.tensor(image_pair((1, 1, 12, 16))[0])
    shifted = target.roll((2, 5), (-2, -1))
    assert FFTLoss(difference="modulus")(shifted, target).item() == pytest.approx(0, abs=1e-15)
    assert FFTLoss()(shifted, target).item() > 0.2


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_equal_images_give_zero_and_no_gradient(options):
    for value in (torch.tensor(image_pair((1, 1, 8, 9))[0]), torch.zeros(1, 1, 8, 9, dtype=torch.float64)):
        image = value.clone().requires_grad_()
        loss = FFTLoss(**options)(image, value)
        loss.backward()
        assert loss.item() == 0
        assert not image.grad.any()


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("shape", [(2, 1, 6, 8), (1, 2, 5, 7)], ids=str)
def test_gradient(shape, options):
    prediction, target = (torch.tensor(image) for image in image_pair(shape))
    assert torch.autograd.gradcheck(FFTLoss(**options), (prediction.requires_grad_(), target))


@pytest.mark.parametrize(
    ("options", "named"),
    [({"difference": "phase"}, "difference"), ({"norm": "forward"}, "norm"), ({"norm": 1}, "norm")],
)
def test_wrong_options_are_named(options, named):
    with pytest.raises(ValueError, match=f"^{named} must be"):
        FFTLoss(**options)
