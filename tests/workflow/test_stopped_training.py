"""What the workflow makes of a training that is told to stop, and of one that diverges."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from conftest import Study

pytestmark = pytest.mark.slow

FOLDER = Path("training") / "tissue" / "spatial" / "split1_seed0"
TARGET = str(Path("results") / "tiny" / FOLDER / "generator.pt")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the patches of the tiny study; return its folder."""
    study = Study(tmp_path_factory.mktemp("prepared"))
    done = study.run("--until", "patches", "--", TARGET)
    assert done.returncode == 0, done.stdout
    return study.folder


@pytest.fixture
def long_study(prepared: Path, tmp_path: Path) -> Study:
    """A copy of the study with its patches, whose trainings take some seconds."""
    folder = tmp_path / "study"
    shutil.copytree(prepared, folder, copy_function=shutil.copy2)
    study = Study(folder)
    study.content["training"] |= {"iterations": 800, "log_every": 50, "checkpoint_every": 10}
    return study


def states(study: Study) -> list[Path]:
    return [path for path in (study.results / "state").rglob("*.pt") if not path.name.startswith(".")]


def log_of(study: Study) -> str:
    return (study.results / "logs" / "train" / "tissue_spatial_split1_seed0.log").read_text(encoding="utf-8")


def training_under(process: subprocess.Popen[str], study: Study) -> psutil.Process:
    """Wait until the training has saved a state; return its process."""
    for _ in range(1200):
        assert process.poll() is None, process.communicate()[0]
        if states(study):
            for child in psutil.Process(process.pid).children(recursive=True):
                words = child.cmdline()
                if "train" in words and "python" in words[0]:
                    return child
        time.sleep(0.1)
    raise AssertionError("no state within two minutes")


def test_with_retries_a_training_that_was_stopped_goes_on(long_study: Study) -> None:
    with long_study.start("--retries", "1", TARGET) as process:
        training_under(process, long_study).send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=300)
    assert process.returncode == 0, output
    assert "Trying to restart job" in output
    assert log_of(long_study).startswith("resumed at iteration ")
    resumed = (long_study.folder / TARGET).read_bytes()
    done = long_study.run("--forcerun", "train", "--", TARGET)
    assert done.returncode == 0, done.stdout
    assert "resumed" not in log_of(long_study)
    assert (long_study.folder / TARGET).read_bytes() == resumed
    assert states(long_study) == []


def test_ctrl_c_stops_workflow_and_training_and_the_next_call_goes_on(long_study: Study) -> None:
    with long_study.start("--retries", "3", TARGET) as process:
        training_under(process, long_study)
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=300)
    assert process.returncode != 0
    assert log_of(long_study).endswith("stopped; the state is saved, and the same command goes on from it\n")
    assert len(states(long_study)) == 1
    assert not (long_study.folder / TARGET).exists()
    done = long_study.run(TARGET)
    assert done.returncode == 0, done.stdout
    assert log_of(long_study).startswith("resumed at iteration ")


def test_a_diverged_training_is_not_tried_for_ever(long_study: Study) -> None:
    long_study.content["training"] |= {"learning_rate_generator": 1e30}
    done = long_study.run("--retries", "3", TARGET)
    assert done.returncode != 0
    assert "this training diverged in iteration" in log_of(long_study)
    assert done.stdout.count("Trying to restart job") == 3
    reports = list((long_study.results / "state").rglob("*.diverged.json"))
    assert len(reports) == 1
    # what the message advises
    long_study.content["training"] |= {"learning_rate_generator": 1e-4, "iterations": 5}
    done = long_study.run(TARGET)
    assert done.returncode == 0, done.stdout
    assert list((long_study.results / "state").rglob("*.diverged.json")) == reports
