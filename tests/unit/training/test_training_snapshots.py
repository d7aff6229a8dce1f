import shutil

import pytest

from freqbench.config import parse_config
from freqbench.errors import FreqbenchError
from freqbench.layout import Layout
from freqbench.run import Run
from freqbench.training.finished import is_trained
from freqbench.training.loop import TrainingInterruptedError
from freqbench.training.run import train
from freqbench.training.snapshots import find_snapshots, snapshot_iterations

DUE = [1, 2, 4, 7]


@pytest.fixture(scope="module")
def kept(write_study, harness, watcher, tmp_path_factory):
    """A study whose method was trained to the end and kept its generators, and their bytes."""
    config = write_study(tmp_path_factory.mktemp("kept"), training={"snapshots": "powers_of_two"}, **harness)
    train(Run(config, "tiny", "lffl_a1"), watcher())
    return config, snapshots_of(config)


@pytest.fixture
def run(make_study, harness):
    config = make_study(training={"snapshots": "powers_of_two"}, **harness)
    return Run(config, "tiny", "lffl_a1")


def snapshots_of(config):
    found = find_snapshots(Layout.of(config).snapshots("tiny", "lffl_a1", 1, 0))
    return {iteration: path.read_bytes() for iteration, path in found.items()}


def state_files(config):
    return [path for path in (Layout.of(config).root / "state").rglob("*") if path.is_file()]


@pytest.mark.parametrize(("last", "due"), [(1, [1]), (2, [1, 2]), (7, [1, 2, 4, 7]), (8, [1, 2, 4, 8])])
def test_kept_are_the_powers_of_two_and_the_last(last, due):
    assert snapshot_iterations(last) == due


def test_a_training_keeps_them_and_ends_in_the_same_weights_as_one_that_does_not(kept, uninterrupted):
    config, snapshots = kept
    assert list(snapshots) == DUE
    generator, plain = (Layout.of(each).generator("tiny", "lffl_a1", 1, 0) for each in (config, uninterrupted[0]))
    assert snapshots[7] == generator.read_bytes() == plain.read_bytes()
    assert len(set(snapshots.values())) == len(DUE)
    assert state_files(config) == []
    assert is_trained(Run(config, "tiny", "lffl_a1"))


def test_each_is_the_generator_after_that_many_iterations(kept, make_study, harness, watcher):
    _, snapshots = kept
    short = make_study(training={"iterations": 4}, **harness)
    train(Run(short, "tiny", "lffl_a1"), watcher())
    # with a constant learning rate a shorter training is the beginning of a longer one
    assert snapshots[4] == Layout.of(short).generator("tiny", "lffl_a1", 1, 0).read_bytes()


@pytest.mark.parametrize("stop_at", [1, 3, 4, 6])
def test_an_interrupted_training_keeps_the_same_ones(kept, run, watcher, stop_at):
    with pytest.raises(TrainingInterruptedError):
        train(run, watcher(stop_at=stop_at))
    assert not run.layout.snapshots(*run.key).exists(), "nothing incomplete lies among the outputs"
    train(run, watcher())
    assert snapshots_of(run.config) == kept[1]
    assert state_files(run.config) == []


def test_outputs_that_a_workflow_deletes_before_its_job_are_not_missed(kept, run, watcher):
    with pytest.raises(TrainingInterruptedError):
        train(run, watcher(stop_at=5))
    shutil.rmtree(run.layout.training_manifest(*run.key).parent, ignore_errors=True)
    view = watcher()
    train(run, view)
    assert view.said == ["resumed at iteration 5 of 7"]
    assert snapshots_of(run.config) == kept[1]


def test_a_deleted_state_starts_the_training_anew_and_it_keeps_the_same_ones(kept, run, watcher):
    with pytest.raises(TrainingInterruptedError):
        train(run, watcher(stop_at=5))
    for path in state_files(run.config):
        if ".pt" in path.name and path.parent.suffix != ".snapshots":
            path.unlink()
    view = watcher()
    train(run, view)
    assert view.first == 0
    assert snapshots_of(run.config) == kept[1]


def test_a_kept_generator_that_is_gone_starts_the_training_anew(kept, run, watcher):
    with pytest.raises(TrainingInterruptedError):
        train(run, watcher(stop_at=5))
    (lost,) = [path for path in state_files(run.config) if path.name == "iteration_2.pt"]
    lost.unlink()
    view = watcher()
    train(run, view)
    assert view.said == [f"{lost.parent.name}: the generator of iteration 2 is gone; starting anew"]
    assert view.first == 0
    assert snapshots_of(run.config) == kept[1]


@pytest.mark.parametrize("damage", ["delete", "truncate"])
def test_a_training_without_its_kept_generators_is_not_done(run, watcher, damage):
    train(run, watcher())
    assert is_trained(run)
    path = find_snapshots(run.layout.snapshots(*run.key))[2]
    path.unlink() if damage == "delete" else path.write_bytes(path.read_bytes()[:100])
    assert not is_trained(run)


def test_a_state_from_before_the_setting_is_of_another_training(make_study, harness, watcher):
    config = make_study(**harness)
    with pytest.raises(TrainingInterruptedError):
        train(Run(config, "tiny", "lffl_a1"), watcher(stop_at=5))
    content = config.model_dump(mode="json")
    content["training"]["snapshots"] = "powers_of_two"
    view = watcher()
    train(Run(parse_config(content, "test"), "tiny", "lffl_a1"), view)
    assert view.first == 0, "the first iterations are needed, too"
    assert "settings.training.snapshots" in view.said[0]


def test_trained_again_without_them_none_are_left(kept, run, watcher):
    train(run, watcher())
    content = run.config.model_dump(mode="json")
    content["training"]["snapshots"] = "none"
    train(Run(parse_config(content, "test"), "tiny", "lffl_a1"), watcher())
    assert not run.layout.snapshots(*run.key).exists()


def test_after_a_generator_could_not_be_written_the_same_command_trains_to_the_end(kept, run, watcher, monkeypatch):
    def full(*_):
        raise FreqbenchError("no room")

    monkeypatch.setattr("freqbench.training.snapshots.save_tensors", full)
    with pytest.raises(FreqbenchError, match="no room"):
        train(run, watcher())
    monkeypatch.undo()
    train(run, watcher())
    assert snapshots_of(run.config) == kept[1]
