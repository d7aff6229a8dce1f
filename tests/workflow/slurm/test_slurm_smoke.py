"""The smoke study on a real Slurm, through the profile."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from cluster import LONG_TESTS, Cluster, missing_programs, running_cluster
from profile_arguments import on_slurm

ROOT = Path(__file__).parents[3]
MINUTES = 60

pytestmark = [
    pytest.mark.slurm,
    pytest.mark.slow,
    pytest.mark.skipif(bool(missing_programs()), reason=f"no {', '.join(missing_programs())}: `make test-slurm`"),
    pytest.mark.skipif(LONG_TESTS not in os.environ, reason="takes long; `make test-slurm` runs it"),
    pytest.mark.timeout(60 * MINUTES + 120),
]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with running_cluster() as running:
        yield running


def test_smoke_runs_on_slurm(fresh_study: Any, cluster: Cluster) -> None:
    fresh_study.content = yaml.safe_load((ROOT / "config" / "smoke.yaml").read_text(encoding="utf-8"))
    fresh_study.environment = cluster.environment
    with fresh_study.start(*on_slurm()) as process:
        output, _ = process.communicate(timeout=60 * MINUTES)
    assert process.returncode == 0, output + cluster.logs()
    assert "has been submitted with SLURM jobid" in output
    results = fresh_study.folder / "results" / "smoke"
    assert (results / "report.html").is_file()
    assert len(json.loads((results / "run.json").read_text(encoding="utf-8"))["trainings"]) == 8
    assert fresh_study.planned() == {}, "and a run without Slurm finds nothing left to do"
