"""LFD: the formula with its DFTs, closed forms, and its relation to PSNR."""

import math

import numpy as np
import pytest
import torch

from freqbench.metrics import lfd, psnr


def reference(x: np.ndarray, y: np.ndarray) -> float:
    """Jiang et al. (2021): images in [0, 255], DFT without normalisation, natural logarithm."""
    difference = np.fft.fft2(255 * x) - np.fft.fft2(255 * y)
    return float(np.log(np.mean(np.abs(difference) ** 2) + 1))


@pytest.mark.parametrize("size", [(1, 1), (64, 64), (48, 81), (31, 20)])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_the_formula_with_its_transforms(make_pair, size, dtype):
    prediction, target = make_pair(3, *size, dtype=dtype)
    expected = [
        reference(x.double().numpy(), y.double().numpy()) for x, y in zip(prediction[:, 0], target[:, 0], strict=True)
    ]
    value = lfd(prediction, target)
    assert value.dtype == torch.float64
    assert value.numpy() == pytest.approx(np.array(expected), rel=1e-9)


@pytest.mark.parametrize(("down", "right"), [(0, 5), (7, 0), (3, 11)])
@pytest.mark.parametrize("amplitude", [0.001, 0.2])
def test_one_planted_frequency(down, right, amplitude):
    height, width = 24, 40
    y, x = torch.arange(height).double()[:, None], torch.arange(width).double()
    wave = torch.cos(2 * torch.pi * (down * y / height + right * x / width))
    target = torch.full((1, 1, height, width), 0.5, dtype=torch.float64)
    # Two coefficients of a MN / 2 each: their squares' mean over the MN coefficients is a^2 MN / 2.
    expected = math.log(0.5 * (255 * amplitude) ** 2 * height * width + 1)
    assert lfd(target + amplitude * wave, target).item() == pytest.approx(expected, rel=1e-9)


def test_an_offset_is_an_error_of_the_zero_frequency():
    target = torch.full((1, 1, 16, 32), 0.25, dtype=torch.float64)
    assert lfd(target + 0.1, target).item() == pytest.approx(math.log(25.5**2 * 512 + 1), rel=1e-12)


@pytest.mark.parametrize("size", [(64, 64), (30, 50)])
def test_for_one_size_it_is_a_function_of_psnr(make_pair, size):
    prediction, target = make_pair(4, *size)
    squared_error = 255**2 / 10 ** (psnr(prediction, target) / 10)
    torch.testing.assert_close(lfd(prediction, target), (size[0] * size[1] * squared_error).log1p())


def test_it_grows_with_the_image(make_pair):
    prediction, target = make_pair(2, 48, 48)
    tiled = (images.repeat(1, 1, 2, 2) for images in (prediction, target))
    torch.testing.assert_close(lfd(*tiled), lfd(prediction, target) + math.log(4), rtol=0, atol=1e-6)


def test_a_tiny_error_is_not_lost_beside_the_one():
    target = torch.zeros(1, 1, 8, 8, dtype=torch.float64)
    prediction = target.clone()
    prediction[0, 0, 0, 0] = 1e-9 / 255
    assert lfd(prediction, target).item() == pytest.approx(1e-18, rel=1e-9)
