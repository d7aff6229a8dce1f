"""FSIM: the authors' MATLAB code by its description and by its published value."""

import math

import numpy as np
import piq
import pytest
import torch
from scipy.signal import convolve2d

from freqbench.metrics import fsim
from freqbench.metrics.fsim import _pool
from freqbench.metrics.phase_congruency import log_gabor_bank

SCALES, ORIENTATIONS = 4, 4


def frequencies(size: int) -> np.ndarray:
    """Centred frequencies; odd sizes reach +-0.5, as in the original."""
    if size % 2:
        return (np.arange(size) - (size - 1) / 2) / (size - 1)
    return (np.arange(size) - size // 2) / size


def log_gabor_filters(height: int, width: int) -> np.ndarray:
    """Filters (orientation, scale, H, W) with zero frequency in the corner."""
    fy, fx = frequencies(height)[:, None], frequencies(width)[None, :]
    radius = np.fft.ifftshift(np.hypot(fx, fy))
    theta = np.fft.ifftshift(np.arctan2(-fy, fx))
    low_pass = 1 / (1 + (radius / 0.45) ** 30)
    radius[0, 0] = 1
    bank = np.empty((ORIENTATIONS, SCALES, height, width))
    for o in range(ORIENTATIONS):
        angle = o * math.pi / ORIENTATIONS
        distance = np.abs(np.arctan2(np.sin(theta - angle), np.cos(theta - angle)))
        spread = np.exp(-(distance**2) / (2 * (math.pi / ORIENTATIONS / 1.2) ** 2))
        for s in range(SCALES):
            radial = np.exp(-(np.log(radius * 6 * 2**s) ** 2) / (2 * math.log(0.55) ** 2)) * low_pass
            radial[0, 0] = 0
            bank[o, s] = radial * spread
    return bank


def noise_threshold(responses: np.ndarray, filters: np.ndarray) -> float:
    """The threshold of one orientation, from the median energy of its finest scale."""
    height, width = filters.shape[1:]
    power = -np.median(np.abs(responses[0]) ** 2) / math.log(0.5) / np.square(filters[0]).sum()
    kernels = np.fft.ifft2(filters).real * math.sqrt(height * width)
    squares = np.square(kernels).sum()
    products = sum((kernels[i] * kernels[j]).sum() for i in range(SCALES) for j in range(i + 1, SCALES))
    tau = math.sqrt((2 * power * squares + 4 * power * products) / 2)
    return (tau * math.sqrt(math.pi / 2) + 2 * math.sqrt((2 - math.pi / 2) * tau**2)) / 1.7


def phase_congruency(image: np.ndarray) -> np.ndarray:
    bank = log_gabor_filters(*image.shape)
    energy_all, amplitude_all = np.zeros(image.shape), np.zeros(image.shape)
    for filters in bank:
        responses = np.fft.ifft2(np.fft.fft2(image) * filters)
        total = responses.sum(axis=0)
        mean = total / (np.abs(total) + 1e-4)
        energy = (
            responses.real * mean.real
            + responses.imag * mean.imag
            - np.abs(responses.real * mean.imag - responses.imag * mean.real)
        ).sum(axis=0)
        energy_all += np.maximum(energy - noise_threshold(responses, filters), 0)
        amplitude_all += np.abs(responses).sum(axis=0)
    return energy_all / amplitude_all


def gradient_magnitude(image: np.ndarray) -> np.ndarray:
    scharr = np.array([[3, 0, -3], [10, 0, -10], [3, 0, -3]]) / 16
    return np.hypot(convolve2d(image, scharr, mode="same"), convolve2d(image, scharr.T, mode="same"))


def reference(x: np.ndarray, y: np.ndarray) -> float:
    """Zhang et al. (2011) for images on the 8-bit scale, below 384 pixels."""
    pc_x, pc_y = phase_congruency(x), phase_congruency(y)
    g_x, g_y = gradient_magnitude(x), gradient_magnitude(y)
    similarity = (2 * pc_x * pc_y + 0.85) / (pc_x**2 + pc_y**2 + 0.85)
    similarity *= (2 * g_x * g_y + 160) / (g_x**2 + g_y**2 + 160)
    weight = np.maximum(pc_x, pc_y)
    return float((similarity * weight).sum() / weight.sum())


@pytest.mark.parametrize("size", [(64, 64), (65, 65), (48, 81), (101, 60)])
@pytest.mark.parametrize("noise", [0.02, 0.2])
def test_the_algorithm_written_out(make_pair, size, noise):
    prediction, target = make_pair(2, *size, noise=noise)
    expected = [
        reference(255 * x.numpy(), 255 * y.numpy()) for x, y in zip(prediction[:, 0], target[:, 0], strict=True)
    ]
    # Ours, as piq, takes another epsilon and, for an even number of pixels, the lower of the two middle values as the
    # median, and turns the filters at the Nyquist frequency.
    assert fsim(prediction, target).numpy() == pytest.approx(np.array(expected), abs=5e-5)


def test_images_from_384_pixels_on_are_pooled_by_two(make_pair):
    prediction, target = make_pair(1, 384, 400)
    pooled = [torch.nn.functional.avg_pool2d(images, 2) for images in (prediction, target)]
    torch.testing.assert_close(fsim(prediction, target), fsim(*pooled))
    prediction, target = make_pair(1, 383, 400)
    pooled = [torch.nn.functional.avg_pool2d(images, 2) for images in (prediction, target)]
    assert (fsim(prediction, target) - fsim(*pooled)).abs() > 1e-3


def test_flat_images_give_a_number():
    flat = torch.zeros(1, 1, 32, 32, dtype=torch.float64)
    assert fsim(flat, flat).item() == 1
    assert 0 <= fsim(flat, torch.rand(1, 1, 32, 32, generator=torch.Generator().manual_seed(0)).double()) < 0.5


@pytest.mark.parametrize("size", [(6, 7), (48, 48), (65, 65), (81, 48), (383, 60), (384, 400), (512, 512)])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-12), (torch.float32, 1e-5)])
def test_the_library_piq_has_the_same_value(make_pair, size, dtype, tolerance):
    prediction, target = make_pair(2, *size, dtype=dtype)
    expected = piq.fsim(prediction, target, data_range=1.0, reduction="none", chromatic=False)
    found = fsim(prediction, target)
    assert found.dtype == dtype
    torch.testing.assert_close(found, expected, rtol=0, atol=tolerance)


