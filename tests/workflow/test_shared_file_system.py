"""A file system of a network: one without locks, on which the results of a study lie."""

import os
from pathlib import Path

import pytest

from conftest import ROOT, Study

pytestmark = pytest.mark.slow

WITHOUT_LOCKS = """
import errno, fcntl, os

def refuse(*args, **kwargs):
    raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

fcntl.flock = fcntl.lockf = refuse
"""
"""Python runs this at its start; NFS without its lock daemon answers like this."""


def test_a_study_needs_no_locks_of_its_disk(fresh_study: Study, tmp_path: Path) -> None:
    folder = tmp_path / "without_locks"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(WITHOUT_LOCKS, encoding="utf-8")
    inherited = os.environ.get("PYTHONPATH", str(ROOT / "src"))
    fresh_study.environment = {"PYTHONPATH": f"{folder}{os.pathsep}{inherited}"}
    done = fresh_study.run("results/tiny/metrics/tissue/spatial/split1_seed0.csv")
    assert done.returncode == 0, done.stdout
    assert not [path for path in fresh_study.results.rglob("*") if path.suffix in {".lock", ".busy"}]
