"""SSIM: the formula, scikit-image at Wang's settings, and the settings that are something else."""

import numpy as np
import piq
import pytest
import torch
from skimage.metrics import structural_similarity

from freqbench.metrics import ssim


def reference(x: np.ndarray, y: np.ndarray) -> float:
    """Wang et al. (2004), Eq. 13 to 17, window by window."""
    offsets = np.arange(11) - 5
    weights = np.exp(-(offsets[:, None] ** 2 + offsets[None, :] ** 2) / (2 * 1.5**2))
    weights /= weights.sum()
    windows_x = np.lib.stride_tricks.sliding_window_view(x, (11, 11))
    windows_y = np.lib.stride_tricks.sliding_window_view(y, (11, 11))

    def mean(values: np.ndarray) -> np.ndarray:
        return (values * weights).sum(axis=(-2, -1))

    mean_x, mean_y = mean(windows_x), mean(windows_y)
    from_mean_x, from_mean_y = windows_x - mean_x[..., None, None], windows_y - mean_y[..., None, None]
    variance_x, variance_y = mean(from_mean_x**2), mean(from_mean_y**2)
    covariance = mean(from_mean_x * from_mean_y)
    c1, c2 = 0.01**2, 0.03**2
    luminance = (2 * mean_x * mean_y + c1) / (mean_x**2 + mean_y**2 + c1)
    structure = (2 * covariance + c2) / (variance_x + variance_y + c2)
    return float((luminance * structure).mean())


def skimage_ssim(prediction: torch.Tensor, target: torch.Tensor, **options: object) -> np.ndarray:
    return np.array(
        [
            structural_similarity(x.numpy(), y.numpy(), data_range=1.0, **options)
            for x, y in zip(prediction[:, 0], target[:, 0], strict=True)
        ]
    )


@pytest.mark.parametrize("size", [(11, 11), (32, 45), (51, 37)])
def test_the_formula_written_out(make_pair, size):
    prediction, target = make_pair(2, *size)
    expected = [reference(x.numpy(), y.numpy()) for x, y in zip(prediction[:, 0], target[:, 0], strict=True)]
    assert ssim(prediction, target).numpy() == pytest.approx(np.array(expected), abs=1e-10)


@pytest.mark.parametrize("size", [(64, 64), (63, 90), (400, 400)])
def test_scikit_image_at_wangs_settings(make_pair, size):
    prediction, target = make_pair(2, *size)
    # Its mean leaves out a border of (window - 1) / 2 = 5 pixels.
    wang = skimage_ssim(prediction, target, gaussian_weights=True, sigma=1.5, use_sample_covariance=False)
    assert ssim(prediction, target).numpy() == pytest.approx(wang, abs=1e-6)


def test_other_common_settings_are_other_numbers(make_pair):
    prediction, target = make_pair(2, 400, 400)
    values = ssim(prediction, target)
    assert (np.abs(skimage_ssim(prediction, target) - values.numpy()) > 0.002).all()
    downsampled = piq.ssim(prediction, target, reduction="none", downsample=True)
    assert ((downsampled - values).abs() > 0.05).all()


@pytest.mark.parametrize(("a", "b"), [(0.0, 1.0), (0.2, 0.4), (0.7, 0.7)])
def test_flat_images_differ_in_luminance_alone(a, b):
    prediction = torch.full((1, 1, 16, 16), a, dtype=torch.float64)
    target = torch.full((1, 1, 16, 16), b, dtype=torch.float64)
    expected = (2 * a * b + 1e-4) / (a**2 + b**2 + 1e-4)
    assert ssim(prediction, target).item() == pytest.approx(expected, abs=1e-9)


def test_an_inverted_image_is_dissimilar(make_pair):
    _, target = make_pair(2)
    assert (ssim(1 - target, target) < 0.3).all()


@pytest.mark.parametrize("size", [(11, 11), (48, 48), (31, 33), (400, 120)])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-12), (torch.float32, 1e-5)])
def test_the_library_piq_has_the_same_value(make_pair, size, dtype, tolerance):
    prediction, target = make_pair(3, *size, dtype=dtype)
    # In single precision piq's own error is larger on images this small.
    expected = piq.ssim(prediction.double(), target.double(), data_range=1.0, reduction="none", downsample=False)
    found = ssim(prediction, target)
    assert found.dtype == dtype
    torch.testing.assert_close(found.double(), expected, rtol=0, atol=tolerance)
