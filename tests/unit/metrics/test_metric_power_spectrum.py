"""Power spectrum distance: closed forms, what it is blind to, and the formula ring by ring."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter

from freqbench.metrics import power_spectrum_distance

SIZES = [(48, 48), (49, 49), (32, 57), (61, 30)]


def noise(seed: int, size: tuple[int, int] = (64, 64)) -> torch.Tensor:
    return torch.rand(2, 1, *size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def decibels(image: np.ndarray) -> np.ndarray:
    """The mean power of each ring of the full, shifted, orthonormal spectrum."""
    height, width = image.shape
    shorter = min(image.shape)
    down = (np.arange(height) - height // 2) * shorter / height
    right = (np.arange(width) - width // 2) * shorter / width
    rings = np.ceil(np.hypot(down[:, None], right) - 1e-9).astype(int)
    power = np.abs(np.fft.fftshift(np.fft.fft2(image, norm="ortho"))) ** 2
    means = np.array([power[rings == ring].mean() for ring in range(1, shorter // 2 + 1)])
    return 10 * np.log10(np.maximum(means, 65535.0**-2 / 12))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_the_formula_ring_by_ring(make_pair, size, dtype):
    prediction, target = make_pair(2, *size, dtype=dtype)
    differences = [
        decibels(x.double().numpy()) - decibels(y.double().numpy())
        for x, y in zip(prediction[:, 0], target[:, 0], strict=True)
    ]
    expected = np.sqrt(np.square(differences).mean(axis=1))
    assert power_spectrum_distance(prediction, target).numpy() == pytest.approx(expected, rel=1e-9)


@given(gain=st.floats(0.05, 1.0), offset=st.floats(0.0, 1.0))
def test_a_change_of_contrast_is_its_gain_in_decibel(gain, offset):
    image = noise(0)
    changed = gain * image + (1 - gain) * offset
    expected = abs(20 * math.log10(gain))
    assert power_spectrum_distance(changed, image).tolist() == pytest.approx([expected] * 2, abs=1e-9)


def test_a_filter_has_the_distance_of_its_gain():
    image = noise(0)
    rows, columns = torch.fft.fftfreq(64, dtype=torch.float64), torch.fft.rfftfreq(64, dtype=torch.float64)
    gain = 10 ** (-torch.ceil(64 * torch.hypot(rows[:, None], columns) - 1e-9) / 20)
    filtered = torch.fft.irfft2(torch.fft.rfft2(image) * gain, s=(64, 64)).clamp(0, 1)
    # Ring r loses r + 1 dB, for r = 0 to 31.
    expected = math.sqrt(np.mean(np.arange(1, 33) ** 2))
    assert power_spectrum_distance(filtered, image).tolist() == pytest.approx([expected] * 2, abs=1e-9)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("shift", [(0, 5), (7, 0), (3, 11)])
def test_a_circular_shift_is_not_seen(size, shift):
    image = noise(1, size)
    assert power_spectrum_distance(image.roll(shift, (-2, -1)), image).tolist() == pytest.approx([0, 0], abs=1e-9)


def test_mirrors_and_quarter_turns_are_not_seen():
    image = noise(1)
    for moved in (image.flip(-1), image.mT, image.rot90(1, (-2, -1)), 1 - image):
        assert power_spectrum_distance(moved, image).tolist() == pytest.approx([0, 0], abs=1e-9)


def test_smoothing_and_noise_are_both_distances(make_pair):
    _, target = make_pair(2, 64, 64, noise=0.1)
    textured = (target + 0.05 * noise(3)).clamp(0, 1)
    smoothed = [torch.from_numpy(gaussian_filter(textured.numpy(), (0, 0, sigma, sigma))) for sigma in (0.5, 1, 2)]
    noisy = [(textured + amplitude * (noise(4) - 0.5)).clamp(0, 1) for amplitude in (0.05, 0.2, 0.8)]
    for series in (smoothed, noisy):
        values = torch.stack([power_spectrum_distance(images, textured) for images in [textured, *series]])
        assert (values[0] == 0).all()
        assert (values.diff(dim=0) > 0).all()


def test_all_rings_count_alike_whatever_the_size():
    # A change of contrast, the same in all rings, has the same distance in an image of any size.
    for size in SIZES:
        image = noise(2, size)
        assert power_spectrum_distance(image / 2, image).tolist() == pytest.approx([20 * math.log10(2)] * 2, abs=1e-9)


@pytest.mark.parametrize("data_range", [1.0, 255.0, 65535.0])
def test_a_flat_image_is_as_far_as_the_rounding_to_16_bits(data_range):
    generator = torch.Generator().manual_seed(0)
    image = 0.5 + 0.05 * torch.randn(50, 1, 64, 64, generator=generator, dtype=torch.float64)
    flat = torch.full_like(image, 0.5 * data_range)
    value = power_spectrum_distance(flat, image * data_range, data_range).mean().item()
    assert value == pytest.approx(10 * math.log10(0.05**2 * 12 * 65535**2), abs=0.2)
    assert power_spectrum_distance(flat, flat, data_range).tolist() == [0.0] * 50
