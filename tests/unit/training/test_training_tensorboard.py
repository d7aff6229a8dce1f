import sys
from types import ModuleType

import pytest

from freqbench.errors import FreqbenchError
from freqbench.layout import Layout
from freqbench.run import Run
from freqbench.training.identity import training_fingerprint
from freqbench.training.loop import TrainingInterruptedError
from freqbench.training.run import train

MODULE = "torch.utils.tensorboard"


@pytest.fixture
def events(monkeypatch):
    """Stand in for the package; return what is written."""
    written = []

    class SummaryWriter:
        def __init__(self, folder, purge_step=None):
            written.append(("open", folder, purge_step))

        def add_scalar(self, name, value, step):
            written.append((name, value, step))

        def flush(self):
            written.append(("flush",))

        def close(self):
            written.append(("close",))

    module = ModuleType(MODULE)
    module.SummaryWriter = SummaryWriter
    monkeypatch.setitem(sys.modules, MODULE, module)
    return written


def test_every_record_is_written_and_a_resumed_training_takes_back_what_it_repeats(make_study, watcher, events):
    config = make_study(training={"tensorboard": True})
    run = Run(config, "tiny", "lffl_a1")
    with pytest.raises(TrainingInterruptedError):
        train(run, watcher(stop_at=4))
    view = watcher()
    train(run, view)
    folder = str(Layout.of(config).training_events("tiny", "lffl_a1", 1, 0))
    assert [event for event in events if event[0] in ("open", "close")] == [
        ("open", folder, 1),
        ("close",),
        ("open", folder, 5),
        ("close",),
    ]
    assert [event[1:] for event in events if event[0] == "l1"][1:] == [
        (record["l1"], record["iteration"]) for record in view.records
    ]
    assert not [event for event in events if event[0] == "iteration"]


def test_it_is_off_and_changes_no_fingerprint(make_study, watcher, events):
    config, other = make_study(), make_study(training={"tensorboard": True})
    train(Run(config, "tiny", "lffl_a1"), watcher())
    assert events == []
    assert training_fingerprint(Run(config, "tiny", "lffl_a1")) == training_fingerprint(Run(other, "tiny", "lffl_a1"))


def test_a_missing_package_is_one_error_before_anything_is_trained(make_study, watcher, monkeypatch):
    monkeypatch.setitem(sys.modules, MODULE, None)
    view = watcher()
    with pytest.raises(FreqbenchError, match=r"training\.tensorboard: the package `tensorboard` is not installed"):
        train(Run(make_study(training={"tensorboard": True}), "tiny", "lffl_a1"), view)
    assert view.done == 0
