"""A study whose methods were computed on two machines is merged, and only what is made of all results is left to do."""

import os
from pathlib import Path

import pytest

from conftest import TINY, Study
from freqbench.merging.combine import carry_out, plan_merge

HALVES = (("input", "spatial", "lffl_a1"), ("clean", "fsl", "lffl_a2"))
PER_RUN = {
    *("simulate", "index", "similarity", "split", "audit", "patches", "calibrate"),
    *("train", "control", "restore_patches", "evaluate", "spectra"),
}
"""Rules of single data sets, methods, splits and seeds, as far as the halves have run them."""


@pytest.mark.slow
def test_after_the_merge_only_aggregates_are_made(tmp_path: Path) -> None:
    halves = [Study(tmp_path / name) for name in ("one", "two")]
    for half, methods in zip(halves, HALVES, strict=True):
        half.folder.mkdir()
        ends = (".csv", "_spectra.csv")
        targets = [f"results/tiny/metrics/tissue/{name}/split1_seed0{end}" for name in methods for end in ends]
        done = half.run(*targets)
        assert done.returncode == 0, done.stdout
    # the clock of the second machine is an hour ahead
    for path in halves[1].results.rglob("*"):
        os.utime(path, (path.stat().st_atime + 3600, path.stat().st_mtime + 3600))
    both = Study(tmp_path / "both")
    both.folder.mkdir()
    plan = plan_merge([half.results for half in halves], both.results)
    assert plan.missing() == ([], [])
    carry_out(plan)
    left = both.planned()
    assert not PER_RUN & left.keys(), left
    assert {"table", "compare", "manifest"} <= left.keys()
    assert {method["name"] for method in TINY["methods"]} <= {name for half in HALVES for name in half}
