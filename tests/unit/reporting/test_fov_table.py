"""The table of the fields of view: its means, its order, and that they are the units of the tests."""

import math

import numpy as np
import pandas as pd
import pytest

from freqbench.gathered import read_gathered
from freqbench.layout import Layout
from freqbench.reporting.fov_table import fov_means, natural, write_fov_table
from freqbench.statistics.scores import scores_by_metric
from freqbench.statistics.units import pair_of, units_of

METHODS = ("input", "gaussian", "clean", "spatial", "ffl", "lffl_a1")
MEANS = {(method, "psnr"): value for method, value in zip(METHODS, (20, 30, math.inf, 31, 30.5, 33), strict=True)}
MEANS |= {(method, "gmsd"): value for method, value in zip(METHODS, (0.3, 0.2, 0, 0.11, 0.12, 0.13), strict=True)}
MEANS |= {(method, "fd_vgg16"): 5.0 for method in METHODS}


def tidy(rows):
    columns = ["dataset", "method", "split", "seed", "patch_id", "fov", "capture", "unit", "metric", "value"]
    return pd.DataFrame(
        [("d", "m", split, seed, patch, fov, patch, "patch", "psnr", value) for fov, patch, split, seed, value in rows],
        columns=columns,
    )


def test_a_field_has_the_mean_of_its_patches_after_seeds_and_splits():
    rows = [("a", "p", 1, 0, 1.0), ("a", "p", 1, 1, 3.0), ("a", "p", 2, 0, 5.0), ("a", "p", 2, 1, 7.0)]
    # the second patch is tested by one split alone, and still counts as much as the first
    rows += [("a", "q", 1, 0, 10.0), ("a", "q", 1, 1, 20.0), ("b", "r", 1, 0, 2.0)]
    table = fov_means(tidy(rows)).set_index("fov")
    assert table.loc["a", ["n", "captures", "splits", "seeds"]].tolist() == [2, 2, 2, 2]
    assert table.loc["a", "mean"] == pytest.approx((4.0 + 15.0) / 2)
    assert table.loc["a", "run_sd"] == pytest.approx(np.std([5.5, 11.5, 5.0, 7.0], ddof=1))
    assert table.loc["b", "mean"] == 2.0
    assert math.isnan(table.loc["b", "run_sd"])


def test_infinite_values_are_left_out():
    table = fov_means(tidy([("a", "p", 1, 0, math.inf), ("a", "q", 1, 0, 30.0), ("b", "r", 1, 0, math.inf)]))
    assert table["mean"].tolist()[0] == 30.0
    assert math.isnan(table["mean"].tolist()[1])
    assert table["n"].tolist() == [2, 1]


def test_names_are_in_the_order_of_their_numbers():
    names = ["10", "b2", "2", "1", "b10", "a"]
    assert sorted(names, key=natural) == ["1", "2", "10", "a", "b2", "b10"]
    table = fov_means(tidy([(fov, f"{fov}p", 1, 0, 1.0) for fov in names]))
    assert table["fov"].tolist() == ["1", "2", "10", "a", "b2", "b10"]


@pytest.fixture
def study(make_study, write_results):
    config = make_study(seeds=[0, 1], datasets={"tiny": {"split": {"repeats": 2}}})
    write_results(config, MEANS, fovs=4, captures=3, spread=0.3)
    write_fov_table(config)
    return config


def test_its_values_are_the_units_of_the_tests_over_fields_of_view(study):
    scores = scores_by_metric(read_gathered(study, "tiny", "images"))
    table = pd.read_csv(Layout.of(study).fov_table("csv"), dtype={"fov": str})
    for metric in ("psnr", "gmsd"):
        wide = table[table["metric"] == metric].pivot_table(index="fov", columns="method", values="mean", dropna=False)
        for method in METHODS:
            if method not in ("clean", "input"):
                # both are tested on the difference of their values
                units = units_of(pair_of(scores[metric], method, "input"), "fov")
                difference = (wide[method] - wide["input"]).sort_index()
                assert units.method - units.baseline == pytest.approx(difference.to_numpy(), rel=1e-6)
    assert "fd_vgg16" not in set(table["metric"])
    assert set(table["n"]) == {3}


def test_the_page_has_a_row_a_field_with_its_best_method_and_their_spread(study):
    text = Layout.of(study).fov_table("md").read_text(encoding="utf-8")
    psnr, gmsd = (part for part in text.split("\n\n**") if "by field of view" in part)
    assert psnr.startswith("**tiny: PSNR ↑ in dB, by field of view**")
    lines = [line.split("|")[1:-1] for line in psnr.splitlines() if line.startswith("| ")]
    rows = {line[0].strip(): [cell.strip() for cell in line[1:]] for line in lines}
    assert rows["Field of view"] == [
        "N", "Spatial only", "FFL", "LFFL α=1", "Input (degraded)", "Gaussian filter", "Clean (target)",
    ]  # fmt: skip
    assert list(rows)[1:] == ["3", "4", "5", "6", "7", "*Over the 5 fields of view*", "Mean", "Standard deviation"]
    for fov in ("3", "4", "5", "6", "7", "Mean"):
        assert [cell.startswith("**") for cell in rows[fov]] == [False, False, False, True, False, False, False]
        assert rows[fov][-1] == "∞"
    assert rows["Standard deviation"][-1] == "–"
    for line in gmsd.splitlines()[4:9]:
        cells = [cell.strip() for cell in line.split("|")[3:6]]
        best = min(cells, key=lambda cell: float(cell.strip("*")))
        assert [cell for cell in cells if "**" in cell] == [best], "the lower, the better"


def test_one_field_has_no_spread(make_study, write_results):
    config = make_study()
    write_results(config, MEANS, fovs=1)
    write_fov_table(config)
    text = Layout.of(config).fov_table("md").read_text(encoding="utf-8")
    assert "Standard deviation" not in text
    assert "| 3 | 2 | 31.000 |" in text


def test_all_forms_are_the_same_twice(study):
    layout = Layout.of(study)
    first = [layout.fov_table(form).read_bytes() for form in ("csv", "md", "html", "tex")]
    write_fov_table(study)
    assert [layout.fov_table(form).read_bytes() for form in ("csv", "md", "html", "tex")] == first
