"""A step that the device takes or leaves is the `if` that the host would write."""

import copy

import pytest
import torch
from torch import nn

from freqbench.losses.device_waits import DeviceWaitError, forbid_device_waits
from freqbench.training.conditional_step import step_if

PATTERNS = {
    "all": [True] * 6,
    "none": [False] * 6,
    "mixed": [True, False, False, True, True, False],
    "late": [False, False, False, True, True, True],
}


def network(*, channels_last=False):
    torch.manual_seed(0)
    layers = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.LeakyReLU(), nn.Conv2d(4, 2, 3))
    return layers.to(memory_format=torch.channels_last) if channels_last else layers


def optimiser_of(module, *, fused=True):
    # a large decay, which must not go on while steps are left out
    return torch.optim.AdamW(module.parameters(), lr=1e-2, weight_decay=0.5, fused=fused)


def images(step):
    return torch.rand(2, 1, 9, 9, generator=torch.Generator().manual_seed(step))


def trained(pattern, *, on_device, device="cpu", **options):
    module = network(**options).to(device)
    optimiser = optimiser_of(module)
    for number, taken in enumerate(pattern):
        # several losses lie far apart, so that the moments would show a step too many
        loss = (number + 1) * module(images(number).to(device)).square().sum()
        if on_device:
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            step_if(optimiser, torch.tensor(taken, device=device))
        elif taken:
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
    return module, optimiser


@pytest.mark.parametrize("channels_last", [False, True])
@pytest.mark.parametrize("pattern", PATTERNS.values(), ids=PATTERNS)
def test_weights_and_moments_are_those_of_the_plain_if(pattern, channels_last):
    (ours, optimiser), (plain, reference) = (
        trained(pattern, on_device=on_device, channels_last=channels_last) for on_device in (True, False)
    )
    for name, value in plain.state_dict().items():
        assert torch.equal(ours.state_dict()[name], value), name
    for own, theirs in zip(ours.parameters(), plain.parameters(), strict=True):
        # the plain optimiser has no state before its first step: that is a state of zeros
        for name, value in optimiser.state[own].items():
            assert torch.equal(value, reference.state[theirs].get(name, torch.zeros_like(value))), name
        assert optimiser.state[own]["step"] == sum(pattern)


def test_a_left_out_step_changes_nothing_but_the_next_one_counts():
    module, optimiser = trained([True, False], on_device=True)
    before = copy.deepcopy((module.state_dict(), optimiser.state_dict()["state"]))
    step_if(optimiser, torch.tensor(False))
    assert all(torch.equal(value, before[0][name]) for name, value in module.state_dict().items())
    assert str(before[1]) == str(optimiser.state_dict()["state"])
    step_if(optimiser, torch.tensor(True))
    assert not torch.equal(module[0].weight, before[0]["0.weight"])


def test_the_host_does_not_wait():
    module = network()
    optimiser = optimiser_of(module)
    module(images(0)).sum().backward()
    condition = torch.tensor(True)
    with forbid_device_waits():
        step_if(optimiser, condition)
        step_if(optimiser, ~condition)
        with pytest.raises(DeviceWaitError):  # what it stands in for
            if condition:
                optimiser.step()
    assert {int(state["step"]) for state in optimiser.state.values()} == {1}


def test_the_optimiser_steps_by_itself_afterwards():
    module, optimiser = trained([False], on_device=True)
    before = module[0].weight.clone()
    optimiser.step()
    assert not torch.equal(module[0].weight, before)


def test_an_optimiser_that_would_step_in_any_case_is_refused():
    module = network()
    module(images(0)).sum().backward()
    with pytest.raises(ValueError, match="must be fused"):
        step_if(optimiser_of(module, fused=False), torch.tensor(False))


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("pattern", PATTERNS.values(), ids=PATTERNS)
def test_on_a_gpu(pattern):
    torch.use_deterministic_algorithms(True)
    ours, plain = (trained(pattern, on_device=on_device, device="cuda")[0] for on_device in (True, False))
    assert all(torch.equal(value, plain.state_dict()[name]) for name, value in ours.state_dict().items())
