"""The low-pass filter and the curves that it gives, against closed forms."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from freqbench.losses import FFTLoss, FourierRingCorrelationLoss, PixelL2Loss
from freqbench.metrics import frc
from freqbench.sensitivity.low_pass import cutoffs, low_pass, low_pass_losses, normalised


def noise(*shape):
    return torch.rand(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


def wave(height, width, rows, columns):
    """Return a cosine with that many cycles along each side."""
    y, x = torch.arange(height, dtype=torch.float64)[:, None], torch.arange(width, dtype=torch.float64)
    return torch.cos(2 * torch.pi * (rows * y / height + columns * x / width))


@pytest.mark.parametrize(
    ("size", "cycles", "modulus"),
    [
        ((32, 32), (3, 4), 5.0),
        ((32, 32), (0, 16), 16.0),
        ((31, 31), (5, 12), 13.0),
        # 8 cycles along 64 pixels are 0.125 cycles per pixel, as 4 along the 32 of the shorter side
        ((32, 64), (0, 8), 4.0),
        ((64, 32), (6, 4), 5.0),
    ],
)
def test_a_wave_passes_up_to_its_modulus(size, cycles, modulus):
    image = 0.5 + wave(*size, *cycles)
    torch.testing.assert_close(low_pass(image, modulus), image)
    torch.testing.assert_close(low_pass(image, modulus - 0.01), torch.full_like(image, 0.5))


@given(height=st.integers(2, 24), width=st.integers(2, 24), cutoff=st.floats(0, 12))
def test_it_keeps_the_mean_and_is_idempotent(height, width, cutoff):
    image = noise(height, width)
    filtered = low_pass(image, cutoff)
    assert filtered.mean().item() == pytest.approx(image.mean().item())
    torch.testing.assert_close(low_pass(filtered, cutoff), filtered)


def test_cutoffs_run_from_one_to_the_nyquist_frequency():
    assert cutoffs(64, 64, 32) == list(range(1, 33))
    assert cutoffs(9, 100, 32) == [1, 2, 3, 4]
    few = cutoffs(256, 512, 10)
    assert (few[0], few[-1], len(few)) == (1, 128, 10)
    assert few == sorted(set(few))


@pytest.mark.parametrize("size", [(24, 24), (21, 28)])
def test_losses_of_low_passed_noise_are_what_was_taken_out(size):
    clean = noise(1, 1, *size)
    spectrum = np.fft.fft2(clean[0, 0].numpy(), norm="ortho")
    frequencies = np.hypot(*np.meshgrid(*(np.fft.fftfreq(n) for n in size), indexing="ij")) * min(size)
    cutoff = cutoffs(*size, 8)
    removed = [spectrum[frequencies > value + 1e-9] for value in cutoff]
    mean_power = [np.sum(np.abs(part) ** 2) / clean.numel() for part in removed]
    assert low_pass_losses(PixelL2Loss(), clean, cutoff) == pytest.approx(mean_power)
    assert low_pass_losses(FFTLoss(), clean, cutoff) == pytest.approx(
        [np.abs(part).sum() / clean.numel() for part in removed]
    )


def test_frc_falls_in_proportion_to_the_cutoff():
    clean = noise(1, 1, 64, 64)
    values = low_pass_losses(FourierRingCorrelationLoss(integration="mean"), clean, [1, 8, 16, 32])
    assert values == pytest.approx([1 - 1 / 32, 1 - 8 / 32, 1 - 16 / 32, 0], abs=1e-6)


def test_normalised_values_run_from_zero_to_one():
    assert normalised([5.0, 3.0, 1.0]) == [1.0, 0.5, 0.0]
    assert np.isnan(normalised([2.0, 2.0])).all()


def test_the_curve_of_frc_is_one_minus_the_scaled_sum_of_its_rings():
    # as the authors draw their Fig. 3; the loss takes an area instead, in which the two outermost rings count half
    clean = noise(1, 1, 64, 64)
    cutoff = cutoffs(64, 64, 16)
    sums = [float(frc(low_pass(clean, value).clamp(0, 1), clean).sum()) for value in cutoff]
    expected = 1 - np.array(normalised(sums))
    found = normalised(low_pass_losses(FourierRingCorrelationLoss(), clean, cutoff))
    assert found == pytest.approx(expected, abs=1 / 32)
