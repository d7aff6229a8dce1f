"""Learning curves come where generators are kept, and averaged captures are a target of their own."""

import shutil
from pathlib import Path

import pytest

from conftest import Study

KEPT = {"snapshots": "powers_of_two"}


def test_without_kept_generators_there_are_no_learning_curves(fresh_study: Study) -> None:
    planned = fresh_study.planned()
    assert not {"learning_curve", "learning_figure", "averaging_run"} & set(planned)
    assert fresh_study.planned("learning_curves") == {"learning_curves": 1}


def test_with_kept_generators_every_training_has_its_learning_curve(fresh_study: Study) -> None:
    fresh_study.content["training"] |= KEPT
    planned = fresh_study.planned()
    assert planned["learning_curve"] == planned["train"] == 4
    assert planned["learning_figure"] == 1


def test_averaging_takes_every_run_but_those_whose_captures_are_not_independent(fresh_study: Study) -> None:
    planned = fresh_study.planned("averaging")
    # four methods and the input, without the clean images
    assert planned["averaging_run"] == 5
    assert planned["averaging_figure"] == planned["averaging_table"] == planned["averaging"] == 1


@pytest.mark.slow
def test_kept_generators_are_outputs_that_are_missed_and_made_again(tmp_path: Path) -> None:
    study = Study(tmp_path)
    study.content["training"] |= KEPT | {"iterations": 5}
    study.content["methods"] = study.content["methods"][:1]
    study.content["comparison"] = {"baselines": ["spatial"]}
    done = study.run("learning_curves", "averaging")
    assert done.returncode == 0, done.stdout
    folder = study.results / "training" / "tissue" / "spatial" / "split1_seed0"
    kept = {path.name: path.read_bytes() for path in (folder / "snapshots").glob("*.pt")}
    assert sorted(kept) == [f"iteration_{iteration}.pt" for iteration in (1, 2, 4, 5)]
    assert kept["iteration_5.pt"] == (folder / "generator.pt").read_bytes()
    assert not list((study.results / "state").rglob("*.pt"))
    assert "train" not in study.planned("learning_curves", "averaging")
    shutil.rmtree(folder / "snapshots")
    assert study.planned("learning_curves")["train"] == 1
    done = study.run("learning_curves")
    assert done.returncode == 0, done.stdout
    assert {path.name: path.read_bytes() for path in (folder / "snapshots").glob("*.pt")} == kept
