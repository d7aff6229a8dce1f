"""The correlation of an image with a noisy copy: Eq. 16 of the FRC paper, within its statistical error."""

import numpy as np
import pytest
import torch

from freqbench.losses import FourierRingCorrelationLoss

SIZE, DRAWS, SIGMA = 64, 400, 0.1


def clean_image(size=SIZE):
    """Return blurred points: a spectrum that falls by many orders of magnitude from the first ring to the last."""
    generator = np.random.default_rng(0)
    points = (generator.random((size, size)) < 0.05) * generator.random((size, size))
    y, x = np.fft.fftfreq(size)[:, None], np.fft.fftfreq(size)
    image = np.fft.ifft2(np.fft.fft2(points) * np.exp(-2 * (np.pi * 1.6) ** 2 * (y**2 + x**2))).real
    return image / image.max()


def ring_powers(image):
    """Return the mean of |F|^2, of the DFT without a factor, over each ring, and the rings' sizes."""
    size = len(image)
    y, x = np.mgrid[:size, :size] - size // 2
    power = np.abs(np.fft.fftshift(np.fft.fft2(image))) ** 2
    masks = [(r**2 < x**2 + y**2) & (x**2 + y**2 <= (r + 1) ** 2) for r in range(size // 2)]
    return np.array([power[mask].mean() for mask in masks]), np.array([mask.sum() for mask in masks])


@pytest.fixture(scope="module")
def measured():
    """Return the correlation of each ring for many draws of the noise, (draws, R)."""
    clean = clean_image()
    noise = SIGMA * np.random.default_rng(1).standard_normal((DRAWS, 1, SIZE, SIZE))
    target = torch.tensor(clean).expand(DRAWS, 1, SIZE, SIZE)
    return FourierRingCorrelationLoss().correlation(target + torch.tensor(noise), target).numpy()


def law():
    """Return Eq. 16, and the bias and standard deviation of one draw.

    With s = N M sigma^2 / <|F|^2> a ring of n frequencies gives (1 + a) / sqrt(1 + 2 a + b), where
    a = <Re(noise F*)> / <|F|^2> has the variance s / n (the n frequencies are n / 2 conjugate pairs) and
    b = <|noise|^2> / <|F|^2> the mean s and the variance 2 s^2 / n. The rest is its Taylor series to second order.
    """
    power, sizes = ring_powers(clean_image())
    s = SIZE**2 * SIGMA**2 / power
    expected = 1 / np.sqrt(1 + s)
    bias = (s / 2 - s**2 / 4) / (1 + s) ** 2.5 / sizes
    deviation = s * np.sqrt((s + 0.5) / sizes) / (1 + s) ** 1.5
    return expected, bias, deviation


def test_each_ring_follows_the_law(measured):
    expected, bias, deviation = law()
    # The image covers all cases: rings without noise, rings without image, and those between.
    assert expected.max() > 0.98
    assert expected[-1] < 0.01
    assert np.sum((expected > 0.1) & (expected < 0.9)) > 5
    z = (measured.mean(0) - expected - bias) / (deviation / np.sqrt(DRAWS))
    assert np.abs(z).max() < 4
    # Mean and scatter of 32 standard normal numbers.
    assert abs(z.mean()) < 4 / np.sqrt(len(z))
    assert np.mean(z**2) == pytest.approx(1, abs=4 * np.sqrt(2 / len(z)))


def test_scatter_of_the_draws_is_the_expected_one(measured):
    _, _, deviation = law()
    np.testing.assert_allclose(measured.std(0), deviation, rtol=0.25)


def test_dark_rings_average_to_zero_only_with_the_sign(measured):
    expected, _, deviation = law()
    dark = expected < 0.01
    assert dark.sum() > 5
    error = deviation[dark] / np.sqrt(DRAWS)
    assert np.all(np.abs(measured[:, dark].mean(0)) < 5 * error)
    # The modulus of a normal variable has the mean sqrt(2 / pi) times its deviation.
    modulus = np.abs(measured[:, dark]).mean(0)
    np.testing.assert_allclose(modulus, np.sqrt(2 / np.pi) * deviation[dark], rtol=0.15)
    assert np.all(modulus > 10 * error)


def test_two_noisy_copies_correlate_less():
    # Both denominators grow: 1 / (1 + s) instead of 1 / sqrt(1 + s), the Noise2Noise form of the loss.
    power, _ = ring_powers(clean_image())
    s = SIZE**2 * SIGMA**2 / power
    clean = torch.tensor(clean_image()).expand(DRAWS, 1, SIZE, SIZE)
    generator = torch.Generator().manual_seed(2)
    one, other = (clean + SIGMA * torch.randn(clean.shape, generator=generator, dtype=torch.float64) for _ in range(2))
    measured = FourierRingCorrelationLoss().correlation(one, other).mean(0).numpy()
    np.testing.assert_allclose(measured, 1 / (1 + s), atol=0.02)
