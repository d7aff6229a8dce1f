"""What the base class of losses sees to beyond the contract: kinds of numbers, odd shapes, autocast, channels."""

import pytest
import torch

from freqbench.losses import LaplaceLoss, LogFocalFrequencyLoss, PairedLoss, build_loss
from freqbench.losses.contract import predicted_channels
from freqbench.registry import LOSSES

CASES = {name: build_loss(name, {}) for name in LOSSES} | {
    "LFFL, other readings": LogFocalFrequencyLoss(0.5, detach_weight=False, normalize_weight="image"),
    "LFFL, epsilon inside": LogFocalFrequencyLoss(epsilon_inside=True),
    "FFL, all options": build_loss(
        "focal_frequency", {"patch_factor": 2, "ave_spectrum": True, "log_matrix": True, "batch_matrix": True}
    ),
    "FRC, windowed": build_loss("fourier_ring_correlation", {"window": "hann"}),
}


def image_pair(loss, dtype=torch.float32, shape=(2, 1, 16, 12)):
    number, channels, *size = shape
    generator = torch.Generator().manual_seed(0)
    prediction = torch.rand((number, channels * predicted_channels(loss), *size), generator=generator)
    return prediction.to(dtype), torch.rand(shape, generator=generator).to(dtype)


@pytest.mark.parametrize("loss", CASES.values(), ids=CASES)
class TestEveryLoss:
    def test_refuses_what_is_no_batch_of_images(self, loss):
        prediction, target = image_pair(loss)
        for other in (target[0], target[:0], target[..., :0], target[None]):
            with pytest.raises(ValueError, match=r"non-empty \(N, C, H, W\)"):
                loss(prediction, other)
            with pytest.raises(ValueError, match=r"non-empty \(N, C, H, W\)"):
                loss(other, target)
        for dtype in (torch.uint8, torch.int64, torch.bool, torch.complex64):
            with pytest.raises(ValueError, match="floating point"):
                loss(prediction.to(dtype), target.to(dtype))

    @pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
    def test_half_precision_is_computed_in_single(self, loss, dtype):
        prediction, target = image_pair(loss, dtype)
        value = loss(prediction, target.float())
        assert value.dtype == torch.float32
        assert value == loss(prediction.float(), target.float())

    def test_double_precision_is_kept(self, loss):
        prediction, target = image_pair(loss, torch.float64)
        assert loss(prediction, target).dtype == torch.float64
        assert loss(prediction.float(), target).dtype == torch.float64
        assert loss(prediction, target.float()).dtype == torch.float64

    def test_gradient_has_the_precision_of_the_prediction(self, loss):
        for dtype in (torch.bfloat16, torch.float32, torch.float64):
            prediction, target = image_pair(loss, dtype)
            (gradient,) = torch.autograd.grad(loss(prediction.requires_grad_(), target), prediction)
            assert gradient.dtype == dtype
            assert gradient.isfinite().all()

    @pytest.mark.gpu
    def test_value_on_a_real_device_is_that_on_the_cpu(self, loss):
        if not torch.cuda.is_available():
            pytest.skip("no CUDA device")
        prediction, target = image_pair(loss)
        value = loss(prediction.cuda(), target.cuda())
        torch.testing.assert_close(value.cpu(), loss(prediction, target), rtol=1e-3, atol=1e-7)


class CorrelationLoss(PairedLoss):
    def compute(self, prediction, target):
        return (prediction @ target.mT).mean()


def test_autocast_is_off_in_a_users_loss():
    prediction, target = image_pair(CorrelationLoss())
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert (prediction @ target.mT).dtype == torch.bfloat16
        value = CorrelationLoss()(prediction, target)
    assert value == (prediction @ target.mT).mean()


class ThreeChannelLoss(PairedLoss):
    channels_per_target = 3

    def compute(self, prediction, target):
        return (prediction.unflatten(1, (3, -1)).mean(1) - target).abs().mean()


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize(("loss", "factor"), [(LaplaceLoss(), 2), (ThreeChannelLoss(), 3)])
def test_predictions_of_several_channels_for_each_of_the_target(loss, factor, channels):
    target = torch.ones(2, channels, 8, 9)
    assert predicted_channels(loss) == factor
    assert loss(torch.ones(2, factor * channels, 8, 9), target).ndim == 0
    for shape in (
        (2, channels, 8, 9),
        (2, factor * channels + 1, 8, 9),
        (1, factor * channels, 8, 9),
        (2, factor * channels, 8, 1),
    ):
        expected = rf"must have the shape \(2, {factor * channels}, 8, 9\), {factor} channels for each"
        with pytest.raises(ValueError, match=expected):
            loss(torch.ones(shape), target)


def test_one_channel_for_each_of_the_target_is_the_rule():
    assert {name for name, loss in CASES.items() if predicted_channels(loss) != 1} == {"laplace"}
    assert predicted_channels(torch.nn.L1Loss()) == 1
