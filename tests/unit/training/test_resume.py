import signal

import numpy as np
import pytest
import torch

from freqbench.layout import Layout
from freqbench.run import Run
from freqbench.training.loop import TrainingInterruptedError
from freqbench.training.run import train


def outputs(config, method="lffl_a1", seed=0):
    layout = Layout.of(config)
    return [path("tiny", method, 1, seed).read_bytes() for path in (layout.generator, layout.training_log)]


def states(config):
    return [path for path in (Layout.of(config).root / "state").rglob("*") if path.is_file()]


@pytest.mark.parametrize("stop_at", [1, 2, 3, 4, 6, 7])
def test_an_interrupted_training_ends_with_the_same_bytes(uninterrupted, harness, make_study, watcher, stop_at):
    config = make_study(**harness)
    run = Run(config, "tiny", "lffl_a1")
    with pytest.raises(TrainingInterruptedError):
        train(run, watcher(stop_at=stop_at))
    assert not run.layout.generator("tiny", "lffl_a1", 1, 0).exists()
    assert not run.layout.training_manifest("tiny", "lffl_a1", 1, 0).exists()
    assert states(config)
    view = watcher()
    train(run, view)
    assert view.said == [f"resumed at iteration {stop_at} of 7"]
    assert (view.first, view.done) == (stop_at, 7)
    assert outputs(config) == outputs(uninterrupted[0])
    assert states(config) == []


def test_interrupted_twice_and_by_ctrl_c(uninterrupted, harness, make_study, watcher):
    config = make_study(**harness)
    run = Run(config, "tiny", "lffl_a1")
    for stop_at in (2, 5):
        with pytest.raises(TrainingInterruptedError):
            train(run, watcher(stop_at=stop_at, number=signal.SIGINT))
    train(run, watcher())
    assert outputs(config) == outputs(uninterrupted[0])


def test_signal_handlers_are_put_back(make_study, watcher):
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    with pytest.raises(TrainingInterruptedError):
        train(Run(make_study(), "tiny", "spatial"), watcher(stop_at=1))
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before


def test_a_crash_loses_no_more_than_the_steps_since_the_checkpoint(uninterrupted, harness, make_study, watcher):
    config = make_study(**harness)
    run = Run(config, "tiny", "lffl_a1")
    view = watcher()

    def crash():
        view.done += 1
        if view.done == 5:
            raise OSError("the machine is gone")

    view.step = crash
    with pytest.raises(OSError, match="the machine is gone"):
        train(run, view)
    view = watcher()
    train(run, view)
    assert view.said == ["resumed at iteration 4 of 7"]
    assert outputs(config) == outputs(uninterrupted[0])


def test_a_truncated_state_is_replaced_by_the_one_before_and_the_user_is_told(
    uninterrupted, harness, make_study, watcher
):
    config = make_study(**harness)
    run = Run(config, "tiny", "lffl_a1")
    with pytest.raises(TrainingInterruptedError):
        train(run, watcher(stop_at=5))
    (newest,) = [path for path in states(config) if path.suffix == ".pt"]
    newest.write_bytes(newest.read_bytes()[:1000])
    view = watcher()
    train(run, view)
    assert view.said == [
        f"{newest.name} is damaged; going on from the state before it",
        "resumed at iteration 4 of 7",
    ]
    assert outputs(config) == outputs(uninterrupted[0])


def test_the_same_seed_twice_gives_the_same_bytes(uninterrupted, harness, make_study, watcher):
    config = make_study(**harness)
    # what was drawn before must not matter
    torch.manual_seed(123)
    np.random.seed(123)  # noqa: NPY002
    train(Run(config, "tiny", "lffl_a1"), watcher())
    assert outputs(config) == outputs(uninterrupted[0])


def test_another_seed_gives_other_weights(uninterrupted, watcher):
    config, _ = uninterrupted
    train(Run(config, "tiny", "lffl_a1", 1), watcher())
    assert outputs(config, seed=1)[0] != outputs(config)[0]
