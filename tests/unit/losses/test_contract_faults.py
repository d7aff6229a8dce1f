"""Each check of the contract finds the fault it is made for, and finds none in sound losses."""

import pytest
import torch
from torch import nn

from freqbench.losses import FocalFrequencyLoss, LogFocalFrequencyLoss
from freqbench.losses.contract import CHECKS, check_loss, sample_pair

SCALAR, ODD, IDENTICAL, FLAT, COUNTS, SMALLEST, TOWARDS, BATCH, AUTOCAST, WAITS, SHAPES, INPUTS, REPEAT, TRAINED = (
    check.__doc__.strip().rstrip(".") for check in CHECKS
)
EVERYTHING = {check.__doc__.strip().rstrip(".") for check in CHECKS}


class Checked(nn.Module):
    """A sound loss but for `of`; unlike a `PairedLoss` it is on its own with precision."""

    def forward(self, prediction, target):
        if prediction.shape != target.shape or prediction.ndim != 4:
            raise ValueError("the shapes differ")
        return self.of(prediction, target)

    def of(self, prediction, target):
        return (prediction - target).square().add(1e-6).sqrt().mean()


def planted(of):
    """Return a loss that computes a function of prediction and target."""
    return type(of.__name__, (Checked,), {"of": staticmethod(of)})()


def l1(prediction, target):
    return (prediction - target).abs().mean()


def l2(prediction, target):
    return (prediction - target).square().mean()


class WrongWay(torch.autograd.Function):
    """The identity, with the derivative of its negative."""

    @staticmethod
    def forward(_, values):
        return values.clone()

    @staticmethod
    def backward(_, gradient):
        return -gradient


class HostInBackward(WrongWay):
    @staticmethod
    def backward(_, gradient):
        return gradient * gradient.sign().sum().sign().item()


def needs_even_sides(prediction, target):
    number, channels, height, width = prediction.shape
    blocks = (prediction - target).view(number, channels, height // 2, 2, width // 2, 2)
    return blocks.mean((3, 5)).abs().mean() + l1(prediction, target)


def clamps_its_target(prediction, target):
    target.clamp_(0.2, 0.8)
    return l1(prediction, target)


def clamps_its_prediction(prediction, target):
    prediction.data.clamp_(0.2, 0.8)
    return l1(prediction, target)


def reads_the_storage(prediction, target):
    def stored(images):
        return images.as_strided((images.numel(),), (1,))

    return l1(stored(prediction), stored(target))


def views_the_target(prediction, target):
    return (prediction.reshape(len(target), -1) - target.view(len(target), -1)).abs().mean()


def draws(prediction, target):
    return l1(prediction, target) + 0 * torch.rand(())


class Alternating(Checked):
    """Differs a little from call to call, without a random number."""

    calls = 0

    def of(self, prediction, target):
        self.calls += 1
        return l1(prediction, target) * (1 + 5e-7 * (self.calls % 2))


class Learned(Checked):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(()))

    def of(self, prediction, target):
        return self.scale * l1(prediction, target)


class RefusesSilently(Checked):
    def of(self, prediction, target):
        if prediction.shape[-1] % 2:
            raise ValueError
        return l1(prediction, target)


class Lenient(nn.Module):
    """Checks the shapes, but takes one pair that it should not."""

    def __init__(self, takes):
        super().__init__()
        self.takes = takes

    def forward(self, prediction, target):
        if prediction.shape != target.shape and not self.takes(prediction, target):
            raise ValueError("the shapes differ")
        return l1(prediction[..., : target.shape[-1]], target)


class ShapeError(Checked):
    def forward(self, prediction, target):
        if prediction.shape != target.shape:
            raise RuntimeError(f"{tuple(prediction.shape)}\n{tuple(target.shape)}")
        return super().forward(prediction, target)


def raises_in_two_lines(prediction, target):
    raise RuntimeError("first line\nsecond line")


