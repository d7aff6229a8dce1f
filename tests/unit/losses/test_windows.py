"""Hann windows against SciPy's and scikit-image's."""

import numpy as np
import pytest
import scipy.signal
import torch
from skimage.filters import window

from freqbench.losses.windows import radial_hann, separable_hann

DOUBLE = torch.zeros(1, dtype=torch.float64)


@pytest.mark.parametrize("periodic", [True, False])
@pytest.mark.parametrize("shape", [(8, 8), (7, 12), (1, 5), (64, 33)], ids=str)
def test_separable_window_is_the_product_of_scipys(shape, periodic):
    rows, columns = (scipy.signal.windows.hann(n, sym=not periodic) for n in shape)
    values = separable_hann(*shape, periodic=periodic, like=DOUBLE)
    assert values.dtype == torch.float64
    np.testing.assert_allclose(values.numpy(), np.outer(rows, columns), atol=1e-15)


@pytest.mark.parametrize("size", [8, 33, 64, 255, 256])
def test_radial_window_is_that_of_scikit_image(size):
    # scikit-image interpolates its 1D window linearly: an error of at most 1/8 of the second derivative.
    error = np.abs(radial_hann(size, size, like=DOUBLE).numpy() - window("hann", (size, size))).max()
    assert error < (np.pi / (size - 1)) ** 2 / 4 + 1e-7


@pytest.mark.parametrize("shape", [(9, 9), (9, 17), (6, 11), (1, 5)], ids=str)
def test_radial_window_of_any_shape(shape):
    values = radial_hann(*shape, like=torch.zeros(1)).double().numpy()
    height, width = shape
    np.testing.assert_allclose(values, values[::-1], atol=1e-6)
    np.testing.assert_allclose(values, values[:, ::-1], atol=1e-6)
    np.testing.assert_allclose(values, radial_hann(width, height, like=torch.zeros(1)).numpy().T, atol=1e-6)
    if height % 2 and width % 2:
        # Through the centre it is the 1D window, at the corners and the ends of the axes zero.
        np.testing.assert_allclose(values[height // 2], scipy.signal.windows.hann(width), atol=1e-6)
        assert values[height // 2, width // 2] == 1
    if min(shape) > 1:
        assert values[[0, 0, -1, -1], [0, -1, 0, -1]] == pytest.approx(0, abs=1e-6)
