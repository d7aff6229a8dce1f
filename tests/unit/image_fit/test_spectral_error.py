"""The relative error of a spectrum by ring: closed forms, and a planted frequency."""

import numpy as np
import pytest
import torch

from freqbench.image_fit.spectral_error import BANDS, band_of, has_power_everywhere, spectral_error

SIDE = 32


@pytest.fixture
def target():
    return torch.rand((1, 1, SIDE, SIDE), generator=torch.Generator().manual_seed(0))


def test_nothing_is_one_and_the_target_is_zero(target):
    images = torch.cat([torch.zeros_like(target), target])
    errors = spectral_error(images, target)
    assert errors.shape == (2, SIDE // 2)
    torch.testing.assert_close(errors[0], torch.ones(SIDE // 2, dtype=torch.float64))
    assert errors[1].eq(0).all()


@pytest.mark.parametrize("factor", [0.25, 0.9, 2.0])
def test_a_scaled_image_has_the_same_error_everywhere(target, factor):
    expected = torch.full((1, SIDE // 2), (1 - factor) ** 2, dtype=torch.float64)
    torch.testing.assert_close(spectral_error(factor * target.double(), target.double()), expected)


def test_a_wave_is_seen_in_its_ring_alone(target):
    x = torch.arange(SIDE, dtype=torch.float64)
    wave = (0.1 * torch.cos(2 * torch.pi * 5 * x / SIDE)).expand(1, 1, SIDE, SIDE)
    errors = spectral_error(target.double() + wave, target.double())[0]
    # ring r holds the distances in (r, r + 1]; written from the definition, over the full spectrum
    rows = np.fft.fftfreq(SIDE) * SIDE
    distance = np.hypot(rows[:, None], rows)
    members = (distance > 4) & (distance <= 5)
    spectra = [np.fft.fft2(image[0, 0].numpy()) for image in (wave, target.double())]
    powers = [(np.abs(spectrum[members]) ** 2).sum() for spectrum in spectra]
    assert errors[4].item() == pytest.approx(powers[0] / powers[1], rel=1e-9)
    errors[4] = 0
    assert errors.max() < 1e-20


def test_bands_are_thirds_of_the_frequencies_up_to_nyquist():
    frequencies = np.array([0.01, 1 / 6 - 1e-6, 1 / 6 + 1e-6, 1 / 3 - 1e-6, 1 / 3 + 1e-6, 0.49])
    assert list(band_of(frequencies)) == ["low", "low", "middle", "middle", "high", "high"]
    assert [high for _, high in BANDS.values()][-1] == 0.5


def test_an_image_without_high_frequencies_is_found(target):
    assert has_power_everywhere(target)
    x = torch.arange(SIDE, dtype=torch.float64)
    assert not has_power_everywhere((0.5 + 0.1 * torch.cos(2 * torch.pi * x / SIDE)).expand(1, 1, SIDE, SIDE))
    assert not has_power_everywhere(torch.zeros(1, 1, SIDE, SIDE))
