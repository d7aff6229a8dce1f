"""Radial power spectra, and those of gradients that are known."""

import numpy as np
import pytest
import torch

from freqbench.losses import BandpassLoss, FFTLoss, PixelL2Loss
from freqbench.losses.gaussian import gaussian_filter
from freqbench.sensitivity.gradient_spectrum import gradient_spectrum, radial_power


def noise(*shape, seed=0):
    return torch.rand(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("size", [(16, 16), (17, 17), (16, 23), (30, 21)])
def test_radial_power_is_the_mean_over_the_full_spectrum_s_ring(size):
    image = noise(*size)
    power = np.abs(np.fft.fft2(image.numpy(), norm="ortho")) ** 2
    distance = np.hypot(*np.meshgrid(*(np.fft.fftfreq(n) for n in size), indexing="ij")) * min(size)
    # round half up, as the rings do
    rings = np.floor(distance + 0.5 + 1e-9)
    expected = [power[rings == ring].mean() for ring in range(1, min(size) // 2 + 1)]
    np.testing.assert_allclose(radial_power(image), expected, rtol=1e-10)


def test_a_wave_has_power_in_its_own_ring_only():
    x = torch.arange(32, dtype=torch.float64)
    power = radial_power(torch.cos(2 * torch.pi * 5 * x / 32).expand(32, 32))
    assert power[4] > 1
    others = power.clone()
    others[4] = 0
    assert others.abs().max() < 1e-20


def test_the_gradient_of_the_squared_error_is_the_error():
    prediction, target = noise(1, 1, 24, 24), noise(1, 1, 24, 24, seed=1)
    expected = radial_power((prediction - target)[0, 0])
    spectrum = gradient_spectrum(PixelL2Loss(), prediction, target)
    torch.testing.assert_close(spectrum, expected / expected.mean())
    assert not prediction.requires_grad


def test_the_fft_loss_pulls_alike_at_all_frequencies():
    spectrum = gradient_spectrum(FFTLoss(), noise(1, 1, 32, 32), noise(1, 1, 32, 32, seed=1))
    torch.testing.assert_close(spectrum, torch.ones_like(spectrum))


def test_the_band_pass_loss_pulls_in_its_band():
    spectrum = gradient_spectrum(BandpassLoss(), noise(1, 1, 128, 128), noise(1, 1, 128, 128, seed=1))
    impulse = torch.zeros(129, 129, dtype=torch.float64)
    impulse[64, 64] = 1
    transfer = radial_power(gaussian_filter(impulse, 0.5) - gaussian_filter(impulse, 5.0))
    peak = int(transfer.argmax())
    assert spectrum[0] < 0.1 * spectrum[peak]
    assert spectrum[-1] < 0.7 * spectrum[peak]
