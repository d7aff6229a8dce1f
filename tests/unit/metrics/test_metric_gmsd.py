"""GMSD: the formula and the authors' MATLAB value to the last digit."""

import inspect
import math

import numpy as np
import piq
import pytest
import torch
from scipy.signal import convolve2d

from freqbench.metrics import gmsd


def reference(x: np.ndarray, y: np.ndarray) -> float:
    """Xue et al. (2014), Eq. 4 to 6, for images on the 8-bit scale, of even height and width."""
    prewitt = np.array([[1, 0, -1], [1, 0, -1], [1, 0, -1]]) / 3

    def gradient(image: np.ndarray) -> np.ndarray:
        height, width = image.shape
        pooled = image.reshape(height // 2, 2, width // 2, 2).mean(axis=(1, 3))
        return np.hypot(convolve2d(pooled, prewitt, mode="same"), convolve2d(pooled, prewitt.T, mode="same"))

    g_x, g_y = gradient(x), gradient(y)
    similarity = (2 * g_x * g_y + 170) / (g_x**2 + g_y**2 + 170)
    return float(similarity.std())


@pytest.mark.parametrize("size", [(6, 6), (48, 48), (32, 70)])
def test_the_formula_written_out(make_pair, size):
    prediction, target = make_pair(3, *size)
    expected = [
        reference(255 * x.numpy(), 255 * y.numpy()) for x, y in zip(prediction[:, 0], target[:, 0], strict=True)
    ]
    assert gmsd(prediction, target).numpy() == pytest.approx(np.array(expected), abs=1e-12)


@pytest.mark.parametrize("size", [(31, 31), (31, 40), (40, 31)])
def test_odd_sizes_are_padded_with_zeros(make_pair, size):
    prediction, target = make_pair(1, *size)
    # Where one side is odd, both are padded.
    padded = [np.pad(255 * images[0, 0].numpy(), (0, 1)) for images in (prediction, target)]
    height, width = (length // 2 * 2 for length in padded[0].shape)
    expected = reference(*(image[:height, :width] for image in padded))
    assert gmsd(prediction, target).item() == pytest.approx(expected, abs=1e-12)


def test_halving_the_contrast_lowers_the_value(make_pair):
    prediction, target = make_pair(3)
    assert (gmsd(prediction / 2, target / 2) < gmsd(prediction, target)).all()


def test_a_shift_of_brightness_changes_only_the_border(make_pair):
    _, target = make_pair(1, 64, 64)
    shifted = (target * 0.8 + 0.1).clamp(0, 1)
    assert gmsd(shifted, target * 0.8).item() < 0.2


def test_no_setting_is_left_to_the_librarys_defaults(monkeypatch, make_pair):
    options: dict[str, object] = {}

    def record(x: torch.Tensor, y: torch.Tensor, **given: object) -> torch.Tensor:
        options.update(given)
        return torch.zeros(len(x))

    allowed = set(inspect.signature(piq.gmsd).parameters) - {"x", "y"}
    monkeypatch.setattr(piq, "gmsd", record)
    gmsd(*make_pair(1))
    assert set(options) == allowed


@pytest.mark.mirror
def test_the_authors_matlab_value(mirror_image):
    jpeg, original = mirror_image("data/oracles/goldhill_jpeg.gif"), mirror_image("data/oracles/goldhill.gif")
    pixels = (original.shape[2] // 2) * (original.shape[3] // 2)
    # MATLAB's std2 divides by n - 1.
    sample_deviation = gmsd(jpeg, original).item() * math.sqrt(pixels / (pixels - 1))
    assert sample_deviation == pytest.approx(0.138012587141798, abs=1e-12)
