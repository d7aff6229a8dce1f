"""What the harness expects of every loss between two images, as checks that can be run on any of them."""

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from freqbench.losses.device_waits import forbid_device_waits

SIZE = (48, 64)
LARGEST_COUNT = 65535.0
LAYOUTS: dict[str, Callable[[Tensor], Tensor]] = {
    "channels_last": lambda images: images.contiguous(memory_format=torch.channels_last),
    "transposed": lambda images: images.mT.contiguous().mT,
}
_SEED = 20260128


class ContractError(Exception):
    """A loss does not keep a promise; the message says how."""


@dataclass(frozen=True)
class Outcome:
    """Result of one check.

    Attributes:
        promise: what was checked, in words.
        failure: what went wrong, empty if nothing did.
    """

    promise: str
    failure: str

    @property
    def is_kept(self) -> bool:
        """Whether the check passed."""
        return not self.failure


def check_loss(loss: nn.Module, channels: int = 1) -> Iterator[Outcome]:
    """Run every check on a loss, one after the other.

    Args:
        loss: ``loss(prediction, target) -> scalar``. A class attribute ``channels_per_target`` says how many
            channels of the prediction belong to one of the target (1 if there is none).
        channels: channels of the target: 1 for images, 64 for the features of VGG-19 conv1_2.

    Yields:
        The outcome of each check, in the order of `CHECKS`.
    """
    for check in CHECKS:
        yield outcome_of(check, loss, channels)


def outcome_of(check: Callable[[nn.Module, int], None], loss: nn.Module, channels: int = 1) -> Outcome:
    """Run one check of `CHECKS` on a copy of a loss."""
    failure = ""
    try:
        check(copy.deepcopy(loss), channels)
    except Exception as error:  # a loss can fail in any way
        failure = str(error) if isinstance(error, ContractError) else f"{type(error).__name__}: {error}"
    return Outcome((check.__doc__ or "").strip().rstrip("."), failure.splitlines()[0] if failure else "")


def sample_pair(
    loss: nn.Module, channels: int = 1, *, number: int = 2, size: tuple[int, int] = SIZE
) -> tuple[Tensor, Tensor]:
    """Return a prediction and a target in [0, 1], (number, channels, H, W), the same on every call.

    The target is a random field of the spectrum of natural images, 1 / frequency, and the prediction a noisy
    copy, which has more channels where the loss needs them.
    """
    random = torch.Generator().manual_seed(_SEED)
    white = torch.randn((number, channels, *size), generator=random)
    rows, columns = torch.fft.fftfreq(size[0]), torch.fft.rfftfreq(size[1])
    frequency = torch.hypot(rows[:, None], columns).clamp(min=1 / max(size))
    field = torch.fft.irfft2(torch.fft.rfft2(white) / frequency, s=size)
    target = torch.sigmoid(field / field.std())
    noise = 0.1 * torch.randn((number, channels * predicted_channels(loss), *size), generator=random)
    return (target.repeat(1, predicted_channels(loss), 1, 1) + noise).clamp(0.01, 1), target


def predicted_channels(loss: nn.Module) -> int:
    """Return how many channels of the prediction belong to one channel of the target."""
    return int(getattr(loss, "channels_per_target", 1))


def _value(loss: nn.Module, prediction: Tensor, target: Tensor) -> Tensor:
    """Return the loss, after checking that it is a scalar."""
    value = loss(prediction, target)
    if not isinstance(value, Tensor) or value.ndim != 0:
        shape = f"a tensor of shape {tuple(value.shape)}" if isinstance(value, Tensor) else type(value).__name__
        raise ContractError(f"the loss must be a scalar tensor, not {shape}")
    return value


