"""The command as a cluster runs it: a process of its own that is told to stop."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from freqbench.cli.exit_codes import ExitCode
from freqbench.files import write_json
from freqbench.layout import Layout
from freqbench.run import Run
from freqbench.training.run import train

COMMAND = Path(sys.executable).with_name("freqbench")
SETTINGS = {"training": {"iterations": 40, "log_every": 1, "checkpoint_every": 1000}}


def start(config_file):
    arguments = ["train", "--config", config_file, "--dataset", "tiny", "--method", "lffl_a1", "--threads", "1"]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    return subprocess.Popen([COMMAND, *arguments], stderr=subprocess.PIPE, text=True, env=environment)


@pytest.fixture
def trained_here(make_study, watcher):
    """The same study, trained to the end in this process with one thread, as the command is told to use."""
    config = make_study(name="whole", **SETTINGS)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    train(Run(config, "tiny", "lffl_a1"), watcher())
    torch.set_num_threads(threads)
    return config


@pytest.mark.slow
def test_a_stopped_command_leaves_a_state_and_goes_on_from_it(make_study, trained_here, tmp_path):
    config, config_file = make_study(name="stopped", **SETTINGS), tmp_path / "stopped.json"
    write_json(config_file, config.model_dump(mode="json"))
    layout = Layout.of(config)
    files = [
        path("tiny", "lffl_a1", 1, 0) for path in (layout.generator, layout.training_log, layout.training_manifest)
    ]

    with start(config_file) as process:
        lines = iter(process.stderr.readline, "")
        assert next(line for line in lines if line.startswith("iteration 2 of 40"))
        process.send_signal(signal.SIGTERM)
        said = process.communicate(timeout=120)[1]
    assert process.returncode == ExitCode.STOPPED == 75
    assert said.endswith("stopped; the state is saved, and the same command goes on from it\n")
    assert not any(path.exists() for path in files)
    assert [path.suffix for path in (layout.root / "state").rglob("*") if path.is_file()] == [".pt"]

    with start(config_file) as process:
        said = process.communicate(timeout=120)[1]
    assert process.returncode == 0
    assert said.startswith("resumed at iteration ")
    assert not [path for path in (layout.root / "state").rglob("*") if path.is_file()]

    whole = Layout.of(trained_here)
    for path in (layout.generator, layout.training_log):
        name = path("tiny", "lffl_a1", 1, 0).relative_to(layout.root)
        assert (layout.root / name).read_bytes() == (whole.root / name).read_bytes()
