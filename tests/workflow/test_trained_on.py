"""The CARE study in its smallest size: a loss with a scale head, and models tested on another set than their own."""

import json

import pandas as pd
import pytest

from conftest import Study

pytestmark = pytest.mark.slow

TARGET = "results/tiny/tables/images.csv"
NUCLEI = {"kind": "phantom", "specimen": "nuclei", "specimens": 2, "fovs": 2, "captures": 1, "size": 64, "seed": 4}


@pytest.fixture
def care(fresh_study: Study) -> Study:
    content = fresh_study.content
    patches = {"rule": "brightest", "size": 48}
    tissue = content["datasets"].pop("tissue")["source"]
    content["datasets"] |= {
        "aa": {"source": tissue, "patches": patches},
        "am": {
            "source": NUCLEI,
            "patches": {"rule": "grid", "size": 32},
            "split": {"rule": "list", "test": [1, 2]},
            "trained_on": "aa",
        },
    }
    content["methods"] = [
        {"name": "mae", "loss": "l1", "weight": 1},
        {"name": "laplace", "loss": "laplace", "weight": 1},
    ]
    content["controls"] = ["input"]
    content["generator"] = {"kind": "care_unet", "features": 4}
    content["training"] |= {"objective": {"l1": 0, "perceptual": 0, "adversarial": 0}}
    content["comparison"] = {"baselines": ["laplace"], "reference": "laplace"}
    content["image_table"] = {"rows": "image", "experiments": {"am": "AM"}}
    return fresh_study


def test_models_are_tested_where_they_were_not_trained(care: Study) -> None:
    # the models of the first set restore both, and each control once for each set
    planned = {"train": 2, "control": 2, "restore_patches": 4, "evaluate": 6, "audit": 2, "image_table": 1}
    assert {rule: count for rule, count in care.planned(TARGET).items() if rule in planned} == planned
    done = care.run(TARGET)
    assert done.returncode == 0, done.stdout
    assert care.planned(TARGET) == {}
    assert [path.name for path in (care.results / "training").iterdir()] == ["aa"]

    sides = pd.read_csv(care.results / "data" / "am" / "split1" / "split.csv")
    assert set(sides["split"]) == {"test"}
    audit = json.loads((care.results / "data" / "am" / "split1" / "audit.json").read_text(encoding="utf-8"))
    compared = {(pair["train"].split("/")[0], pair["test"].split("/")[0]) for pair in audit["pairs"]}
    assert compared == {("aa", "am")}

    table = pd.read_csv(care.results / "tables" / "images.csv")
    values = table[(table["quantity"] == "value") & (table["dataset"] == "am")]
    assert set(values["method"]) == {"input", "mae", "laplace"}
    text = (care.results / "tables" / "images.md").read_text(encoding="utf-8")
    assert "am: tests the generators that were trained on aa" in text
    assert "printed by the CARE study for its experiment AM" in text

    # what trains on the one set changes what is tested on both
    care.content["training"]["iterations"] = 3
    again = care.planned(TARGET)
    assert (again["train"], again["restore_patches"], again["evaluate"]) == (2, 4, 4)
    assert "patches" not in again
