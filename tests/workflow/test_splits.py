"""Several splits of a data set: each has its own trainings, and the tables are over all of them."""

import json

import pandas as pd
import pytest

from conftest import Study

pytestmark = pytest.mark.slow

TABLES_AND_FIGURES = {
    "gather": 1,
    "compare": 1,
    "variance_components": 1,
    "variance_table": 1,
    "table": 1,
    "fov_table": 1,
    "cost_table": 1,
    "differences_table": 1,
    "differences_figure": 1,
    "frc_figure": 1,
    "frc_table": 1,
    "figure": 1,
    "error_figure": 1,
    "distribution_figure": 1,
    "residual_figure": 1,
    "training_figure": 1,
    "tradeoff_figure": 1,
    "calibration_table": 1,
    "sensitivity_figure": 1,
    "manifest": 1,
    "report_page": 1,
}


def test_a_second_split_leaves_the_first_alone_and_stands_in_every_table(study: Study) -> None:
    of_first = [path for path in study.results.glob("*/**/*split1*") if path.is_file() and "logs" not in path.parts]
    of_first += [path for path in study.results.glob("*/**/split1*/**/*") if path.is_file()]
    before = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in of_first}
    assert len({path.suffix for path in before}) > 5

    study.content["datasets"]["tissue"]["split"] = {"repeats": 2}
    second = {"split": 1, "audit": 1, "audit_figure": 1, "patches": 1, "calibrate": 1}
    trained = {"train": 4, "control": 2, "restore_patches": 4, "evaluate": 6, "spectra": 6}
    assert study.planned() == second | trained | TABLES_AND_FIGURES
    done = study.run()
    assert done.returncode == 0, done.stdout
    assert study.planned() == {}
    assert {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in before} == before

    sides = [
        pd.read_csv(study.results / "data" / "tissue" / f"split{split}" / "split.csv", dtype=str) for split in (1, 2)
    ]
    assert sides[0]["fov"].tolist() == sides[1]["fov"].tolist()
    assert sides[0]["split"].tolist() != sides[1]["split"].tolist()
    tested = {fov for side in sides for fov in side.loc[side["split"] == "test", "fov"]}
    for split in (1, 2):
        for method in ("input", "fsl"):
            path = study.results / "metrics" / "tissue" / method / f"split{split}_seed0.csv"
            assert set(pd.read_csv(path)["split"]) == {split}
    heading = f"2 splits; N = 2 patches per split, {len(tested)} fields of view in all; 1 seed"
    assert heading in (study.results / "tables" / "table1.md").read_text(encoding="utf-8")
    statistics = pd.read_csv(study.results / "statistics" / "tissue.csv")
    assert set(statistics.loc[statistics["method"] != "clean", "n"]) == {len(tested)}
    manifest = json.loads((study.results / "run.json").read_text(encoding="utf-8"))
    assert [split["split"] for split in manifest["data"]["tissue"]["splits"]] == [1, 2]
    assert len(manifest["trainings"]) == 8

    study.content["datasets"]["tissue"]["split"] = {"repeats": 1}
    assert study.planned() == TABLES_AND_FIGURES, "and back: nothing is measured again for the split that stays"


def test_more_splits_than_there_are_is_one_line(fresh_study: Study) -> None:
    fresh_study.content["datasets"]["tissue"]["split"] = {"repeats": 7}
    done = fresh_study.run("--until", "split", "--keep-going")
    assert done.returncode != 0
    assert "error: split.repeats: there is no split 7 that differs from those before it" in done.stdout
