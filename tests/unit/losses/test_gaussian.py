"""Gaussian filters against SciPy's, and the properties of their matrix."""

import numpy as np
import pytest
import scipy.ndimage
import torch
from hypothesis import given
from hypothesis import strategies as st

from freqbench.losses.gaussian import gaussian_filter, gaussian_matrix

DOUBLE = torch.zeros(1, dtype=torch.float64)


@given(
    height=st.integers(1, 40),
    width=st.integers(1, 40),
    sigma=st.sampled_from([0.1, 0.5, 1.0, 1.5, 5.0, 8.0]),
    truncate=st.sampled_from([2.0, 3.5, 4.0]),
)
def test_filter_is_that_of_scipy(height, width, sigma, truncate):
    # Also where the kernel is longer than the image, and for images one pixel wide.
    image = np.random.default_rng(0).random((2, height, width))
    expected = [scipy.ndimage.gaussian_filter(one, sigma, truncate=truncate, mode="reflect") for one in image]
    np.testing.assert_allclose(gaussian_filter(torch.tensor(image), sigma, truncate).numpy(), expected, rtol=1e-12)
    single = gaussian_filter(torch.tensor(image).float(), sigma, truncate)
    assert single.dtype == torch.float32
    np.testing.assert_allclose(single.numpy(), expected, rtol=2e-6)


@pytest.mark.parametrize("length", [1, 2, 3, 10, 64])
@pytest.mark.parametrize("sigma", [0.5, 1.0, 5.0, 8.0])
def test_matrix_is_symmetric_and_keeps_the_mean(length, sigma):
    matrix = gaussian_matrix(length, sigma, 4.0, like=DOUBLE).numpy()
    assert matrix.shape == (length, length)
    np.testing.assert_allclose(matrix, matrix.T, atol=1e-16)
    np.testing.assert_allclose(matrix.sum(0), 1, rtol=1e-13)
    np.testing.assert_allclose(matrix.sum(1), 1, rtol=1e-13)
    assert (matrix >= 0).all()


@pytest.mark.parametrize("sigma", [0.5, 1.0, 5.0])
@pytest.mark.parametrize("length", [7, 16, 64])
def test_waves_that_fit_the_border_keep_their_form(sigma, length):
    # cos(pi k (x + 1/2) / n) continues itself where it is mirrored with its edge pixel: it is an eigenvector, and the
    # eigenvalue is the transfer function of the sampled kernel.
    steps = np.arange(-int(4 * sigma + 0.5), int(4 * sigma + 0.5) + 1)
    kernel = np.exp(-(steps**2) / (2 * sigma**2))
    kernel /= kernel.sum()
    matrix = gaussian_matrix(length, sigma, 4.0, like=DOUBLE).numpy()
    for k in range(length):
        wave = np.cos(np.pi * k * (np.arange(length) + 0.5) / length)
        np.testing.assert_allclose(
            matrix @ wave, np.sum(kernel * np.cos(np.pi * k * steps / length)) * wave, atol=1e-13
        )
