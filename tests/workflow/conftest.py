"""A study that runs through the whole workflow in about a minute, and a way to run it."""

import copy
import fcntl
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]

TINY: dict[str, Any] = {
    "name": "tiny",
    "tier": "smoke",
    "feature_networks": "untrained",
    "datasets": {
        "tissue": {
            "source": {"kind": "phantom", "specimens": 4, "fovs": 4, "captures": 1, "size": 64, "seed": 3},
            "patches": {"rule": "brightest", "size": 48},
        }
    },
    "methods": [
        {"name": "spatial"},
        {"name": "fsl", "loss": "fourier_space", "weight": "calibrated"},
        {"name": "lffl_a1", "loss": "log_focal_frequency", "options": {"alpha": 1.0}, "weight": "paper"},
        {"name": "lffl_a2", "loss": "log_focal_frequency", "options": {"alpha": 2.0}, "weight": "paper"},
    ],
    "controls": ["input", "clean"],
    "generator": {"blocks": 1, "features": 4, "growth": 2},
    "discriminator": {"features": 4, "layers": 1},
    "training": {"iterations": 2, "batch_size": 1, "crop": 32, "log_every": 1},
    "calibration": {"patches": 1},
    "evaluation": {"metrics": ["psnr", "ssim"], "frechet_features": "none"},
    "sensitivity": {"patches": 1, "cutoffs": 3},
    "figures": {"regions": 1, "region_size": 16},
}


@dataclass
class Study:
    """A folder with a configuration, and the workflow run in it."""

    folder: Path
    content: dict[str, Any] = field(default_factory=lambda: copy.deepcopy(TINY))
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, *arguments: str, snakefile: Path = ROOT / "Snakefile") -> subprocess.CompletedProcess[str]:
        """Run snakemake with the configuration as it is now; standard error is in the output."""
        with self.start(*arguments, snakefile=snakefile) as process:
            output, _ = process.communicate(timeout=600)
        return subprocess.CompletedProcess(process.args, process.returncode, output)

    def start(self, *arguments: str, snakefile: Path = ROOT / "Snakefile") -> subprocess.Popen[str]:
        """Start snakemake in a session of its own, and do not wait for its end."""
        config = self.folder / "study.yaml"
        config.write_text(yaml.safe_dump(self.content), encoding="utf-8")
        binaries = Path(sys.executable).parent
        environment = os.environ | {"PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}"} | self.environment
        command = [str(binaries / "snakemake"), "--snakefile", str(snakefile), "--directory", str(self.folder)]
        return subprocess.Popen(
            [*command, "--configfile", str(config), "--cores", "2", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment,
            start_new_session=True,
        )

    def planned(self, *arguments: str) -> dict[str, int]:
        """Return the jobs that a run would execute now, counted by rule."""
        done = self.run("--dry-run", *arguments)
        assert done.returncode == 0, done.stdout
        tables = re.findall(r"^job +count\n-+ +-+\n(.*?)^total", done.stdout, re.MULTILINE | re.DOTALL)
        if not tables:
            assert "Nothing to be done" in done.stdout, done.stdout
            return {}
        rows = (line.split() for line in tables[-1].splitlines())
        return {rule: int(count) for rule, count in rows if rule != "all"}

    @property
    def results(self) -> Path:
        """Folder of the results."""
        return self.folder / "results" / "tiny"


@pytest.fixture(scope="session")
def finished_study(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Run the tiny study once, for all processes of the tests; return its folder."""
    own = tmp_path_factory.getbasetemp()
    shared = own if worker_id == "master" else own.parent
    with (shared / "finished.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        study = Study(shared / "finished")
        if not study.folder.is_dir():
            study.folder.mkdir()
            done = study.run()
            if done.returncode:
                shutil.rmtree(study.folder)
                pytest.fail(done.stdout)
    return study.folder


@pytest.fixture
def study(finished_study: Path, tmp_path: Path) -> Study:
    """Return a copy of the finished study, times of the files included, to do things to."""
    folder = tmp_path / "study"
    shutil.copytree(finished_study, folder, copy_function=shutil.copy2)
    return Study(folder)


@pytest.fixture
def fresh_study(tmp_path: Path) -> Study:
    """Return a study that has not run."""
    return Study(tmp_path)