def matlab_pooled(image: np.ndarray, factor: int) -> np.ndarray:
    """MATLAB's conv2(image, ones(F) / F^2, 'same') at each F-th pixel from the first."""
    full = convolve2d(image, np.full((factor, factor), factor**-2.0))
    first = factor // 2
    return full[first : first + image.shape[0], first : first + image.shape[1]][::factor, ::factor]


@pytest.mark.parametrize(
    ("size", "factor"),
    [((383, 390), 1), ((384, 385), 2), ((401, 396), 2), ((640, 641), 3), ((642, 650), 3), ((1000, 898), 4)],
)
def test_images_are_pooled_as_in_matlab(size, factor):
    images = torch.rand(2, *size, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    expected = np.stack([matlab_pooled(image.numpy(), factor) for image in images])
    np.testing.assert_allclose(_pool(images).numpy(), expected, atol=1e-14)


def test_filters_are_built_once_for_each_size(make_pair, monkeypatch):
    log_gabor_bank.cache_clear()
    for size in ((32, 40), (32, 40), (40, 32)):
        fsim(*make_pair(3, *size))
    assert log_gabor_bank.cache_info().misses == 2
    assert log_gabor_bank.cache_info().hits == 3 * 2 * 3 - 2


def test_filters_kept_from_one_mode_of_gradients_serve_the_other(make_pair):
    prediction, target = make_pair(1, 30, 30)
    log_gabor_bank.cache_clear()
    with torch.inference_mode():
        expected = fsim(prediction, target)
    assert torch.equal(fsim(prediction.clone().requires_grad_(), target), expected.clone())


@pytest.mark.mirror
def test_the_authors_matlab_value(mirror_image):
    jpeg, original = mirror_image("data/oracles/goldhill_jpeg.gif"), mirror_image("data/oracles/goldhill.gif")
    assert fsim(jpeg, original).item() == pytest.approx(0.89691, abs=5e-6)
