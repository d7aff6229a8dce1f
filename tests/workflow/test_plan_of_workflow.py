"""A study without Snakemake: its plan, run in parts, makes what the workflow makes."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from conftest import ROOT, Study

pytestmark = pytest.mark.slow


def call(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    freqbench = str(Path(sys.executable).parent / "freqbench")
    environment = {name: value for name, value in os.environ.items() if name != "FREQBENCH_JOBS_PER_GPU"}
    return subprocess.run(
        [freqbench, *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=600, check=False
    )


@pytest.fixture
def project(fresh_study: Study) -> Study:
    """A folder that looks like the project's, with the tiny study."""
    for name in ("Snakefile", "workflow", "envs"):
        (fresh_study.folder / name).symlink_to(ROOT / name)
    (fresh_study.folder / "study.yaml").write_text(yaml.safe_dump(fresh_study.content), encoding="utf-8")
    return fresh_study


def test_a_plan_in_parts_is_the_workflow(project: Study, finished_study: Path) -> None:
    made = call(project.folder, "plan", "--config", "study.yaml", "--to", "plan.json")
    assert made.returncode == 0, made.stderr
    assert len(made.stderr.splitlines()) == 1  # none of Snakemake's pages
    steps = json.loads((project.folder / "plan.json").read_text())["steps"]
    planned = {rule: sum(step["rule"] == rule for step in steps) for rule in {step["rule"] for step in steps}}
    assert planned == project.planned("--forceall")

    first = call(project.folder, "run-plan", "plan.json", "--jobs", "2", "--minutes", "0.3")
    assert first.returncode == 75, first.stderr
    assert "the same command goes on" in first.stderr
    done = call(project.folder, "run-plan", "plan.json", "--jobs", "2")
    assert done.returncode == 0, done.stderr
    assert f"{len(steps)} of {len(steps)} steps are done" in done.stderr
    twice = set(re.findall(r"^done .*", first.stderr, re.MULTILINE)) & set(
        re.findall(r"^done .*", done.stderr, re.MULTILINE)
    )
    assert not twice

    # the workflow finds nothing to do, as far as it can tell without its own records
    assert project.planned("--rerun-triggers", "mtime") == {}
    finished = Study(finished_study)
    for name in ("tables/table1.csv", "tables/differences.md", "training/tissue/fsl/split1_seed0/generator.pt"):
        assert (project.results / name).read_bytes() == (finished.results / name).read_bytes(), name

    again = call(project.folder, "run-plan", "plan.json")
    assert again.returncode == 0
    assert "begin" not in again.stderr

    # other settings of the evaluation: the trainings find that they are done
    changed = ("--set", 'evaluation={"metrics": ["psnr"], "frechet_features": "none"}', "--target", "table1")
    assert call(project.folder, "plan", "-c", "study.yaml", "-o", "plan.json", *changed).returncode == 0
    weights = {path: path.stat().st_mtime_ns for path in project.results.rglob("generator.pt")}
    assert len(weights) == 4
    assert call(project.folder, "run-plan", "plan.json", "--jobs", "2").returncode == 0
    assert {path: path.stat().st_mtime_ns for path in project.results.rglob("generator.pt")} == weights
    assert not re.search("ssim", (project.results / "tables" / "table1.csv").read_text())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--config", "none.yaml"), "none.yaml"),
        (("--config", "study.yaml", "--set", "nonsense"), "must be KEY=VALUE"),
        (("--config", "study.yaml", "--set", "seeds=[0"), "no YAML"),
        (("--config", "study.yaml", "--set", "sedes=[0]"), "sedes"),
        (("--config", "study.yaml", "--target", "nowhere"), "nowhere"),
    ],
)
def test_a_mistake_is_one_line(project: Study, arguments: tuple[str, ...], message: str) -> None:
    done = call(project.folder, "plan", "--to", "plan.json", *arguments)
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith("error: ")
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not (project.folder / "plan.json").exists()


def test_elsewhere_than_in_the_project_is_one_line(tmp_path: Path) -> None:
    done = call(tmp_path, "plan", "--to", "plan.json", "--config", "study.yaml")
    assert done.returncode == 2
    assert "the project's folder" in done.stderr
