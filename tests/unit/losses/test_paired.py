"""What every loss between two images promises: shapes, precision, no wait for the device."""

import pytest
import torch
from focal_frequency_loss import FocalFrequencyLoss as OfficialFocalFrequencyLoss
from torch.utils._python_dispatch import TorchDispatchMode

from freqbench.losses import (
    FocalFrequencyLoss,
    FourierSpaceLoss,
    LogFocalFrequencyLoss,
    PairedLoss,
    PixelL1Loss,
)

LOSSES = [
    PixelL1Loss(),
    LogFocalFrequencyLoss(),
    LogFocalFrequencyLoss(0.5, detach_weight=False, normalize_weight="image"),
    LogFocalFrequencyLoss(epsilon_inside=True),
    FocalFrequencyLoss(),
    FocalFrequencyLoss(patch_factor=2, ave_spectrum=True, log_matrix=True, batch_matrix=True),
    FourierSpaceLoss(),
]


class NoHostSynchronisation(TorchDispatchMode):
    """Refuses the operations that copy a value to the host or whose output shape depends on values."""

    REFUSED = ("_local_scalar_dense", "nonzero", "masked_select", "equal", "is_nonzero", "unique")

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        name = func.name().removeprefix("aten::").split(".")[0]
        if name in self.REFUSED or (name in ("index", "index_put_") and _is_boolean_index(args)):
            raise AssertionError(f"{name} waits for the device")
        return func(*args, **(kwargs or {}))


def _is_boolean_index(args):
    return any(index is not None and index.dtype == torch.bool for index in args[1])


def image_pair(dtype=torch.float32, shape=(2, 1, 16, 12)):
    generator = torch.Generator().manual_seed(0)
    return torch.rand(shape, generator=generator).to(dtype), torch.rand(shape, generator=generator).to(dtype)


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: type(loss).__name__)
class TestEveryLoss:
    def test_refuses_other_shapes(self, loss):
        image = torch.zeros(2, 1, 8, 8)
        for prediction, target in (
            (image, image[:1]),
            (image, image[..., :4]),
            (image[0], image[0]),
            (image[:0], image[:0]),
        ):
            with pytest.raises(ValueError, match=r"shape|\(N, C, H, W\)"):
                loss(prediction, target)
        with pytest.raises(ValueError, match="floating point"):
            loss(image.to(torch.uint8), image.to(torch.uint8))

    @pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
    def test_half_precision_is_computed_in_single(self, loss, dtype):
        prediction, target = image_pair(dtype)
        value = loss(prediction, target.float())
        assert value.dtype == torch.float32
        assert value == loss(prediction.float(), target.float())

    def test_autocast_changes_nothing(self, loss):
        prediction, target = image_pair()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            value = loss(prediction, target)
        assert value == loss(prediction, target)

    def test_double_precision_is_kept(self, loss):
        prediction, target = image_pair(torch.float64)
        assert loss(prediction, target).dtype == torch.float64
        assert loss(prediction.float(), target).dtype == torch.float64

    def test_inputs_are_left_alone_and_the_layout_does_not_matter(self, loss):
        prediction, target = image_pair(shape=(2, 3, 16, 12))
        before = prediction.clone(), target.clone()
        value = loss(prediction, target)
        torch.testing.assert_close((prediction, target), before, rtol=0, atol=0)
        last = loss(prediction.contiguous(memory_format=torch.channels_last), target)
        torch.testing.assert_close(last, value)

    def test_never_waits_for_the_device(self, loss):
        prediction, target = image_pair()
        with NoHostSynchronisation():
            loss(prediction.requires_grad_(), target).backward()
        assert prediction.grad is not None

    @pytest.mark.gpu
    def test_never_waits_for_a_real_device(self, loss):
        if not torch.cuda.is_available():
            pytest.skip("no CUDA device")
        prediction, target = (image.cuda() for image in image_pair())
        reference = loss(*image_pair())
        loss(prediction.requires_grad_(), target).backward()  # the first call may set up the FFT
        torch.cuda.set_sync_debug_mode("error")
        try:
            value = loss(prediction, target)
            value.backward()
        finally:
            torch.cuda.set_sync_debug_mode("default")
        torch.testing.assert_close(value.cpu(), reference, rtol=1e-3, atol=1e-7)

    def test_a_small_step_down_the_gradient_lowers_it(self, loss):
        prediction, target = image_pair(torch.float64)
        value = loss(prediction.requires_grad_(), target)
        (gradient,) = torch.autograd.grad(value, prediction)
        with torch.no_grad():
            assert loss(prediction - 1e-5 * gradient / gradient.norm(), target) < value


class CorrelationLoss(PairedLoss):
    def compute(self, prediction, target):
        return (prediction @ target.mT).mean()


def test_autocast_is_off_in_a_users_loss():
    prediction, target = image_pair()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert (prediction @ target.mT).dtype == torch.bfloat16
        value = CorrelationLoss()(prediction, target)
    assert value == (prediction @ target.mT).mean()


def test_the_check_for_waits_sees_one():
    prediction, target = image_pair()
    with NoHostSynchronisation(), pytest.raises(AssertionError, match="waits for the device"):
        OfficialFocalFrequencyLoss()(prediction, target)


def test_pixel_l1_is_the_mean_absolute_difference():
    prediction = torch.tensor([[[[0.0, 1.0], [0.5, 0.25]]]])
    target = torch.tensor([[[[0.5, 1.0], [0.0, 0.25]]]])
    assert PixelL1Loss()(prediction, target).item() == 0.25