def _value_and_gradient(loss: nn.Module, prediction: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Return both, after checking what they are."""
    prediction = prediction.detach().clone().requires_grad_()
    value = _value(loss, prediction, target)
    if not value.requires_grad:
        raise ContractError("the loss has no gradient with respect to the prediction")
    (gradient,) = torch.autograd.grad(value, prediction)
    return value.detach(), gradient


def _check_finite(loss: nn.Module, prediction: Tensor, target: Tensor, where: str) -> None:
    value, gradient = _value_and_gradient(loss, prediction, target)
    if not value.isfinite():
        raise ContractError(f"the value is {value.item()} {where}")
    if not gradient.isfinite().all():
        raise ContractError(f"the gradient is not finite {where}")


def _differs(one: Tensor, other: Tensor, tolerance: float) -> bool:
    return bool((one - other).abs() > tolerance * torch.maximum(one.abs(), other.abs()) + 1e-9)


def _scalar_with_gradient(loss: nn.Module, channels: int) -> None:
    """Returns a finite scalar with a finite, non-zero gradient."""
    prediction, target = sample_pair(loss, channels)
    _check_finite(loss, prediction, target, "for a noisy image and its target")
    if not _value_and_gradient(loss, prediction, target)[1].any():
        raise ContractError("the gradient is zero for a noisy image and its target")


def _odd_sizes(loss: nn.Module, channels: int) -> None:
    """Takes rectangular images of odd size, or refuses them with a ValueError."""
    for size in ((33, 47), (64, 35)):
        prediction, target = sample_pair(loss, channels, size=size)
        try:
            _check_finite(loss, prediction, target, f"for {size[0]} x {size[1]} pixels")
        except ValueError as error:
            if not str(error):
                raise ContractError("the ValueError has no message") from error


def _identical(loss: nn.Module, channels: int) -> None:
    """Is finite, with its gradient, where the prediction is the target."""
    target = sample_pair(loss, channels)[1]
    prediction = target.repeat(1, predicted_channels(loss), 1, 1)
    _check_finite(loss, prediction.clamp(min=1e-3), target.clamp(min=1e-3), "at identical images")


def _flat(loss: nn.Module, channels: int) -> None:
    """Is finite, with its gradient, for all-zero and saturated images."""
    prediction, target = sample_pair(loss, channels)
    zero, one = torch.zeros_like(target), torch.ones_like(target)
    images = {"all-zero": zero, "saturated": one, "an image": target}
    # a scale must be positive, so the further channels keep theirs
    rest = prediction[:, channels:]
    for predicted, shown in images.items():
        for wanted, truth in images.items():
            where = f"for a prediction that is {predicted} and a target that is {wanted}"
            _check_finite(loss, torch.cat([shown, rest], dim=1), truth, where)


def _sixteen_bits(loss: nn.Module, channels: int) -> None:
    """Is finite, with its gradient, for 16-bit counts and for dim images of a 16-bit camera."""
    prediction, target = sample_pair(loss, channels)
    _check_finite(loss, LARGEST_COUNT * prediction, LARGEST_COUNT * target, "for intensities up to 65535")
    dim_prediction, dim_target = ((40 * image).round().clamp(min=1) / LARGEST_COUNT for image in (prediction, target))
    _check_finite(loss, dim_prediction, dim_target, "for images of 40 counts out of 65535")


def _smallest_at_target(loss: nn.Module, channels: int) -> None:
    """Is smaller at the target than at a noisy image, and falls along the way."""
    prediction, target = sample_pair(loss, channels)
    best = torch.cat([target, prediction[:, channels:]], dim=1)
    values = [_value(loss, torch.lerp(prediction, best, share), target).item() for share in (0.0, 0.5, 1.0)]
    if not values[0] > values[1] > values[2]:
        raise ContractError(
            "the loss is {:.6g} at a noisy image, {:.6g} half-way, {:.6g} at the target".format(*values)
        )


def _towards_target(loss: nn.Module, channels: int) -> None:
    """Has a gradient along which a noisy image moves towards the target."""
    # Not the same as a gradient along which the value falls: a weight that is detached and divided by its maximum, as
    # that of FFL, rises while the difference shrinks.
    prediction, target = sample_pair(loss, channels)
    _, gradient = _value_and_gradient(loss, prediction, target)
    if not (gradient[:, :channels] * (prediction[:, :channels] - target)).sum() > 0:
        raise ContractError("the gradient leads away from the target")


def _batch(loss: nn.Module, channels: int) -> None:
    """Gives an image the same value whatever the batch: the mean of the images' own losses."""
    prediction, target = sample_pair(loss, channels, number=3)
    alone = torch.stack([_value(loss, p, t) for p, t in zip(prediction.split(1), target.split(1), strict=True)]).mean()
    together = _value(loss, prediction, target)
    if _differs(together, alone, 1e-4):
        raise ContractError(f"{together:.6g} for a batch of 3, but {alone:.6g} is the mean of its images alone")


def _autocast(loss: nn.Module, channels: int) -> None:
    """Gives the float32 value under autocast to bfloat16."""
    prediction, target = sample_pair(loss, channels)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        value = _value(loss, prediction, target)
    expected = _value(loss, prediction, target)
    if value.dtype != expected.dtype or _differs(value, expected, 1e-6):
        raise ContractError(f"{value:.8g} ({value.dtype}) under autocast, {expected:.8g} without")


def _device_waits(loss: nn.Module, channels: int) -> None:
    """Never waits for the device."""
    prediction, target = sample_pair(loss, channels)
    with forbid_device_waits():
        _value_and_gradient(loss, prediction, target)
    if torch.cuda.is_available():
        _device_waits_on_gpu(loss.cuda(), prediction.cuda(), target.cuda())


def _device_waits_on_gpu(loss: nn.Module, prediction: Tensor, target: Tensor) -> None:
    _value_and_gradient(loss, prediction, target)  # the first call may set up the FFT
    torch.cuda.set_sync_debug_mode("error")
    try:
        _value_and_gradient(loss, prediction, target)
    finally:
        torch.cuda.set_sync_debug_mode("default")


def _wrong_shapes(loss: nn.Module, channels: int) -> None:
    """Refuses a target of another shape with a ValueError, and never broadcasts."""
    prediction, target = sample_pair(loss, channels)
    more_channels = target.repeat(1, 3, 1, 1)
    for other in (target[:1], target[..., :1], target[..., :32], target[0], more_channels):
        try:
            loss(prediction, other)
        except ValueError:
            continue
        except Exception as error:
            raise ContractError(
                f"{type(error).__name__} instead of a ValueError for {tuple(prediction.shape)} and {tuple(other.shape)}"
            ) from error
        raise ContractError(f"accepts {tuple(prediction.shape)} and {tuple(other.shape)}")


def _inputs_alone(loss: nn.Module, channels: int) -> None:
    """Leaves its inputs alone, and does not depend on their memory layout."""
    prediction, target = sample_pair(loss, channels)
    before = prediction.clone(), target.clone()
    value = _value(loss, prediction, target)
    if not (torch.equal(prediction, before[0]) and torch.equal(target, before[1])):
        raise ContractError("the loss changes its inputs")
    prediction, target = before
    for layout, turn in LAYOUTS.items():
        for which, images in (("prediction", (turn(prediction), target)), ("target", (prediction, turn(target)))):
            # Pixels that are taken for others change everything. Rounding is allowed much, since it turns with the
            # order of an FFT: it moves LFFL by 2 % where the weight is divided by its maximum over the batch.
            other = _value(loss, *images)
            if _differs(other, value, 0.05):
                raise ContractError(f"{other:.8g} for a {which} laid out {layout}, {value:.8g} otherwise")


def _repeatable(loss: nn.Module, channels: int) -> None:
    """Gives the same value and gradient each time, and draws no random numbers."""
    prediction, target = sample_pair(loss, channels)
    before = torch.get_rng_state()
    value, gradient = _value_and_gradient(loss, prediction, target)
    if not torch.equal(torch.get_rng_state(), before):
        raise ContractError("the loss draws from the global random state: a resumed training would differ")
    again, gradient_again = _value_and_gradient(loss, prediction, target)
    if not (torch.equal(value, again) and torch.equal(gradient, gradient_again)):
        raise ContractError(f"{value:.9g}, then {again:.9g} for the same images")


def _nothing_to_train(loss: nn.Module, channels: int) -> None:
    """Has no parameters of its own to train."""
    del channels
    names = [name for name, parameter in loss.named_parameters() if parameter.requires_grad]
    if names:
        raise ContractError(f"no optimiser trains {', '.join(names)}; freeze them with requires_grad_(False)")


CHECKS: tuple[Callable[[nn.Module, int], None], ...] = (
    _scalar_with_gradient,
    _odd_sizes,
    _identical,
    _flat,
    _sixteen_bits,
    _smallest_at_target,
    _towards_target,
    _batch,
    _autocast,
    _device_waits,
    _wrong_shapes,
    _inputs_alone,
    _repeatable,
    _nothing_to_train,
)
"""All checks; the docstring of each says what the loss promises."""
