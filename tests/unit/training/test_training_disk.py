"""Disks that are full and folders that cannot be written: one error, and nothing lost."""

import errno
import os
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from freqbench.errors import FreqbenchError
from freqbench.files import write_json
from freqbench.layout import Layout
from freqbench.run import Run
from freqbench.training.loop import TrainingInterruptedError
from freqbench.training.run import train
from freqbench.training.state import load_state, save_state

CPU = torch.device("cpu")
COMMAND = Path(sys.executable).with_name("freqbench")


def content(value):
    return {"iteration": value, "weight": torch.full((50, 50), float(value))}


def outputs(config):
    layout = Layout.of(config)
    return [path("tiny", "lffl_a1", 1, 0).read_bytes() for path in (layout.generator, layout.training_log)]


def fill_disk(monkeypatch, at_call):
    """Let the file system have no room from this call of fsync on, as it is with delayed allocation."""
    calls, fsync = [], os.fsync

    def full(descriptor):
        calls.append(descriptor)
        if len(calls) >= at_call:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", full)


def test_a_state_that_does_not_fit_leaves_both_before_it_whole(tmp_path, monkeypatch):
    path = tmp_path / "state.pt"
    for value in (1, 2):
        save_state(path, content(value))
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    fill_disk(monkeypatch, at_call=1)
    with pytest.raises(FreqbenchError, match=r"state\.pt: writing failed .No space.*free some space") as error:
        save_state(path, content(3))
    assert "the state before it, state.pt, is whole" in str(error.value)
    assert "\n" not in str(error.value)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before
    monkeypatch.undo()
    assert load_state(path, CPU)[0]["iteration"] == 2


def test_a_first_state_that_does_not_fit_says_that_there_is_none(tmp_path, monkeypatch):
    fill_disk(monkeypatch, at_call=1)
    with pytest.raises(FreqbenchError, match="there is no state before it"):
        save_state(tmp_path / "state.pt", content(1))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("at_call", [1, 4, 6, 8])
def test_a_training_on_a_full_disk_stops_with_one_error_and_goes_on_when_there_is_room(
    uninterrupted, harness, make_study, watcher, monkeypatch, at_call
):
    """The calls are two for each of three states, then those of weights, log and manifest."""
    config = make_study(**harness)
    run = Run(config, "tiny", "lffl_a1")
    fill_disk(monkeypatch, at_call)
    with pytest.raises(FreqbenchError, match=r"(\.pt|\.jsonl): writing failed .No space.*free some space") as error:
        train(run, watcher())
    assert "\n" not in str(error.value)
    monkeypatch.undo()
    view = watcher()
    train(run, view)
    saved = {1: 0, 4: 2, 6: 4, 8: 6}[at_call]
    assert view.first == saved
    assert outputs(config) == outputs(uninterrupted[0])
    assert not [path for path in Path(config.results).rglob(".*") if path.is_file()]


def test_a_signal_on_a_full_disk_is_the_error_and_not_a_promise_to_go_on(make_study, watcher, monkeypatch):
    run = Run(make_study(training={"checkpoint_every": 100}), "tiny", "lffl_a1")
    fill_disk(monkeypatch, at_call=1)
    with pytest.raises(FreqbenchError, match="there is no state before it"):
        train(run, watcher(stop_at=3))


def test_a_state_folder_that_cannot_be_made_is_named_before_much_is_lost(make_study, watcher):
    config = make_study()
    (Layout.of(config).root / "state").write_text("a file in its place")
    with pytest.raises(FreqbenchError, match=r"state/tiny/lffl_a1/.*cannot be written .Not a directory"):
        train(Run(config, "tiny", "lffl_a1"), watcher())


@pytest.mark.parametrize("keep", [0, 1000])
def test_a_state_cut_short_gives_way_to_the_one_before_and_none_to_a_new_start(
    uninterrupted, harness, make_study, watcher, keep
):
    config = make_study(**harness)
    run = Run(config, "tiny", "lffl_a1")
    with pytest.raises(TrainingInterruptedError):
        train(run, watcher(stop_at=5))
    states = sorted(path for path in (Layout.of(config).root / "state").rglob("*") if path.is_file())
    assert [path.suffix for path in states] == [".pt", ".previous"]
    states[0].write_bytes(states[0].read_bytes()[:keep])
    view = watcher(stop_at=5)
    with pytest.raises(TrainingInterruptedError):
        train(run, view)
    assert view.said == [
        f"{states[0].name} is damaged; going on from the state before it",
        "resumed at iteration 4 of 7",
    ]
    for path in states:
        path.write_bytes(path.read_bytes()[:keep])
    view = watcher()
    train(run, view)
    assert view.said == [f"{states[0].name} and {states[1].name}: damaged; starting anew"]
    assert outputs(config) == outputs(uninterrupted[0])


