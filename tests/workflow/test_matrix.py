"""Several generators, a sweep, multiples of a weight and LFFL without logarithms through the whole workflow."""

import json

import pandas as pd
import pytest

from conftest import Study

pytestmark = pytest.mark.slow

TABLE = "results/tiny/tables/matrix.csv"
FIGURES = [f"results/tiny/figures/tissue_{name}.png" for name in ("matrix", "sweeps")]
WITHOUT_LOGARITHMS = {"log_weight": False, "log_error": False}


@pytest.fixture
def matrix(fresh_study: Study) -> Study:
    content = fresh_study.content
    content["methods"] = [
        {"name": "spatial"},
        {"name": "lffl_a1", "loss": "log_focal_frequency", "weight": "paper"},
        {"name": "ffl", "loss": "focal_frequency", "sweep": {"weight": [0.5, 1, 2]}, "generator": "care"},
        {"name": "laplace", "loss": "laplace", "weight": 1, "generator": "care"},
        {"name": "plain", "loss": "log_focal_frequency", "options": WITHOUT_LOGARITHMS, "generator": "care"},
    ]
    del content["generator"]
    content["generators"] = {
        "rrdb": {"blocks": 1, "features": 4, "growth": 2},
        "care": {"kind": "care_unet", "features": 4},
    }
    content["training"] |= {"objective": {"perceptual": 0, "adversarial": 0}}
    return fresh_study


def test_losses_and_generators(matrix: Study) -> None:
    # two with both, three of the sweep, one with a scale head, one without logarithms; that and the sweep calibrated
    planned = {"train": 9, "calibrate": 4, "matrix_table": 1, "matrix_figure": 1, "sweep_figure": 1}
    assert {rule: count for rule, count in matrix.planned(TABLE, *FIGURES).items() if rule in planned} == planned
    done = matrix.run(TABLE, *FIGURES)
    assert done.returncode == 0, done.stdout
    assert matrix.planned(TABLE, *FIGURES) == {}

    trained = matrix.results / "training" / "tissue"
    kinds = {
        path.name: json.loads((path / "split1_seed0" / "run.json").read_text(encoding="utf-8"))["settings"]["generator"]
        for path in trained.iterdir()
    }
    assert {name for name, network in kinds.items() if network["kind"] == "rrdb"} == {"spatial@rrdb", "lffl_a1@rrdb"}
    assert len(kinds) == 9
    calibrations = matrix.results / "calibration" / "tissue" / "split1"
    found = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in calibrations.iterdir()}
    assert {entry["measured_for"] for entry in found.values()} == {"ffl_weight0.5@care", "plain@care"}
    weights = [found[f"ffl_weight{multiple}@care"]["weight"] for multiple in ("0.5", "1", "2")]
    assert weights == pytest.approx([weights[1] / 2, weights[1], 2 * weights[1]])

    table = pd.read_csv(matrix.folder / TABLE)
    assert set(zip(table["loss"], table["generator"], strict=True)) >= {("lffl_a1", "rrdb"), ("laplace", "care")}
    assert (table["baseline"].str.partition("@")[2] == table["generator"]).all()

    # another size of one generator trains its methods again, and no other
    matrix.content["generators"]["rrdb"]["features"] = 6
    again = matrix.planned(TABLE)
    assert again["train"] == 2
    assert "calibrate" not in again
