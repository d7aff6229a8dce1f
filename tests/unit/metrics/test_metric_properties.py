"""Properties that every image metric must have, whatever its formula."""

from collections.abc import Callable
from functools import cache
from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter

from freqbench.metrics import (
    CONTRACTS,
    LPIPS,
    frc_area,
    fsim,
    gmsd,
    lfd,
    ms_ssim,
    mse,
    power_spectrum_distance,
    psnr,
    ssim,
)

Metric = Callable[..., torch.Tensor]


@cache
def lpips_network() -> LPIPS:
    return LPIPS("vgg", weights="untrained", seed=1)


def lpips(prediction: torch.Tensor, target: torch.Tensor, data_range: float = 1.0) -> torch.Tensor:
    return lpips_network().to(prediction.device)(prediction, target, data_range)


METRICS: dict[str, Metric] = {
    "psnr": psnr,
    "mse": mse,
    "ssim": ssim,
    "ms_ssim": ms_ssim,
    "fsim": fsim,
    "gmsd": gmsd,
    "lpips": lpips,
    "lfd": lfd,
    "frc_area": frc_area,
    "power_spectrum_distance": power_spectrum_distance,
}
SIZES = [(48, 48), (49, 49), (47, 64), (64, 47), (31, 33)]


def enlarged(name: str, size: tuple[int, int] = (48, 48)) -> tuple[int, int]:
    """Return the size, or one of the same parities that the metric takes."""
    height, width = size
    more = max(0, CONTRACTS[name].min_size - 31) + 1 & ~1
    return height + more, width + more


@pytest.fixture(params=list(METRICS))
def name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.mark.parametrize("size", SIZES)
def test_identical_images_have_the_best_value(name, make_pair, size):
    contract = CONTRACTS[name]
    _, clean = make_pair(2, *enlarged(name, size))
    best = contract.maximum if contract.better == "higher" else contract.minimum
    expected = torch.full((2,), float("inf") if best is None else best, dtype=torch.float64)
    torch.testing.assert_close(METRICS[name](clean, clean).double(), expected, atol=1e-9, rtol=0)


@pytest.mark.parametrize("size", SIZES)
def test_more_noise_is_worse_at_every_step(name, make_pair, size):
    sign = 1 if CONTRACTS[name].better == "higher" else -1
    quality = [
        sign * METRICS[name](*make_pair(2, *enlarged(name, size), noise=noise)) for noise in (0.02, 0.05, 0.1, 0.2, 0.4)
    ]
    for less_noise, more_noise in pairwise(quality):
        assert (less_noise > more_noise).all()


@pytest.mark.parametrize("size", [(48, 48), (33, 47)])
def test_prediction_and_target_can_be_exchanged(name, make_pair, size):
    prediction, target = make_pair(2, *enlarged(name, size))
    there, back = METRICS[name](prediction, target), METRICS[name](target, prediction)
    torch.testing.assert_close(there, back, rtol=1e-5, atol=1e-7)


def test_the_value_of_an_image_does_not_depend_on_its_batch(name, make_pair):
    prediction, target = make_pair(5, *enlarged(name))
    together = METRICS[name](prediction, target)
    alone = torch.cat([METRICS[name](prediction[i : i + 1], target[i : i + 1]) for i in range(5)])
    order = [3, 0, 4, 1, 2]
    shuffled = METRICS[name](prediction[order], target[order])
    assert together.shape == (5,)
    torch.testing.assert_close(together, alone, rtol=1e-5, atol=1e-7)
    torch.testing.assert_close(together[order], shuffled, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("data_range", [255.0, 65535.0])
def test_the_scale_of_the_pixels_is_taken_out_by_the_data_range(name, make_pair, data_range):
    prediction, target = make_pair(2, *enlarged(name))
    expected = METRICS[name](prediction, target)
    scaled = METRICS[name](prediction * data_range, target * data_range, data_range=data_range)
    torch.testing.assert_close(scaled, expected, rtol=1e-5, atol=1e-7)


def test_single_precision_is_good_to_five_decimals(name, make_pair):
    prediction, target = make_pair(3, *enlarged(name), dtype=torch.float32)
    single = METRICS[name](prediction, target).double()
    double = METRICS[name](prediction.double(), target.double()).double()
    torch.testing.assert_close(single, double, rtol=0, atol=1e-5)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**31), height=st.integers(16, 40), width=st.integers(16, 40))
def test_values_stay_within_the_bounds_of_the_contract(seed, height, width):
    generator = torch.Generator().manual_seed(seed)
    prediction, target = torch.rand(2, 2, 1, height, width, generator=generator)
    # Powers make dark and bright images: the pixels of random ones are all alike.
    prediction, target = prediction ** (1 + seed % 5), target ** (1 + seed % 3)
    for name in METRICS.keys() - {"ms_ssim"}:
        metric, contract = METRICS[name], CONTRACTS[name]
        values = metric(prediction, target)
        assert (values >= contract.minimum).all()
        assert (values <= (float("inf") if contract.maximum is None else contract.maximum)).all()


def test_autocast_changes_nothing(name, make_pair):
    prediction, target = make_pair(2, *enlarged(name), dtype=torch.float32)
    expected = METRICS[name](prediction, target)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(METRICS[name](prediction, target), expected)


def test_convolutions_are_never_rounded_to_tensor_float_32(monkeypatch, make_pair):
    seen = []

    def record(*images, **options):
        seen.append(torch.backends.cudnn.conv.fp32_precision)
        raise RuntimeError("stop")

    monkeypatch.setattr(torch.nn.functional, "conv2d", record)
    before = torch.backends.cudnn.conv.fp32_precision
    with pytest.raises(RuntimeError, match="stop"):
        gmsd(*make_pair(1))
    assert before != "ieee"
    assert seen == ["ieee"]
    assert torch.backends.cudnn.conv.fp32_precision == before


@pytest.mark.parametrize("bits", [8, 16])
def test_counts_of_a_camera_have_the_value_of_their_images_in_the_unit_range(name, make_pair, bits):
    maximum = 2**bits - 1
    counts = [(images * maximum).round().to(torch.int32) for images in make_pair(2, *enlarged(name))]
    expected = METRICS[name](*(images.double() / maximum for images in counts)).double()
    found = METRICS[name](*(images.float() for images in counts), data_range=maximum).double()
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", ["psnr", "ssim", "ms_ssim", "fsim", "gmsd", "lfd"])
def test_a_lightly_filtered_image_is_better_than_a_noisy_one(name, make_pair):
    prediction, target = make_pair(3, *enlarged(name, (80, 80)), noise=0.2)
    filtered = torch.from_numpy(gaussian_filter(prediction.numpy(), (0, 0, 1, 1)))
    sign = 1 if CONTRACTS[name].better == "higher" else -1
    assert (sign * METRICS[name](filtered, target) > sign * METRICS[name](prediction, target)).all()


def test_the_images_are_left_alone(name, make_pair):
    prediction, target = make_pair(2, *enlarged(name))
    before = prediction.clone(), target.clone()
    METRICS[name](prediction, target)
    assert torch.equal(prediction, before[0])
    assert torch.equal(target, before[1])


@pytest.mark.gpu
def test_the_gpu_agrees_with_the_cpu(name, make_pair):
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    prediction, target = make_pair(2, *enlarged(name, (96, 80)), dtype=torch.float32)
    expected = METRICS[name](prediction, target)
    found = METRICS[name](prediction.cuda(), target.cuda())
    assert found.is_cuda
    torch.testing.assert_close(found.cpu(), expected, rtol=1e-4, atol=1e-5)
