"""FRC: closed forms, the formula ring by ring, the loss of the same name, and the statistics of noise."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter

from freqbench.losses import FourierRingCorrelationLoss
from freqbench.metrics import frc, frc_area, frc_frequencies

SIZES = [(48, 48), (49, 49), (32, 57), (61, 30)]


def noise(seed: int, count: int = 2, size: tuple[int, int] = (64, 64)) -> torch.Tensor:
    return torch.rand(count, 1, *size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def reference(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Kaczmar-Michalska et al., Eq. 3, with a loop over the rings of the full, shifted spectrum."""
    height, width = x.shape
    shorter = min(x.shape)
    down = (np.arange(height) - height // 2) * shorter / height
    right = (np.arange(width) - width // 2) * shorter / width
    distance = np.hypot(down[:, None], right)
    p, t = (np.fft.fftshift(np.fft.fft2(image)) for image in (x, y))
    curve = []
    for ring in range(shorter // 2):
        inside = (distance > ring + 1e-9) & (distance <= ring + 1 + 1e-9)
        common = (p[inside] * t[inside].conj()).sum().real
        curve.append(common / np.sqrt((np.abs(p[inside]) ** 2).sum() * (np.abs(t[inside]) ** 2).sum()))
    return np.array(curve)


@pytest.mark.parametrize("size", SIZES)
def test_the_formula_ring_by_ring(make_pair, size):
    prediction, target = make_pair(2, *size)
    curves = frc(prediction, target)
    assert curves.shape == (2, min(size) // 2)
    assert curves.dtype == torch.float64
    for curve, x, y in zip(curves, prediction[:, 0], target[:, 0], strict=True):
        np.testing.assert_allclose(curve.numpy(), reference(x.numpy(), y.numpy()), atol=1e-9)


@pytest.mark.parametrize("size", SIZES)
def test_it_is_one_minus_the_loss(make_pair, size):
    prediction, target = make_pair(3, *size)
    loss = FourierRingCorrelationLoss()
    torch.testing.assert_close(frc(prediction, target), loss.correlation(prediction, target), rtol=0, atol=1e-4)
    assert 1 - frc_area(prediction, target).mean().item() == pytest.approx(loss(prediction, target).item(), abs=1e-4)


@pytest.mark.parametrize("size", SIZES)
def test_identical_and_inverted_images(size):
    image = noise(0, size=size)
    torch.testing.assert_close(frc(image, image), torch.ones(2, min(size) // 2).double())
    torch.testing.assert_close(frc(1 - image, image), -torch.ones(2, min(size) // 2).double())
    assert frc_area(image, image).tolist() == pytest.approx([1, 1], abs=1e-12)
    assert frc_area(1 - image, image).tolist() == pytest.approx([-1, -1], abs=1e-12)


@given(gain=st.floats(0.01, 1.0), offset=st.floats(0.0, 1.0))
def test_brightness_and_contrast_are_not_seen(gain, offset):
    image, other = noise(1), noise(2)
    changed = gain * image + (1 - gain) * offset
    torch.testing.assert_close(frc(changed, other), frc(image, other), rtol=0, atol=1e-9)


def test_an_isotropic_blur_is_not_seen():
    image, other = noise(1), noise(2)
    rows, columns = torch.fft.fftfreq(64, dtype=torch.float64), torch.fft.rfftfreq(64, dtype=torch.float64)
    # constant within each ring, as the invariance asks
    gain = torch.exp(-torch.ceil(64 * torch.hypot(rows[:, None], columns)) / 10)
    blurred = torch.fft.irfft2(torch.fft.rfft2(image) * gain, s=(64, 64)).clamp(0, 1)
    torch.testing.assert_close(frc(blurred, other), frc(image, other), rtol=0, atol=1e-9)


def test_independent_noise_is_uncorrelated_within_its_standard_error():
    # A ring of n frequencies has n / 2 independent pairs of conjugates: the correlation of noise has mean 0 and the
    # standard deviation sqrt(1 / n).
    count, size = 200, 64
    curves = frc(noise(3, count, (size, size)), noise(4, count, (size, size)))
    signed = np.fft.fftfreq(size) * size
    rings = np.ceil(np.hypot(signed[:, None], signed) - 1e-9).astype(int)
    members = np.bincount(rings.ravel())[1 : size // 2 + 1]
    error = np.sqrt(1 / members)
    assert np.abs(curves.mean(dim=0).numpy() / (error / np.sqrt(count))).max() < 4
    assert curves.std(dim=0).numpy() == pytest.approx(error, rel=0.25)
    area_error = np.sqrt((1 / members).sum()) / (len(members) - 1)
    assert abs(frc_area(noise(5, count), noise(6, count)).mean()) < 4 * area_error / np.sqrt(count)


def test_noise_of_known_power_gives_the_correlation_of_its_signal_to_noise_ratio():
    # F_p = F_t + E with powers S and N: FRC = sqrt(S / (S + N)), for white images the same in every ring.
    generator = torch.Generator().manual_seed(7)
    target, error = 0.5 + 0.05 * torch.randn(2, 50, 1, 64, 64, generator=generator, dtype=torch.float64)
    curve = frc(target + (error - 0.5), target).mean(dim=0)
    assert curve[3:].numpy() == pytest.approx(np.full(29, 0.5**0.5), abs=0.02)


def test_the_area_is_the_trapezoidal_rule():
    image, other = noise(1, size=(10, 12)), noise(2, size=(10, 12))
    a, b, c, d, e = frc(image, other).T
    torch.testing.assert_close(frc_area(image, other), (a / 2 + b + c + d + e / 2) / 4)


@pytest.mark.parametrize("size", SIZES)
def test_frequencies_are_the_middles_of_the_rings_in_cycles_per_pixel(size):
    frequencies = frc_frequencies(*size)
    assert frequencies.shape == frc(noise(0, size=size), noise(1, size=size)).shape[1:]
    torch.testing.assert_close(frequencies.diff(), torch.full_like(frequencies[1:], 1 / min(size)))
    assert frequencies[0].item() == pytest.approx(0.5 / min(size))
    assert 0.5 - 1.1 / min(size) < frequencies[-1].item() < 0.5


@pytest.mark.parametrize("period", [4, 8, 16])
def test_a_wave_that_both_images_have_is_found_at_its_frequency(period):
    wave = 0.3 * torch.cos(2 * torch.pi * torch.arange(64).double() / period).expand(1, 1, 64, 64)
    curve = frc((noise(1, 1) + wave + 0.5) / 3, (noise(2, 1) + wave + 0.5) / 3)[0]
    assert frc_frequencies(64, 64)[curve.argmax()].item() == pytest.approx(1 / period, abs=1 / 64)


def test_filtering_noise_out_does_not_raise_the_curve_but_keeping_structure_does(make_pair):
    # A filter of the prediction alone scales the rings; what is lost to noise stays lost.
    prediction, target = make_pair(2, 64, 64, noise=0.2)
    filtered = torch.from_numpy(gaussian_filter(prediction.numpy(), (0, 0, 1, 1), mode="wrap"))
    torch.testing.assert_close(frc_area(filtered, target), frc_area(prediction, target), rtol=0, atol=0.02)
    less_noisy, _ = make_pair(2, 64, 64, noise=0.05)
    assert (frc_area(less_noisy, target) > frc_area(prediction, target) + 0.05).all()


@pytest.mark.parametrize("level", [0.0, 0.3, 1.0])
def test_an_image_without_structure_correlates_with_nothing(level):
    flat = torch.full((2, 1, 31, 40), level, dtype=torch.float64)
    for pair in ((flat, noise(0, size=(31, 40))), (noise(0, size=(31, 40)), flat), (flat, flat)):
        assert not frc(*pair).any()
        assert frc_area(*pair).tolist() == [0.0, 0.0]


def test_the_smallest_images():
    assert frc(noise(0, size=(2, 3)), noise(1, size=(2, 3))).shape == (2, 1)
    with pytest.raises(ValueError, match="frc: needs images of at least 2x2 pixels, got 1x8"):
        frc(noise(0, size=(1, 8)), noise(1, size=(1, 8)))
    with pytest.raises(ValueError, match="frc_area: needs images of at least 4x4 pixels, got 3x8"):
        frc_area(noise(0, size=(3, 8)), noise(1, size=(3, 8)))
    with pytest.raises(ValueError, match="no whole ring"):
        frc_frequencies(1, 8)
