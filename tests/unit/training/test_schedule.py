import pytest

from freqbench.training.schedule import DiscriminatorSchedule


def test_adversarial_training_begins_after_the_warmup():
    schedule = DiscriminatorSchedule(warmup_iterations=3, skip_below=0.1)
    assert [schedule.is_adversarial(iteration) for iteration in range(5)] == [False, False, False, True, True]


def test_without_warmup_the_first_iteration_is_adversarial():
    assert DiscriminatorSchedule(0, 0.1).is_adversarial(0)


@pytest.mark.parametrize(("loss", "updated"), [(0.7, True), (0.1, True), (0.0999, False), (0.0, False)])
def test_a_discriminator_below_the_threshold_is_skipped(loss, updated):
    assert DiscriminatorSchedule(0, 0.1).should_update(loss) is updated


def test_updates_are_counted():
    schedule = DiscriminatorSchedule(0, 0.5)
    for loss in (0.6, 0.4, 0.5, 0.1):
        schedule.should_update(loss)
    assert schedule.updates == 2


def test_a_threshold_of_zero_never_skips():
    assert DiscriminatorSchedule(0, 0.0).should_update(0.0)


def test_a_loss_that_is_no_number_updates_nothing():
    assert not DiscriminatorSchedule(0, 0.1).should_update(float("nan"))
