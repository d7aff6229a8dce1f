"""The power of residuals: closed forms, Parseval's theorem, and what is refused."""

import numpy as np
import pytest

from freqbench.spectra.residual import ROUNDING, relative_decibel, residual_power


def images(rng, shape=(3, 24, 32)):
    return rng.random(shape, dtype=np.float32)


@pytest.mark.parametrize("shape", [(1, 16, 16), (5, 24, 32), (3, 15, 17)])
def test_without_a_window_it_is_the_mean_squared_dft(shape):
    rng = np.random.default_rng(0)
    restored, clean = images(rng, shape), images(rng, shape)
    spectra = np.fft.fft2(restored.astype(float) - clean, norm="ortho")
    expected = np.fft.fftshift((np.abs(spectra) ** 2).mean(0))
    found = residual_power(restored, clean, window="none", batch_size=2)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-15)
    # Parseval: its mean is the mean squared error
    assert found.mean() == pytest.approx(np.square(restored.astype(float) - clean).mean())


def test_a_wave_stands_at_its_frequency_and_the_zero_frequency_in_the_middle():
    y, x = np.mgrid[:32, :32]
    wave = (0.1 * np.cos(2 * np.pi * (5 * x + 3 * y) / 32)).astype(np.float32)[None]
    power = residual_power(wave, np.zeros_like(wave), window="none")
    assert set(zip(*np.nonzero(power > 1e-9 * power.max()), strict=True)) == {(19, 21), (13, 11)}
    flat = np.full_like(wave, 0.2)
    assert np.unravel_index(residual_power(flat, np.zeros_like(flat), window="none").argmax(), (32, 32)) == (16, 16)


def test_behind_the_window_white_noise_keeps_its_power_and_an_offset_has_none():
    rng = np.random.default_rng(1)
    clean = np.full((200, 32, 32), 0.5, dtype=np.float32)
    noisy = (clean + 0.05 * rng.standard_normal(clean.shape)).astype(np.float32)
    power = residual_power(noisy, clean)
    away = np.hypot(*np.mgrid[-16:16, -16:16]) > 3
    assert power[away].mean() == pytest.approx(0.05**2, rel=0.01)
    assert residual_power(clean + np.float32(0.25), clean).max() < 1e-12


def test_decibels_are_relative_and_a_perfect_restoration_is_finite():
    power = np.array([[1e-3, 1e-4], [0.0, 1e-5]])
    assert relative_decibel(10 * power, power)[0] == pytest.approx([10, 10])
    assert relative_decibel(power, power)[1, 0] == 0
    assert relative_decibel(np.zeros(1), np.array([ROUNDING * 1e6])) == pytest.approx(-60)


@pytest.mark.parametrize(
    ("restored", "clean"),
    [
        (np.zeros((2, 4, 4), np.float32), np.zeros((3, 4, 4), np.float32)),
        (np.zeros((4, 4), np.float32), np.zeros((4, 4), np.float32)),
        (np.zeros((0, 4, 4), np.float32), np.zeros((0, 4, 4), np.float32)),
        (np.full((1, 4, 4), np.nan, np.float32), np.zeros((1, 4, 4), np.float32)),
    ],
)
def test_what_makes_no_sense_is_refused(restored, clean):
    with pytest.raises(ValueError, match="must"):
        residual_power(restored, clean)
