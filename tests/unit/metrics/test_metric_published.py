"""The published numbers of the zebrafish field of view 19 that need no trained network."""

from collections.abc import Callable

import pytest
import torch
from skimage.metrics import structural_similarity
from skimage.restoration import denoise_tv_chambolle

from freqbench.classical.filters import gaussian
from freqbench.metrics import psnr, ssim

pytestmark = pytest.mark.mirror
FOLDER = "data/fmd_mini/Confocal_FISH"


@pytest.fixture
def pair(mirror_image: Callable[..., torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
    """The four raw captures and, for each, their clean image."""
    raw = torch.cat([mirror_image(f"{FOLDER}/raw/19/test_mix_{number}.png") for number in (1, 2, 3, 4)])
    return raw, mirror_image(f"{FOLDER}/gt/19/avg50.png").expand_as(raw)


def uniform_ssim(prediction: torch.Tensor, target: torch.Tensor) -> float:
    """scikit-image's default, a uniform window of 7x7 pixels, of which the published values are."""
    values = [
        structural_similarity(x.numpy(), y.numpy(), data_range=1.0)
        for x, y in zip(prediction[:, 0], target[:, 0], strict=True)
    ]
    return sum(values) / len(values)


def test_the_input(pair):
    assert psnr(*pair).mean().item() == pytest.approx(22.864, abs=5e-4)
    assert uniform_ssim(*pair) == pytest.approx(0.4541, abs=5e-5)
    # at Wang's settings the same images have another value, of which ours is
    assert ssim(*pair).mean().item() == pytest.approx(0.4434, abs=5e-5)


@pytest.mark.parametrize(("sigma", "published_psnr", "published_ssim"), [(1, 31.51, 0.847), (1.5, 31.51, 0.878)])
def test_a_gaussian_filter(pair, sigma, published_psnr, published_ssim):
    raw, clean = pair
    filtered = torch.stack([torch.from_numpy(gaussian(x.numpy(), sigma)) for x in raw[:, 0]])[:, None].clamp(0, 1)
    assert psnr(filtered, clean).mean().item() == pytest.approx(published_psnr, abs=5e-3)
    assert uniform_ssim(filtered, clean) == pytest.approx(published_ssim, abs=5e-4)


def test_total_variation(pair):
    raw, clean = pair
    denoised = torch.stack([torch.from_numpy(denoise_tv_chambolle(x.numpy(), weight=0.15)) for x in raw[:, 0]])
    denoised = denoised[:, None].clamp(0, 1)
    assert psnr(denoised, clean).mean().item() == pytest.approx(31.34, abs=5e-3)
    assert uniform_ssim(denoised, clean) == pytest.approx(0.881, abs=5e-4)
