"""Several jobs on several GPUs of one machine, with the profile and a list of GPUs that is made up."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from conftest import ROOT, Study

pytestmark = pytest.mark.slow

PROFILE = ROOT / "workflow" / "profiles" / "gpu"
SNAKEFILE = """
rule all:
    input: expand("done/{number}.json", number=range(JOBS))

rule train:
    output: "done/{number}.json"
    log: "logs/{number}.log"
    shell: "exec PYTHON FAKE {output} 1.5 > {log} 2>&1"
"""


def run_jobs(folder: Path, *arguments: str, jobs: int, gpus: int, **environment: str) -> tuple[int, str]:
    """Run jobs of the rule `train`, which has no resources of its own; return exit status and output."""
    fake = Path(__file__).parent / "fake_gpus.py"
    text = SNAKEFILE.replace("JOBS", str(jobs)).replace("PYTHON", sys.executable).replace("FAKE", str(fake))
    (folder / "Snakefile").write_text(text, encoding="utf-8")
    own = {"FAKE_GPUS": str(gpus), "FREQBENCH_GPU_LOCKS": str(folder / "locks")}
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("FREQBENCH_")}
    done = subprocess.run(
        [str(Path(sys.executable).parent / "snakemake"), "--profile", str(PROFILE), "--cores", "8", *arguments],
        cwd=folder,
        env=inherited | own | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    return done.returncode, done.stdout


def times_of(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(path.read_text(encoding="utf-8")) for path in (folder / "done").glob("*.json")]


def at_once(jobs: list[dict[str, Any]]) -> int:
    """Return the largest number of jobs that ran at the same time."""
    return max(sum(other["start"] <= job["start"] < other["end"] for other in jobs) for job in jobs)


def on_gpu(jobs: list[dict[str, Any]], number: int) -> list[dict[str, Any]]:
    return [job for job in jobs if job["gpu"] == number]


def test_as_many_jobs_as_gpus_run_at_once_and_no_two_on_one(tmp_path: Path) -> None:
    status, output = run_jobs(tmp_path, "--resources", "gpu=3", jobs=7, gpus=3)
    assert status == 0, output
    jobs = times_of(tmp_path)
    assert len(jobs) == 7
    assert [at_once(on_gpu(jobs, number)) for number in range(3)] == [1, 1, 1]
    assert at_once(jobs) == 3
    assert not any("waiting" in path.read_text() for path in (tmp_path / "logs").iterdir()), "snakemake counts them"


def test_more_jobs_than_gpus_still_take_one_each(tmp_path: Path) -> None:
    status, output = run_jobs(tmp_path, "--resources", "gpu=4", jobs=4, gpus=2)
    assert status == 0, output
    jobs = times_of(tmp_path)
    assert [at_once(on_gpu(jobs, number)) for number in range(2)] == [1, 1]
    logs = "".join(path.read_text() for path in (tmp_path / "logs").iterdir())
    assert "waiting for a GPU: all are taken, by the processes" in logs


def test_two_share_a_gpu_where_that_is_asked_for(tmp_path: Path) -> None:
    status, output = run_jobs(tmp_path, "--resources", "gpu=4", jobs=8, gpus=2, FREQBENCH_JOBS_PER_GPU="2")
    assert status == 0, output
    jobs = times_of(tmp_path)
    assert [at_once(on_gpu(jobs, number)) for number in range(2)] == [2, 2]


def test_the_profile_alone_runs_one_job_at_a_time(tmp_path: Path) -> None:
    status, output = run_jobs(tmp_path, jobs=2, gpus=2)
    assert status == 0, output
    assert at_once(times_of(tmp_path)) == 1


def test_a_gpu_that_got_lost_stops_its_jobs_with_one_line(tmp_path: Path) -> None:
    status, _ = run_jobs(tmp_path, "--resources", "gpu=2", jobs=1, gpus=1, FREQBENCH_GPUS="2")
    assert status != 0
    (line,) = (tmp_path / "logs" / "0.log").read_text().splitlines()
    assert line.startswith("error: FREQBENCH_GPUS: 2 GPUs asked for, CUDA shows 1; `nvidia-smi` shows")


def test_the_workflow_does_not_start_with_fewer_gpus_than_jobs(fresh_study: Study) -> None:
    done = fresh_study.run("--profile", str(PROFILE), "--resources", "gpu=1000")
    assert done.returncode != 0
    assert done.stdout.count("FREQBENCH_GPUS: 1000 GPUs asked for, CUDA shows ") == 1
    assert not fresh_study.results.exists()
