"""PSNR: closed forms, precision, and raw images of known PSNR."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from freqbench.metrics import psnr


@given(error=st.floats(1e-6, 1.0), data_range=st.sampled_from([1.0, 255.0, 65535.0]))
def test_a_uniform_error_has_the_psnr_of_the_formula(error, data_range):
    target = torch.zeros(1, 1, 4, 5, dtype=torch.float64)
    prediction = torch.full_like(target, error * data_range)
    value = psnr(prediction, target, data_range=data_range).item()
    assert value == pytest.approx(-20 * math.log10(error), abs=1e-9)


def test_one_wrong_pixel_among_many():
    target = torch.zeros(1, 1, 10, 20, dtype=torch.float64)
    prediction = target.clone()
    prediction[0, 0, 3, 7] = 0.5
    assert psnr(prediction, target).item() == pytest.approx(10 * math.log10(200 / 0.25), abs=1e-12)


def test_images_are_measured_one_by_one_and_not_pooled():
    target = torch.zeros(2, 1, 8, 8)
    prediction = torch.stack([torch.full((1, 8, 8), 0.01), torch.full((1, 8, 8), 0.1)])
    torch.testing.assert_close(psnr(prediction, target), torch.tensor([40.0, 20.0]).double(), atol=1e-5, rtol=0)


def test_identical_images_are_infinitely_good():
    image = torch.rand(2, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    assert psnr(image, image).tolist() == [math.inf, math.inf]


def test_the_mean_is_taken_in_double_precision():
    target = torch.full((1, 1, 1024, 1024), 0.9)
    prediction = target.clone()
    prediction[..., ::2] += 3e-4
    exact = (prediction.double() - target.double()).square().mean()
    value = psnr(prediction, target)
    assert value.dtype == torch.float64
    assert value.item() == pytest.approx(-10 * math.log10(exact.item()), abs=1e-12)


@pytest.mark.mirror
@pytest.mark.parametrize(("number", "published"), [(1, 22.880), (2, 22.858), (3, 22.828), (4, 22.890)])
def test_raw_zebrafish_images_have_their_known_psnr(mirror_image, number, published):
    folder = "data/fmd_mini/Confocal_FISH"
    raw = mirror_image(f"{folder}/raw/19/test_mix_{number}.png")
    clean = mirror_image(f"{folder}/gt/19/avg50.png")
    assert psnr(raw, clean).item() == pytest.approx(published, abs=6e-4)
