import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from freqbench.losses.device_waits import forbid_device_waits
from freqbench.training.schedule import DiscriminatorSchedule


def test_adversarial_training_begins_after_the_warmup():
    schedule = DiscriminatorSchedule(warmup_iterations=3, skip_below=0.1)
    assert [schedule.is_adversarial(iteration) for iteration in range(5)] == [False, False, False, True, True]


def test_without_warmup_the_first_iteration_is_adversarial():
    assert DiscriminatorSchedule(0, 0.1).is_adversarial(0)


@pytest.mark.parametrize(("loss", "updated"), [(0.7, True), (0.1, True), (0.0999, False), (0.0, False)])
def test_a_discriminator_below_the_threshold_is_skipped(loss, updated):
    assert bool(DiscriminatorSchedule(0, 0.1).should_update(torch.tensor(loss))) is updated


@given(threshold=st.floats(0.0, 2.0), steps=st.integers(-2, 2))
def test_loss_and_threshold_are_compared_exactly(threshold, steps):
    """At neighbours of the threshold in float32, where a rounded threshold would decide otherwise."""
    loss = torch.tensor(threshold)
    for _ in range(abs(steps)):
        loss = torch.nextafter(loss, torch.tensor(float("inf") if steps > 0 else -1.0))
    assert bool(DiscriminatorSchedule(0, threshold).should_update(loss)) is (loss.item() >= threshold)


def test_updates_are_counted():
    schedule = DiscriminatorSchedule(0, 0.5)
    for loss in (0.6, 0.4, 0.5, 0.1):
        schedule.should_update(torch.tensor(loss))
    assert schedule.updates == 2


def test_the_count_goes_on_from_a_saved_one():
    schedule = DiscriminatorSchedule(0, 0.5)
    schedule.updates = 40
    schedule.should_update(torch.tensor(1.0))
    assert schedule.updates == 41
    assert type(schedule.updates) is int


def test_deciding_and_counting_do_not_wait_for_the_device():
    schedule = DiscriminatorSchedule(0, 0.5)
    with forbid_device_waits():
        for loss in torch.tensor([0.6, 0.4]).unbind():
            schedule.should_update(loss)
    assert schedule.updates == 1


def test_a_threshold_of_zero_never_skips():
    assert DiscriminatorSchedule(0, 0.0).should_update(torch.tensor(0.0))


def test_a_loss_that_is_no_number_updates_nothing():
    assert not DiscriminatorSchedule(0, 0.1).should_update(torch.tensor(float("nan")))