def test_a_state_that_cannot_be_read_is_not_taken_for_damaged(tmp_path, monkeypatch):
    """The disk may answer again; to start anew would overwrite what is there."""
    path = tmp_path / "state.pt"
    save_state(path, content(1))

    def refuse(*_, **__):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr("zipfile.ZipFile.testzip", refuse)
    with pytest.raises(FreqbenchError, match=r"state\.pt: cannot be read .Input/output error"):
        load_state(path, CPU)


def test_a_state_under_the_name_of_another_training_is_refused(make_study, watcher):
    config = make_study(seeds=[0, 1])
    for seed in (0, 1):
        with pytest.raises(TrainingInterruptedError):
            train(Run(config, "tiny", "lffl_a1", seed), watcher(stop_at=3))
    one, other = sorted((Layout.of(config).root / "state").rglob("*.pt"))
    other.write_bytes(one.read_bytes())
    with pytest.raises(FreqbenchError, match=r"the state of another training \(seed\); move it away"):
        train(Run(config, "tiny", "lffl_a1", 1), watcher())
    assert other.exists()


def tmpfs_is_allowed():
    probe = ["unshare", "--user", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    try:
        return subprocess.run(probe, capture_output=True, check=False, timeout=20).returncode == 0
    except OSError:
        return False


@pytest.mark.slow
@pytest.mark.skipif(not tmpfs_is_allowed(), reason="mounting a tmpfs in a user namespace is not allowed here")
def test_on_a_disk_that_is_really_full(make_study, watcher, tmp_path):
    """The folder of the states is a file system of its own: too small for two states, then larger."""
    settings = {"training": {"checkpoint_every": 2, "iterations": 12}}
    whole = make_study(name="whole", **settings)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    train(Run(whole, "tiny", "lffl_a1"), watcher())
    torch.set_num_threads(threads)
    config, config_file = make_study(name="small", **settings), tmp_path / "small.json"
    write_json(config_file, config.model_dump(mode="json"))
    state = Layout.of(config).root / "state"
    state.mkdir(parents=True)
    arguments = ["train", "--config", config_file, "--dataset", "tiny", "--method", "lffl_a1", "--threads", "1"]
    command = shlex.join(map(str, [COMMAND, *arguments]))
    folder = shlex.quote(str(state))
    size = int(1.5 * size_of_a_state(make_study, watcher))
    script = f"""
        mount -t tmpfs -o size={size} tmpfs {folder}
        {command}; echo "status $?" >&2
        find {folder} -type f >&2
        mount -o remount,size=64m {folder}
        {command}; echo "status $?" >&2
    """
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        timeout=200,
    )
    said = done.stderr.splitlines()
    errors = [line for line in said if line.startswith("error: ")]
    assert len(errors) == 1, done.stderr
    assert "writing failed (No space left on device)" in errors[0]
    assert ".pt, is whole" in errors[0]
    assert "Traceback" not in done.stderr
    assert [line for line in said if line.startswith("status")] == ["status 2", "status 0"]
    assert "resumed at iteration 2 of 12" in said
    assert outputs(config) == outputs(whole)


def size_of_a_state(make_study, watcher):
    config = make_study(name="sized")
    with pytest.raises(TrainingInterruptedError):
        train(Run(config, "tiny", "lffl_a1"), watcher(stop_at=2))
    (path,) = (Layout.of(config).root / "state").rglob("*.pt")
    return path.stat().st_size


def test_the_patches_are_untouched_by_a_failed_training(make_study, watcher, monkeypatch):
    config = make_study()
    paths = [Layout.of(config).noisy_patches("tiny", 1), Layout.of(config).clean_patches("tiny", 1)]
    before = [np.load(path) for path in paths]
    fill_disk(monkeypatch, at_call=1)
    with pytest.raises(FreqbenchError):
        train(Run(config, "tiny", "lffl_a1"), watcher())
    assert all(np.array_equal(np.load(path), array) for path, array in zip(paths, before, strict=True))
