"""The half spectrum carries the full one."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from freqbench.losses.spectrum import full_spectrum, half_spectrum, hermitian_multiplicity


@settings(max_examples=40, deadline=None)
@given(height=st.integers(1, 9), width=st.integers(1, 9), seed=st.integers(0, 100))
def test_weighted_half_spectrum_sums_to_the_full_one(height, width, seed):
    image = np.random.default_rng(seed).random((2, height, width))
    expected = (np.abs(np.fft.fft2(image, norm="ortho")) ** 1.5).sum()
    values = half_spectrum(torch.tensor(image)).abs() ** 1.5
    assert (values * hermitian_multiplicity(width, like=values)).sum().item() == pytest.approx(expected, rel=1e-12)


def test_parseval():
    image = torch.rand(3, 2, 10, 7, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    power = half_spectrum(image).abs().square()
    energy = (power * hermitian_multiplicity(7, like=power)).sum()
    torch.testing.assert_close(energy, image.square().sum())
    torch.testing.assert_close(full_spectrum(image).abs().square().sum(), image.square().sum())


def test_multiplicity_counts_each_column_of_the_full_spectrum():
    like = torch.zeros(1, dtype=torch.float64)
    assert hermitian_multiplicity(6, like=like).tolist() == [1, 2, 2, 1]
    assert hermitian_multiplicity(5, like=like).tolist() == [1, 2, 2]
    assert hermitian_multiplicity(1, like=like).tolist() == [1]
    assert hermitian_multiplicity(2, like=like).dtype == torch.float64
