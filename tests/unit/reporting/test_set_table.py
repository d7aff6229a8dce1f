"""The intervals and floors that stand under Table 1."""

import pandas as pd
import pytest

from freqbench.layout import Layout
from freqbench.reporting.table1 import write_table1

METHODS = ("input", "gaussian", "clean", "spatial", "ffl", "lffl_a1")
MEANS = {(method, "psnr"): 30.0 for method in METHODS}
MEANS |= {(method, metric): 5.0 for method in METHODS for metric in ("fd_vgg16", "kd_vgg16")}
EXTRA = {
    "fd_vgg16": {"ci_low": 4.0, "ci_high": 7.0, "half_n": 3, "half_value": 12.5, "half_floor": 9.25},
    "kd_vgg16": {"ci_low": -0.5, "ci_high": 0.25, "half_n": 3, "half_value": 0.125, "half_floor": -0.0625},
}


def add(config, seed=0, **changes):
    """Write intervals and halves into the set metrics of all methods, with changes to those of the first."""
    for method in config.method_names:
        for each in config.seeds_of(method):
            path = Layout.of(config).set_metrics("tiny", method, 1, each)
            table = pd.read_csv(path)
            for place, metric in enumerate(table["metric"]):
                for field, value in (EXTRA[metric] | (changes if each == seed else {})).items():
                    table.loc[place, field] = value
            table.to_csv(path, index=False)


def text_of(config):
    write_table1(config)
    return Layout.of(config).table("md").read_text(encoding="utf-8")


@pytest.fixture
def study(make_study, write_results):
    config = make_study(feature_networks="imagenet", evaluation={"frechet_features": "vgg16"})
    write_results(config, MEANS, spread=0.0)
    return config


def test_every_distance_has_its_interval_and_its_halves(study):
    add(study)
    lines = text_of(study).splitlines()
    (start,) = [place for place, line in enumerate(lines) if line.startswith("**tiny, distances between sets")]
    assert "(N = 6 patches of 3 fields of view; halves of N = 3, no field of view in both)" in lines[start]
    assert lines[start + 2] == (
        "| Method | FD-VGG16, 95 % interval | FD-VGG16, halves ↓ | KD-VGG16, 95 % interval | KD-VGG16, halves ↓ |"
    )
    # three trained methods, the heading of the controls, three controls
    rows = lines[start + 4 : start + 5 + len(METHODS)]
    assert rows.pop(3) == "| *Controls* |  |  |  |  |"
    assert len(rows) == len(METHODS)
    assert lines[start + 5 + len(METHODS)] == "| Clean half (floor) |  | 9.250 |  | -0.0625 |"
    assert all(row.endswith("| 4.000 to 7.000 | 12.500 | -0.5000 to 0.2500 | 0.1250 |") for row in rows)
    assert any("compare them at equal N only" in line for line in lines)


def test_the_page_and_the_csv_have_them_too(study):
    add(study)
    write_table1(study)
    page = Layout.of(study).table("html").read_text(encoding="utf-8")
    assert "tiny, distances between sets" in page
    assert "4.000 to 7.000" in page
    table = pd.read_csv(Layout.of(study).table("csv")).set_index(["method", "metric"])
    for metric, fields in EXTRA.items():
        assert table.loc[("ffl", metric), list(fields)].to_dict() == fields
    assert table.loc[("ffl", "psnr"), list(EXTRA["fd_vgg16"])].isna().all()


def test_seeds_are_averaged(make_study, write_results):
    config = make_study(seeds=[0, 1], evaluation={"frechet_features": "vgg16"})
    write_results(config, MEANS)
    add(config, ci_low=2.0, half_value=10.5)
    table = text_of(config).split("distances between sets (")[1]
    assert "| Spatial only | 3.000 to 7.000 | 11.500 |" in table


def test_what_is_missing_is_said(study):
    text = text_of(study)
    assert "tiny, distances between sets" not in text
    assert "- tiny: distances between sets without split-half floor and interval, of 3 test fields of view" in text
    add(study, ci_low=None, ci_high=None)
    text = text_of(study)
    assert "| Spatial only | n/a | 12.500 | n/a | 0.1250 |" in text
    assert "- tiny: distances between sets without interval, of 3 test" in text


def test_an_interval_without_halves(study):
    add(study, half_n=None, half_value=None, half_floor=None)
    text = text_of(study)
    assert "**tiny, distances between sets (N = 6 patches of 3 fields of view)**" in text
    assert "| Clean half (floor) |  | n/a |  | n/a |" in text
    assert "| Spatial only | 4.000 to 7.000 | n/a |" in text
    assert "nan" not in text.lower()


def test_nothing_is_said_of_a_study_without_distances(make_study, write_results):
    config = make_study()
    write_results(config, {key: value for key, value in MEANS.items() if key[1] == "psnr"})
    assert "distances between sets" not in text_of(config).lower()
