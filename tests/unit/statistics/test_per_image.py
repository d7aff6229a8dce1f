"""Values of images, improvement and paired tests, against the CARE study's printed rows and closed forms."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from freqbench.published.care_study import Cell, Comparison, read_care_study
from freqbench.statistics.per_image import per_image, unit_values

STUDY = read_care_study()
METHODS = ["laplace", "fft", "bandpass"]


def printed_rows(experiment, metric):
    """Return the CARE study's rows as tidy values: one patch an image, one image a field of view."""
    rows = [
        (str(number), "c", f"{number}#0", method, value)
        for method in ("input", *METHODS)
        for number, value in enumerate(STUDY.rows[Cell(experiment, metric, method)])
    ]
    return pd.DataFrame(rows, columns=["fov", "capture", "patch_id", "method", "value"])


@pytest.mark.parametrize("experiment", ["AA", "MM", "MA"])
def test_the_studys_rows_give_the_means_that_it_prints(experiment):
    table = per_image(printed_rows(experiment, "PSNR"), METHODS, "image")
    means = table[table["quantity"] == "mean"].set_index("method")["value"]
    for method in ("input", *METHODS):
        printed = STUDY.means[Cell(experiment, "PSNR", method)]
        assert printed.value == pytest.approx(means[method], abs=2 * printed.half_unit)
    gains = table[table["quantity"] == "improvement"].set_index("method")["value"]
    assert gains["fft"] == pytest.approx(means["fft"] - means["input"], rel=1e-12)


def test_the_studys_rows_give_a_p_value_that_it_prints():
    printed = STUDY.p_values[Comparison("AA", "PSNR", "fft", "laplace")]
    table = per_image(printed_rows("AA", "PSNR"), METHODS, "image")
    tests = table[(table["quantity"] == "p_value") & (table["unit"] == "image")].set_index(["method", "against"])
    assert printed.is_rounding_of(tests.loc[("fft", "laplace"), "value"])
    assert tests.loc[("fft", "laplace"), "value"] == tests.loc[("laplace", "fft"), "value"]
    assert tests.loc[("fft", "laplace"), "n"] == 9


@pytest.fixture
def metrics():
    """Three fields of view of two captures of two patches, two seeds, values from a seed."""
    rng = np.random.default_rng(2)
    rows = [
        (fov, capture, f"{fov}{capture}#{patch}", method, rng.normal(30))
        for fov in "123"
        for capture in "ab"
        for patch in range(2)
        for method in ("input", "mae", "fft")
        for _ in range(1 if method == "input" else 2)
    ]
    return pd.DataFrame(rows, columns=["fov", "capture", "patch_id", "method", "value"])


def test_an_image_is_the_mean_of_its_patches_and_a_field_that_of_its_images(metrics):
    images, fields = unit_values(metrics, "image"), unit_values(metrics, "field")
    assert images.shape == (6, 3)
    assert fields.shape == (3, 3)
    chosen = metrics[(metrics["fov"] == "2") & (metrics["method"] == "fft")]
    assert images.loc[("2", "b"), "fft"] == pytest.approx(chosen[chosen["capture"] == "b"]["value"].mean())
    assert fields.loc["2", "fft"] == pytest.approx(chosen["value"].mean())


def test_tests_are_over_images_and_over_fields(metrics):
    table = per_image(metrics, ["mae", "fft"], "image")
    tests = table[table["quantity"] == "p_value"].set_index(["unit", "method", "against"])
    for unit, count in (("image", 6), ("field", 3)):
        wide = unit_values(metrics, unit)
        row = tests.loc[(unit, "fft", "mae")]
        assert row["n"] == count
        assert row["value"] == pytest.approx(stats.ttest_rel(wide["fft"], wide["mae"]).pvalue, rel=1e-12)


def test_a_value_that_is_not_finite_is_left_out_of_means_and_tests(metrics):
    first = metrics["patch_id"].isin(["1a#0", "1a#1"]) & (metrics["method"] == "fft")
    metrics.loc[first, "value"] = np.inf
    table = per_image(metrics, ["mae", "fft"], "image")
    fft = table[table["method"] == "fft"]
    assert fft[fft["quantity"] == "mean"]["n"].item() == 5
    assert fft[fft["quantity"] == "improvement"]["n"].item() == 5
    assert fft[(fft["quantity"] == "p_value") & (fft["unit"] == "image")]["n"].item() == 5


def test_one_field_allows_no_test(metrics):
    table = per_image(metrics[metrics["fov"] == "1"], ["mae", "fft"], "field")
    tests = table[table["quantity"] == "p_value"]
    assert tests["value"].isna().all()
    assert (tests["n"] == 1).all()
