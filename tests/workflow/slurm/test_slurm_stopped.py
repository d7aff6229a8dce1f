"""A training on a real Slurm that is told to stop half-way goes on by itself, and ends with the same weights."""

import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from cluster import Cluster, missing_programs, running_cluster, wait_for
from profile_arguments import on_slurm

pytestmark = [
    pytest.mark.slurm,
    pytest.mark.slow,
    pytest.mark.skipif(bool(missing_programs()), reason=f"no {', '.join(missing_programs())}: `make test-slurm`"),
    pytest.mark.timeout(1800),
]

TARGET = "results/tiny/training/tissue/spatial/split1_seed0/generator.pt"
LOG = "results/tiny/logs/train/tissue_spatial_split1_seed0.log"
ITERATIONS = 600
HALF = ITERATIONS // 2
LONG_ITERATION = 8.0
"""Seconds for which the training does not react; Slurm ends a job sooner whose shell is gone."""


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with running_cluster() as running:
        yield running


@pytest.fixture
def study_on_slurm(fresh_study: Any, cluster: Cluster) -> Any:
    # no state is saved but that of the signal
    fresh_study.content["training"] |= {"iterations": ITERATIONS, "log_every": 10, "checkpoint_every": 10**6}
    fresh_study.environment = cluster.environment
    return fresh_study


def test_a_training_that_is_stopped_goes_on_to_the_same_weights(study_on_slurm: Any, cluster: Cluster) -> None:
    folder = study_on_slurm.folder
    with study_on_slurm.start(*on_slurm(), TARGET) as workflow:
        assert wait_for(lambda: iterations_of(folder) >= HALF or workflow.poll() is not None, 600)
        assert workflow.poll() is None, workflow.communicate()[0] + cluster.logs()
        training = training_of(folder)
        assert training.environ()["CUDA_VISIBLE_DEVICES"] in {"0", "1"}, "a GPU of Slurm's, which torch does not see"
        training.send_signal(signal.SIGSTOP)
        cluster.command("scancel", "--signal=TERM", training.environ()["SLURM_JOB_ID"])
        time.sleep(LONG_ITERATION)
        assert training.is_running()
        training.send_signal(signal.SIGCONT)
        output, _ = workflow.communicate(timeout=600)
    assert workflow.returncode == 0, output + cluster.logs()
    first = (folder / LOG).read_text(encoding="utf-8").splitlines()[0]
    resumed = re.fullmatch(rf"resumed at iteration (\d+) of {ITERATIONS}", first)
    assert resumed is not None, first
    assert int(resumed[1]) >= HALF
    weights = (folder / TARGET).read_bytes()

    done = study_on_slurm.run("--forcerun", "train", "--", TARGET)
    assert done.returncode == 0, done.stdout
    assert "resumed" not in (folder / LOG).read_text(encoding="utf-8")
    assert (folder / TARGET).read_bytes() == weights


def iterations_of(folder: Path) -> int:
    """Return the last iteration in the log of the training, 0 if it has not begun."""
    try:
        lines = re.findall(r"^iteration (\d+) of", (folder / LOG).read_text(encoding="utf-8"), re.MULTILINE)
    except FileNotFoundError:
        return 0
    return int(lines[-1]) if lines else 0


def training_of(folder: Path) -> psutil.Process:
    """Return the process of `freqbench train` that runs in a folder."""
    for process in psutil.process_iter(["cmdline", "cwd"]):
        words = process.info["cmdline"] or []
        if process.info["cwd"] == str(folder) and "train" in words and "snakemake" not in words:
            return process
    raise AssertionError("no training runs")
