"""MS-SSIM: the authors' algorithm written out, the libraries where they follow it, and its smallest image."""

import numpy as np
import piq
import pytest
import torch
from scipy.ndimage import gaussian_filter
from scipy.signal import convolve2d
from torchmetrics.functional.image import multiscale_structural_similarity_index_measure as torchmetrics_ms_ssim

from freqbench.metrics import ms_ssim, ssim

WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)


def local_means(image: np.ndarray) -> np.ndarray:
    offsets = np.arange(11) - 5
    window = np.exp(-(offsets[:, None] ** 2 + offsets[None, :] ** 2) / (2 * 1.5**2))
    return convolve2d(image, window / window.sum(), mode="valid")


def means_of_the_maps(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """The mean of SSIM and that of its contrast and structure term."""
    c1, c2 = 0.01**2, 0.03**2
    mean_x, mean_y = local_means(x), local_means(y)
    variance_x, variance_y = local_means(x * x) - mean_x**2, local_means(y * y) - mean_y**2
    structure = (2 * (local_means(x * y) - mean_x * mean_y) + c2) / (variance_x + variance_y + c2)
    luminance = (2 * mean_x * mean_y + c1) / (mean_x**2 + mean_y**2 + c1)
    return float((luminance * structure).mean()), float(structure.mean())


def halved(image: np.ndarray) -> np.ndarray:
    """The mean of each pixel with its right, lower and lower right neighbour, at every other pixel from the first.

    Beyond the border is the mirror image, so that the last row or column is its own neighbour.
    """
    mirrored = np.pad(image, (0, 1), mode="symmetric")
    return (mirrored[:-1, :-1] + mirrored[1:, :-1] + mirrored[:-1, 1:] + mirrored[1:, 1:])[::2, ::2] / 4


def reference(x: np.ndarray, y: np.ndarray) -> float:
    """Wang et al. (2003), Eq. 7, as in the authors' MATLAB code."""
    value = 1.0
    for scale, weight in enumerate(WEIGHTS):
        similarity, structure = means_of_the_maps(x, y)
        value *= max(similarity if scale == 4 else structure, 0.0) ** weight
        x, y = halved(x), halved(y)
    return value


@pytest.mark.parametrize("size", [(176, 176), (177, 192), (201, 190), (183, 219)])
@pytest.mark.parametrize("noise", [0.05, 0.3])
def test_the_algorithm_written_out(make_pair, size, noise):
    prediction, target = make_pair(2, *size, noise=noise)
    expected = [reference(x.numpy(), y.numpy()) for x, y in zip(prediction[:, 0], target[:, 0], strict=True)]
    assert ms_ssim(prediction, target).numpy() == pytest.approx(np.array(expected), abs=1e-12)
    single = ms_ssim(prediction.float(), target.float())
    assert single.dtype == torch.float32
    assert single.numpy() == pytest.approx(np.array(expected), abs=1e-5)


@pytest.mark.parametrize("size", [(176, 176), (256, 192)])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-12), (torch.float32, 1e-5)])
def test_the_library_piq_has_the_same_value_where_16_divides_the_size(make_pair, size, dtype, tolerance):
    prediction, target = make_pair(2, *size, dtype=dtype)
    expected = piq.multi_scale_ssim(prediction, target, data_range=1.0, reduction="none")
    torch.testing.assert_close(ms_ssim(prediction, target), expected, rtol=0, atol=tolerance)


def test_the_libraries_differ_from_each_other_and_from_the_authors_code_for_odd_sizes(make_pair):
    prediction, target = make_pair(1, 200, 191)
    own = ms_ssim(prediction, target)
    assert (piq.multi_scale_ssim(prediction, target, reduction="none") - own).abs() > 1e-4


def test_torchmetrics_differs_by_the_border_of_the_coarsest_scale(make_pair):
    prediction, target = make_pair(1, 176, 176)
    other = torchmetrics_ms_ssim(
        prediction,
        target,
        gaussian_kernel=True,
        sigma=1.5,
        kernel_size=11,
        data_range=1.0,
        k1=0.01,
        k2=0.03,
        betas=WEIGHTS,
        normalize="relu",
    )
    own = ms_ssim(prediction, target).item()
    assert other.item() == pytest.approx(own, abs=5e-3)
    # 11 pixels are left at the coarsest scale: the one window inside, there, and 121 with a mirrored border
    x, y = prediction[0, 0].numpy(), target[0, 0].numpy()
    for _ in range(4):
        x, y = halved(x), halved(y)
    inside = means_of_the_maps(x, y)[0]
    outside = means_of_the_maps(*(np.pad(image, 5, mode="reflect") for image in (x, y)))[0]
    assert other.item() == pytest.approx(own * (outside / inside) ** WEIGHTS[-1], rel=1e-7)


def test_flat_images_differ_in_luminance_at_one_scale_alone():
    dark, bright = (torch.full((1, 1, 180, 180), value, dtype=torch.float64) for value in (0.2, 0.5))
    luminance = (2 * 0.2 * 0.5 + 1e-4) / (0.2**2 + 0.5**2 + 1e-4)
    assert ms_ssim(dark, bright).item() == pytest.approx(luminance**0.1333, rel=1e-9)


def test_an_inverted_image_counts_as_nothing_and_not_as_a_complex_number(make_pair):
    _, target = make_pair(2, 176, 176)
    noise = torch.rand(target.shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    assert ms_ssim(1 - noise, noise).tolist() == [0.0, 0.0]


def test_noise_weighs_less_than_at_a_single_scale(make_pair):
    prediction, target = make_pair(2, 192, 192)
    assert (ms_ssim(prediction, target) > ssim(prediction, target) + 0.1).all()


def test_blur_weighs_more_the_wider_it_is(make_pair):
    _, target = make_pair(2, 192, 192)
    blurred = [torch.from_numpy(gaussian_filter(target.numpy(), (0, 0, sigma, sigma))) for sigma in (1, 3, 9)]
    values = torch.stack([ms_ssim(images, target) for images in blurred])
    assert (values.diff(dim=0) < 0).all()


@pytest.mark.parametrize("size", [(175, 176), (176, 175), (161, 300), (64, 64)])
def test_smaller_images_are_refused_and_not_measured_at_fewer_scales(size):
    images = torch.zeros(1, 1, *size)
    with pytest.raises(ValueError, match=rf"ms_ssim: needs images of at least 176x176 pixels, got {size[0]}x{size[1]}"):
        ms_ssim(images, images)
