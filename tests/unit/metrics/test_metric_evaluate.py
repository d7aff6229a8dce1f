"""All metrics of a set of images: the same numbers as one by one, in bounded memory."""

import numpy as np
import pytest
import torch

from freqbench.errors import FreqbenchError
from freqbench.metrics import (
    LPIPS,
    compute_image_metrics,
    evaluate,
    frc_area,
    fsim,
    gmsd,
    lfd,
    ms_ssim,
    power_spectrum_distance,
    psnr,
    ssim,
)

NAMES = ("gmsd", "psnr", "lpips", "ssim", "fsim", "frc_area", "lfd", "power_spectrum_distance")


@pytest.fixture(scope="module")
def lpips() -> LPIPS:
    return LPIPS("vgg", weights="untrained")


def test_each_value_is_the_metrics_own(make_pair, lpips):
    prediction, target = make_pair(5)
    values = compute_image_metrics(NAMES, prediction, target, lpips=lpips, batch_size=2)
    functions = {
        "psnr": psnr,
        "ssim": ssim,
        "fsim": fsim,
        "gmsd": gmsd,
        "lpips": lpips,
        "lfd": lfd,
        "frc_area": frc_area,
        "power_spectrum_distance": power_spectrum_distance,
    }
    assert tuple(values) == NAMES
    for name, function in functions.items():
        assert values[name].dtype == np.float64
        assert values[name].shape == (5,)
        assert values[name] == pytest.approx(function(prediction, target).double().numpy(), rel=1e-5, abs=1e-7)


def test_the_batch_size_changes_nothing(make_pair, lpips):
    prediction, target = make_pair(7, dtype=torch.float32)
    whole = compute_image_metrics(NAMES, prediction, target, lpips=lpips, batch_size=7)
    for batch_size in (1, 3, 100):
        parts = compute_image_metrics(NAMES, prediction, target, lpips=lpips, batch_size=batch_size)
        for name in NAMES:
            assert parts[name] == pytest.approx(whole[name], rel=1e-5, abs=1e-6)


def test_a_metric_of_large_images_only_is_one_of_them(make_pair):
    prediction, target = make_pair(3, 176, 180)
    values = compute_image_metrics(["ms_ssim"], prediction, target, batch_size=2)
    assert values["ms_ssim"] == pytest.approx(ms_ssim(prediction, target).numpy(), rel=1e-12)
    with pytest.raises(FreqbenchError, match="ms_ssim: needs images of at least 176x176 pixels, got 48x48"):
        compute_image_metrics(["ms_ssim"], *make_pair(1))


def test_no_metric_ever_sees_more_than_a_batch(make_pair, monkeypatch):
    seen = []

    def record(prediction: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        seen.append(len(prediction))
        return psnr(prediction, target)

    monkeypatch.setattr(evaluate, "psnr", record)
    compute_image_metrics(["psnr"], *make_pair(7), batch_size=3)
    assert seen == [3, 3, 1]


def test_gradients_are_not_kept(make_pair):
    prediction, target = make_pair(2)
    values = compute_image_metrics(["ssim"], prediction.requires_grad_(), target)
    assert np.isfinite(values["ssim"]).all()


@pytest.mark.parametrize("name", ["rmse", "fid", "fd_vgg16"])
def test_a_name_that_is_no_image_metric_is_answered_with_those_that_are(make_pair, name):
    with pytest.raises(
        FreqbenchError, match=f"unknown metric '{name}'; choose from psnr, mse, ssim, ms_ssim, fsim, gmsd, lpips, lfd, "
    ):
        compute_image_metrics(["psnr", name], *make_pair(1))


def test_lpips_needs_its_network(make_pair):
    with pytest.raises(FreqbenchError, match="lpips: needs its network"):
        compute_image_metrics(["lpips"], *make_pair(1))


def test_images_that_a_metric_cannot_take_are_the_users_error(make_pair):
    with pytest.raises(FreqbenchError, match="ssim: needs images of at least 11x11 pixels, got 8x9"):
        compute_image_metrics(["psnr", "ssim"], *make_pair(2, 8, 9))
    prediction, target = make_pair(2)
    with pytest.raises(FreqbenchError, match="the prediction holds NaN"):
        compute_image_metrics(["psnr"], prediction * torch.nan, target)
    with pytest.raises(FreqbenchError, match="differ in shape"):
        compute_image_metrics(["psnr"], prediction[:1], target)


@pytest.mark.parametrize("batch_size", [0, -1])
def test_an_impossible_batch_size_is_refused(make_pair, batch_size):
    with pytest.raises(ValueError, match="batch_size must be at least 1"):
        compute_image_metrics(["psnr"], *make_pair(1), batch_size=batch_size)
