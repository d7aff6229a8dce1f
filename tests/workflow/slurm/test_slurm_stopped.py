"""A training on a real Slurm that is stopped half-way goes on by itself, and ends with the same weights."""

import os
import re
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
from cluster import LONG_TESTS, Cluster, missing_programs, running_cluster, wait_for
from profile_arguments import on_slurm
from slurm_files import CPUS, GRACE

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
    assert resumed_at(folder) >= HALF
    assert_same_weights_without_a_stop(study_on_slurm)


@pytest.mark.skipif(LONG_TESTS not in os.environ, reason="takes minutes; `make test-slurm` runs it")
@pytest.mark.parametrize(
    ("grace", "submitted_again"),
    [
        pytest.param(GRACE, True, id="the training ends in its grace time, Snakemake submits it again"),
        pytest.param(0, False, id="Slurm takes the job away and puts it back into the queue"),
    ],
)
def test_a_training_that_gives_way_goes_on_to_the_same_weights(
    study_on_slurm: Any, cluster: Cluster, grace: int, submitted_again: bool
) -> None:
    folder = study_on_slurm.folder
    cluster.command("scontrol", "update", "partitionname=batch", f"gracetime={grace}")
    with study_on_slurm.start(*on_slurm(), TARGET) as workflow:
        assert wait_for(lambda: iterations_of(folder) >= HALF or workflow.poll() is not None, 600)
        assert workflow.poll() is None, workflow.communicate()[0] + cluster.logs()
        given_way = training_of(folder).environ()["SLURM_JOB_ID"]
        whole_node = ("--partition=urgent", f"--cpus-per-task={CPUS}", "--output=/dev/null")
        cluster.command("sbatch", *whole_node, "--wrap", "sleep 5")
        output, _ = workflow.communicate(timeout=900)
    assert workflow.returncode == 0, output + cluster.logs()
    requeued = f"preempted JobId={given_way} has been requeued"
    assert (requeued in (cluster.folder / "slurmctld.log").read_text(encoding="utf-8")) != submitted_again
    assert ("Trying to restart job" in output) == submitted_again
    assert resumed_at(folder) >= HALF
    assert_same_weights_without_a_stop(study_on_slurm)


@pytest.mark.skipif(LONG_TESTS not in os.environ, reason="takes minutes; `make test-slurm` runs it")
def test_a_training_that_reaches_its_time_goes_on_to_the_same_weights(study_on_slurm: Any, cluster: Cluster) -> None:
    folder = study_on_slurm.folder
    with study_on_slurm.start(*on_slurm(), "--set-resources", "train:runtime=1", "--", TARGET) as workflow:
        assert wait_for(lambda: iterations_of(folder) >= HALF or workflow.poll() is not None, 600)
        assert workflow.poll() is None, workflow.communicate()[0] + cluster.logs()
        training = training_of(folder)
        # however fast the machine is, the minute is not enough
        training.send_signal(signal.SIGSTOP)
        assert wait_for(lambda: "DUE TO TIME LIMIT" in cluster.logs(), 180), cluster.logs()
        with suppress(psutil.NoSuchProcess):
            training.send_signal(signal.SIGCONT)
        output, _ = workflow.communicate(timeout=900)
    assert workflow.returncode == 0, output + cluster.logs()
    assert "Trying to restart job" in output
    assert resumed_at(folder) >= HALF
    assert_same_weights_without_a_stop(study_on_slurm)


def resumed_at(folder: Path) -> int:
    """Return the iteration at which the last job of the training went on."""
    first = (folder / LOG).read_text(encoding="utf-8").splitlines()[0]
    resumed = re.fullmatch(rf"resumed at iteration (\d+) of {ITERATIONS}", first)
    assert resumed is not None, first
    return int(resumed[1])


def assert_same_weights_without_a_stop(study: Any) -> None:
    """Train again, without Slurm and from the beginning."""
    weights = (study.folder / TARGET).read_bytes()
    done = study.run("--forcerun", "train", "--", TARGET)
    assert done.returncode == 0, done.stdout
    assert "resumed" not in (study.folder / LOG).read_text(encoding="utf-8")
    assert (study.folder / TARGET).read_bytes() == weights


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