NEEDS_A_GRADIENT = {SCALAR, ODD, IDENTICAL, FLAT, COUNTS, TOWARDS, WAITS, REPEAT}
FAULTS = {
    # no gradient, or a wrong one
    "detached": (planted(lambda p, t: l1(p.detach(), t)), NEEDS_A_GRADIENT),
    "zero gradient": (planted(lambda p, t: l1(p.detach(), t) + 0 * p.sum()), {SCALAR, TOWARDS}),
    "gradient of the wrong sign": (planted(lambda p, t: WrongWay.apply(l1(p, t))), {TOWARDS}),
    "wrong sign": (planted(lambda p, t: -l1(p, t)), {SMALLEST, TOWARDS}),
    "value of the wrong sign": (planted(lambda p, t: l2(p, t) - 2 * l2(p, t).detach()), {SMALLEST}),
    "noise rewarded": (planted(lambda p, t: l2(p, t) - 2 * p.var()), {SMALLEST, TOWARDS, BATCH}),
    # no scalar
    "a float": (planted(lambda p, t: l1(p, t).item()), EVERYTHING - {SHAPES, TRAINED}),
    "not reduced": (planted(lambda p, t: (p - t).abs()), EVERYTHING - {SHAPES, TRAINED}),
    "one value for each image": (planted(lambda p, t: (p - t).abs().mean((1, 2, 3))), EVERYTHING - {SHAPES, TRAINED}),
    # not finite
    "root of zero": (planted(lambda p, t: (p - t).square().mean().sqrt()), {IDENTICAL, FLAT, BATCH}),
    "root of zero in each pixel": (planted(lambda p, t: (p - t).square().sqrt().mean()), {IDENTICAL, FLAT, COUNTS}),
    "over the target": (planted(lambda p, t: ((p - t) / t).abs().mean()), {FLAT}),
    "logarithm": (planted(lambda p, t: (p.log() - t.log()).abs().mean()), {FLAT}),
    "exponential": (planted(lambda p, t: (p - t).abs().expm1().mean()), {COUNTS}),
    "half precision": (planted(lambda p, t: l1(p.half().float(), t.half().float())), {COUNTS}),
    "sizes": (planted(needs_even_sides), {ODD}),
    "refused without a word": (RefusesSilently(), {ODD}),
    # a value that depends on what it should not
    "sum over the batch": (planted(lambda p, t: (p - t).abs().sum()), {BATCH}),
    "largest of the batch": (LogFocalFrequencyLoss(normalize_weight="batch"), {BATCH}),
    "product under autocast": (planted(lambda p, t: (p.mT @ (p - t)).abs().mean() + l1(p, t)), {AUTOCAST}),
    "memory layout": (planted(reads_the_storage), {INPUTS}),
    "memory layout of the target": (planted(views_the_target), {INPUTS}),
    "changed target": (planted(clamps_its_target), {INPUTS}),
    "changed prediction": (planted(clamps_its_prediction), {INPUTS}),
    "random numbers": (planted(draws), {REPEAT}),
    "changes from call to call": (Alternating(), {REPEAT}),
    # waits
    "item": (planted(lambda p, t: l1(p, t) / max(t.max().item(), 1e-3)), {BATCH, WAITS}),
    "mask": (planted(lambda p, t: l1(p, t) + 0 * p[t > 0.5].sum()), {WAITS}),
    "NumPy": (planted(lambda p, t: l1(p, t) + 0 * float(t.numpy().mean())), {WAITS}),
    "wait in the gradient": (planted(lambda p, t: HostInBackward.apply(l1(p, t))), {WAITS}),
    # shapes and parameters
    "broadcasts": (nn.L1Loss(), {SHAPES}),
    "broadcasts images": (Lenient(lambda p, t: t.ndim == 4 and len(t) < len(p)), {SHAPES}),
    "broadcasts channels": (Lenient(lambda p, t: t.shape[-3] > p.shape[1]), {SHAPES}),
    "broadcasts columns": (Lenient(lambda _, t: t.shape[-1] == 1), {SHAPES}),
    "broadcasts one image": (Lenient(lambda _, t: t.ndim == 3), {SHAPES}),
    "crops": (Lenient(lambda p, t: 1 < t.shape[-1] < p.shape[-1]), {SHAPES}),
    "another error for shapes": (ShapeError(), {SHAPES}),
    "always fails": (planted(raises_in_two_lines), EVERYTHING - {SHAPES, TRAINED}),
    "a parameter": (Learned(), {TRAINED}),
}


