"""What stops a GPU's queue is noticed on the CPU, forward and backward; nothing else is, and nothing stays behind."""

import numpy as np
import pytest
import torch
from focal_frequency_loss import FocalFrequencyLoss as OfficialFocalFrequencyLoss

from freqbench.losses.device_waits import DeviceWaitError, forbid_device_waits

WAITS = {
    "item": lambda x: x.sum().item(),
    "float": lambda x: float(x.sum()),
    "int": lambda x: int(x.sum()),
    "if": lambda x: 1 if x.sum() > 0 else 2,
    "and": lambda x: x.sum() and x,
    "index of a list": lambda x: [1, 2, 3][x[0, 0].long()],
    "format": lambda x: f"{x.sum():.3f}",
    "print": repr,
    "in": lambda x: 0.5 in x,
    "equal": lambda x: torch.equal(x, x),
    "allclose": lambda x: torch.allclose(x, x),
    "tolist": lambda x: x.tolist(),
    "cpu": lambda x: x.cpu(),
    "numpy": lambda x: x.numpy(),
    "asarray": np.asarray,
    "nonzero": lambda x: x.nonzero(),
    "argwhere": lambda x: torch.argwhere(x > 0.5),
    "where of one argument": lambda x: torch.where(x > 0.5),
    "mask": lambda x: x[x > 0.5],
    "mask among indices": lambda x: x[:, x[0] > 0.5],
    "mask of bytes": lambda x: x[(x > 0.5).byte()],
    "values at a mask": lambda x: x.clone().index_put_((x > 0.5,), x.sum()),
    "masked_select": lambda x: x.masked_select(x > 0.5),
    "unique": torch.unique,
    "unique rows": lambda x: torch.unique(x, dim=0),
    "unique_consecutive": torch.unique_consecutive,
    "bincount": lambda x: torch.bincount(x.flatten().long()),
    "repeat_interleave": lambda x: x.repeat_interleave(x[0].long(), 0),
    "one_hot": lambda x: torch.nn.functional.one_hot(x.long()),
    "inverse": lambda x: torch.linalg.inv(x + torch.eye(4)),
    "the official FFL": lambda x: OfficialFocalFrequencyLoss()(x[None, None], 0.5 * x[None, None]),
}

HARMLESS = {
    "arithmetic": lambda x: (x * 2 + 1).sum().sqrt(),
    "shapes": lambda x: x.reshape(x.shape[0] * x.shape[1]) / len(x) / x.numel(),
    "spectrum": lambda x: torch.fft.rfft2(x).abs().log1p().mean(),
    "where": lambda x: torch.where(x > 0.5, x, 0.0),
    "masked_fill": lambda x: x.masked_fill(x > 0.5, 0.0),
    "slices": lambda x: x[..., 1:, ::2, None],
    "index of integers": lambda x: x[torch.arange(3)],
    "sums by index": lambda x: x.new_zeros(4).index_add(0, torch.arange(4), x[0]),
    "largest": lambda x: x / x.amax().clamp(min=1e-9),
    "precision": lambda x: x.double().to(torch.float32).to(x.device),
    "repeat_interleave of known size": lambda x: x.repeat_interleave(torch.arange(4), 0, output_size=6),
    "inverse without check": lambda x: torch.linalg.inv_ex(x + torch.eye(4))[0],
}


METHODS = ("numpy", "tolist", "cpu", "__array__")


def image():
    return torch.rand(4, 4, generator=torch.Generator().manual_seed(0))


class InBackward(torch.autograd.Function):
    """The identity, with an operation of a user's in its derivative."""

    @staticmethod
    def forward(ctx, values, operation):
        ctx.operation = operation
        ctx.save_for_backward(values)
        return values.clone()

    @staticmethod
    def backward(ctx, gradient):
        ctx.operation(ctx.saved_tensors[0])
        return gradient, None


@pytest.mark.filterwarnings("ignore:indexing with dtype torch.uint8")
@pytest.mark.parametrize("operation", WAITS.values(), ids=WAITS)
class TestWaits:
    def test_is_refused_forward_and_there_alone(self, operation):
        x = image()
        operation(x.clone())
        with forbid_device_waits(), pytest.raises(DeviceWaitError, match=r"waits for the device$"):
            operation(x)

    def test_is_refused_backward(self, operation):
        x = image().requires_grad_()
        with forbid_device_waits():
            value = InBackward.apply(x, operation).sum()
            with pytest.raises(DeviceWaitError, match=r"waits for the device$"):
                value.backward()


@pytest.mark.parametrize("operation", HARMLESS.values(), ids=HARMLESS)
def test_harmless_operations_are_not_refused(operation):
    x = image().requires_grad_()
    with forbid_device_waits():
        value = operation(x)
        InBackward.apply(value, lambda _: operation(x.detach())).sum().backward()
    torch.testing.assert_close(value, operation(x))
    assert x.grad is not None


@pytest.mark.filterwarnings("ignore:indexing with dtype torch.uint8")
def test_everything_works_again_afterwards():
    before = [vars(torch.Tensor).get(name) for name in METHODS]
    for error in (None, RuntimeError, DeviceWaitError):
        try:
            with forbid_device_waits():
                if error:
                    raise error
        except RuntimeError:
            assert error is RuntimeError
        except DeviceWaitError:
            assert error is DeviceWaitError
        assert [vars(torch.Tensor).get(name) for name in METHODS] == before
        for operation in WAITS.values():
            operation(image())


def test_one_inside_another():
    x = image()
    with forbid_device_waits():
        with forbid_device_waits():
            pass
        with pytest.raises(DeviceWaitError):
            x.tolist()
        with pytest.raises(DeviceWaitError):
            x.sum().item()
    assert x.tolist()
