"""Every image metric refuses input for which it has no meaningful value, in one clear sentence."""

from collections.abc import Callable

import pytest
import torch

from freqbench.metrics import (
    CONTRACTS,
    LPIPS,
    frc_area,
    fsim,
    gmsd,
    lfd,
    ms_ssim,
    power_spectrum_distance,
    psnr,
    ssim,
)

Metric = Callable[..., torch.Tensor]
FUNCTIONS: dict[str, Metric] = {
    "psnr": psnr,
    "ssim": ssim,
    "ms_ssim": ms_ssim,
    "fsim": fsim,
    "gmsd": gmsd,
    "lfd": lfd,
    "frc_area": frc_area,
    "power_spectrum_distance": power_spectrum_distance,
}
SIDE = 176
"""Large enough for every metric."""
NAMES = [*FUNCTIONS, "lpips"]


@pytest.fixture(scope="module")
def metrics() -> dict[str, Metric]:
    return {**FUNCTIONS, "lpips": LPIPS("vgg", weights="untrained")}


@pytest.fixture(params=NAMES)
def metric(request: pytest.FixtureRequest, metrics: dict[str, Metric]) -> Metric:
    return metrics[request.param]


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("position", [0, 1])
def test_not_a_number_or_infinity_in_either_image_is_refused(metric, bad, position):
    pair = [torch.full((2, 1, SIDE, SIDE), 0.5), torch.full((2, 1, SIDE, SIDE), 0.5)]
    pair[position][1, 0, 3, 4] = bad
    with pytest.raises(ValueError, match=("prediction", "target")[position] + " holds NaN or infinity"):
        metric(*pair)


@pytest.mark.parametrize("bad", [-1e-4, 1.0001])
def test_values_outside_the_range_are_refused_with_the_advice_to_clamp(metric, bad):
    prediction = torch.full((1, 1, SIDE, SIDE), 0.5)
    prediction[0, 0, 0, 0] = bad
    with pytest.raises(ValueError, match=r"outside \[0, 1\]; clamp it first"):
        metric(prediction, torch.full_like(prediction, 0.5))


def test_the_ends_of_the_range_are_accepted(metric):
    prediction = torch.zeros(1, 1, SIDE, SIDE)
    prediction[..., SIDE // 2 :] = 255.0
    assert torch.isfinite(metric(prediction, prediction.flip(-1), data_range=255.0)).all()


def test_shapes_that_differ_are_refused_before_broadcasting(metric):
    with pytest.raises(ValueError, match="differ in shape"):
        metric(torch.zeros(2, 1, SIDE, SIDE), torch.zeros(1, 1, SIDE, SIDE))


@pytest.mark.parametrize("shape", [(32, 32), (1, 32, 32), (1, 2, 32, 32), (0, 1, 32, 32), (1, 1, 1, 32, 32)])
def test_other_shapes_than_image_batches_are_refused(metric, shape):
    with pytest.raises(ValueError, match="expected images"):
        metric(torch.zeros(shape), torch.zeros(shape))


@pytest.mark.parametrize("name", list(FUNCTIONS))
def test_colour_images_are_refused_by_the_grey_metrics(name):
    with pytest.raises(ValueError, match=r"\(N, 1, H, W\)"):
        FUNCTIONS[name](torch.zeros(1, 3, SIDE, SIDE), torch.zeros(1, 3, SIDE, SIDE))


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int64, torch.float16, torch.bfloat16])
def test_integers_and_half_precision_are_refused(metric, dtype):
    image = torch.zeros(1, 1, SIDE, SIDE, dtype=dtype)
    with pytest.raises(ValueError, match="float32 or float64"):
        metric(image, image)


def test_two_types_in_one_pair_are_refused(metric):
    with pytest.raises(ValueError, match="differ in type"):
        metric(torch.zeros(1, 1, SIDE, SIDE), torch.zeros(1, 1, SIDE, SIDE, dtype=torch.float64))


@pytest.mark.parametrize("data_range", [0.0, -1.0, float("nan"), float("inf")])
def test_a_meaningless_data_range_is_refused(metric, data_range):
    image = torch.zeros(1, 1, SIDE, SIDE)
    with pytest.raises(ValueError, match="data_range must be a positive number"):
        metric(image, image, data_range=data_range)


@pytest.mark.parametrize("name", NAMES)
def test_the_smallest_size_of_the_contract_is_the_smallest_that_is_taken(metrics, name):
    size = CONTRACTS[name].min_size
    generator = torch.Generator().manual_seed(0)
    prediction, target = torch.rand(2, 1, 1, size, size + 1, generator=generator)
    assert torch.isfinite(metrics[name](prediction, target)).all()
    if size == 1:
        return
    message = rf"at least {size}x{size} pixels, got {size + 1}x{size - 1}"
    with pytest.raises(ValueError, match=message):
        metrics[name](torch.zeros(1, 1, size + 1, size - 1), torch.zeros(1, 1, size + 1, size - 1))