def broken_promises(loss, channels=1):
    return {outcome.promise for outcome in check_loss(loss, channels) if not outcome.is_kept}


@pytest.mark.filterwarnings("ignore:Using a target size")
@pytest.mark.parametrize(("loss", "expected"), FAULTS.values(), ids=FAULTS)
def test_fault_is_found(loss, expected):
    assert broken_promises(loss) == expected


def test_layout_is_turned_with_many_channels_too():
    assert broken_promises(planted(reads_the_storage), channels=3) == {INPUTS}


def test_every_check_has_a_fault_of_its_own():
    alone = [expected for _, expected in FAULTS.values() if len(expected) == 1]
    assert EVERYTHING - set.union(*alone) == {SCALAR, IDENTICAL}  # what breaks these breaks others


class GaussianLikelihood(nn.Module):
    """Negative log-likelihood of a normal distribution: a mean and a variance for each channel of the target."""

    channels_per_target = 2

    def forward(self, prediction, target):
        if prediction.ndim != 4 or prediction[:, : prediction.shape[1] // 2].shape != target.shape:
            raise ValueError("the prediction needs two channels for each of the target")
        mean, variance = prediction.chunk(2, dim=1)
        return ((mean - target).square() / variance + variance.log()).mean()


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("loss", [Checked(), FocalFrequencyLoss(patch_factor=2), GaussianLikelihood()])
def test_sound_losses_of_others_keep_all_promises(loss, channels):
    outcomes = list(check_loss(loss, channels))
    assert [outcome.failure for outcome in outcomes] == [""] * len(CHECKS)
    assert {outcome.promise for outcome in outcomes} == EVERYTHING


def test_a_check_leaves_the_loss_alone():
    loss = Alternating()
    assert not all(outcome.is_kept for outcome in check_loss(loss))
    assert loss.calls == 0
    assert next(loss.parameters(), None) is None


@pytest.mark.filterwarnings("ignore:Using a target size")
def test_failures_say_what_happened_in_one_line():
    failures = {name: [o.failure for o in check_loss(loss) if o.failure] for name, (loss, _) in FAULTS.items()}
    assert all("\n" not in failure for found in failures.values() for failure in found)
    assert failures["root of zero"][0] == "the gradient is not finite at identical images"
    assert failures["sum over the batch"][0].endswith("is the mean of its images alone")
    assert failures["sizes"][0].startswith("RuntimeError: shape")
    assert failures["always fails"] == ["RuntimeError: first line"] * 12
    assert failures["another error for shapes"][0].startswith("RuntimeError instead of a ValueError for (2, 1, 48, 64)")
    assert failures["a parameter"] == ["no optimiser trains scale; freeze them with requires_grad_(False)"]
    assert set(failures["not reduced"][:1]) == {
        "the loss must be a scalar tensor, not a tensor of shape (2, 1, 48, 64)"
    }


def test_the_sample_is_the_same_each_time_and_noisier_than_its_target():
    prediction, target = sample_pair(Checked(), 2, number=3, size=(20, 31))
    again = sample_pair(GaussianLikelihood(), 2, number=3, size=(20, 31))
    assert prediction.shape == target.shape == (3, 2, 20, 31)
    assert again[0].shape == (3, 4, 20, 31)
    assert torch.equal(again[1], target)
    assert prediction.min() >= 0.01
    assert prediction.max() <= 1
    assert 0.05 < (prediction - target).std() < 0.1
