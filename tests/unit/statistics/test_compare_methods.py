from zlib import crc32

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from freqbench.statistics import holm
from freqbench.statistics.compare import COLUMNS, best_method, compare_methods, unit_values


def tidy(values, *, fovs=6, captures=3, seeds=(0,), split=1, dataset="tiny"):
    """Return a tidy table; ``values`` maps (method, metric) to an array (seeds, fovs, captures) or to its mean.

    A number becomes patches of that mean with a spread that differs between methods, so that tests are possible.
    """
    rows = []
    for (method, metric), given in values.items():
        array = np.asarray(given, dtype=float)
        if array.ndim == 0:
            noise = np.random.default_rng(crc32(method.encode())).standard_normal((len(seeds), fovs, captures))
            array = array + 0.01 * noise
        for (seed, fov, capture), value in np.ndenumerate(array):
            patch = f"{dataset}/raw/{fov}/{capture}#0"
            rows.append((dataset, method, split, seeds[seed], patch, str(fov), str(capture), "patch", metric, value))
    columns = ["dataset", "method", "split", "seed", "patch_id", "fov", "capture", "unit", "metric", "value"]
    return pd.DataFrame(rows, columns=columns)


def row_of(table, **wanted):
    chosen = table
    for column, value in wanted.items():
        chosen = chosen[chosen[column] == value]
    assert len(chosen) == 1
    return chosen.iloc[0]


@pytest.fixture
def config(make_study):
    return make_study(controls=["input", "clean"], comparison={"significance": 0.01})


@pytest.mark.parametrize(
    ("metric", "spatial", "ours", "verdict"),
    [
        ("psnr", 30.0, 31.0, "method"),
        ("psnr", 30.0, 29.0, "baseline"),
        ("ssim", 0.5, 0.9, "method"),
        ("gmsd", 0.5, 0.1, "method"),
        ("gmsd", 0.5, 0.9, "baseline"),
        ("lpips", 0.5, 0.9, "baseline"),
        ("lpips", 0.5, 0.1, "method"),
    ],
)
def test_a_difference_is_a_gain_or_a_loss_by_the_direction_of_the_metric(config, metric, spatial, ours, verdict):
    table = compare_methods(tidy({("spatial", metric): spatial, ("lffl_a1", metric): ours}), config)
    for analysis in ("image", "fov"):
        row = row_of(table, method="lffl_a1", analysis=analysis)
        assert row["better"] == verdict
        assert row["p_holm"] < 0.01
        assert np.sign(row["mean_difference"]) == np.sign(ours - spatial)


def test_a_difference_that_may_be_chance_is_undecided(config):
    rng = np.random.default_rng(0)
    values = {("spatial", "psnr"): rng.standard_normal((1, 6, 3)), ("lffl_a1", "psnr"): rng.standard_normal((1, 6, 3))}
    table = compare_methods(tidy(values), config)
    assert set(table["better"]) == {"undecided"}


def test_the_level_is_the_configured_one(make_study):
    rng = np.random.default_rng(1)
    base = rng.standard_normal((1, 6, 3))
    values = {("spatial", "psnr"): base, ("lffl_a1", "psnr"): base + 0.3 + 0.3 * rng.standard_normal(base.shape)}
    metrics = tidy(values)
    p_value = row_of(compare_methods(metrics, make_study()), analysis="image")["p_holm"]
    for level, verdict in ((p_value * 1.01, "method"), (p_value * 0.99, "undecided")):
        table = compare_methods(metrics, make_study(comparison={"significance": level}))
        assert row_of(table, analysis="image")["better"] == verdict


def test_each_metric_has_its_own_best_baseline(config):
    values = {
        ("spatial", "psnr"): 31.0,
        ("ffl", "psnr"): 30.0,
        ("lffl_a1", "psnr"): 33.0,
        ("spatial", "gmsd"): 0.4,
        ("ffl", "gmsd"): 0.2,
        ("lffl_a1", "gmsd"): 0.1,
    }
    table = compare_methods(tidy(values), config)
    assert set(table.loc[table["metric"] == "psnr", "baseline"]) == {"spatial"}
    assert set(table.loc[table["metric"] == "gmsd", "baseline"]) == {"ffl"}
    # the other baseline is compared as well, the best one not with itself
    assert set(table.loc[table["metric"] == "psnr", "method"]) == {"ffl", "lffl_a1"}


def test_a_method_that_is_no_baseline_never_becomes_one(config):
    values = {("spatial", "psnr"): 30.0, ("ffl", "psnr"): 29.0, ("lffl_a1", "psnr"): 40.0, ("clean", "psnr"): 90.0}
    assert set(compare_methods(tidy(values), config)["baseline"]) == {"spatial"}


def test_best_method_by_direction():
    wide = pd.DataFrame({"a": [1.0, 3.0], "b": [2.5, 2.5]})
    assert best_method(wide, ["a", "b"], "psnr") == "b"
    assert best_method(wide, ["a", "b"], "lpips") == "a"
    assert best_method(wide, ["a", "not evaluated"], "psnr") == "a"


def test_the_infinite_psnr_of_the_clean_control_is_left_out_and_noted(config):
    values = {("spatial", "psnr"): 30.0, ("clean", "psnr"): np.full((1, 6, 3), np.inf), ("lffl_a1", "psnr"): 31.0}
    table = compare_methods(tidy(values), config)
    for analysis in ("image", "fov"):
        row = row_of(table, method="clean", analysis=analysis)
        assert row["n"] == 0
        assert np.isnan(row["mean_difference"])
        assert row["note"] == "no pairs; 18 patches without a finite value left out"
        assert row_of(table, method="lffl_a1", analysis=analysis)["note"] == ""


def test_a_single_infinite_patch_is_left_out_of_both_methods(config):
    rng = np.random.default_rng(2)
    spatial, ours = rng.standard_normal((2, 1, 6, 3))
    ours[0, 2, 1] = np.inf
    row = row_of(
        compare_methods(tidy({("spatial", "psnr"): spatial, ("lffl_a1", "psnr"): ours}), config), analysis="image"
    )
    keep = np.isfinite(ours)
    assert row["n"] == 17
    assert row["mean_difference"] == pytest.approx((ours[keep] - spatial[keep]).mean())
    assert row["note"] == "1 patches without a finite value left out"


def test_both_analyses_are_the_t_tests_of_their_units(config):
    rng = np.random.default_rng(3)
    spatial, ours = rng.standard_normal((2, 1, 6, 3))
    table = compare_methods(tidy({("spatial", "psnr"): spatial, ("lffl_a1", "psnr"): ours}), config)
    # the paired test is of method minus best baseline
    for analysis, a, b in (("image", ours.ravel(), spatial.ravel()), ("fov", ours[0].mean(1), spatial[0].mean(1))):
        row = row_of(table, method="lffl_a1", analysis=analysis)
        test = stats.ttest_rel(a, b)
        assert row["n"] == len(a)
        assert row["p_value"] == pytest.approx(test.pvalue)
        assert row["mean_difference"] == pytest.approx((a - b).mean())
        assert row["effect_size"] == pytest.approx((a - b).mean() / (a - b).std(ddof=1))
        assert row["ci_low"] < row["mean_difference"] < row["ci_high"]


def test_fields_of_view_weigh_alike_in_their_analysis(config):
    values = {("spatial", "psnr"): np.zeros((1, 6, 3)), ("lffl_a1", "psnr"): np.arange(18.0).reshape(1, 6, 3)}
    metrics = tidy(values)
    # field 0 keeps one capture of three: differences 0 (field 0), 4, 7, 10, 13, 16 (means of the others)
    few = metrics[~((metrics["fov"] == "0") & (metrics["capture"] != "0"))]
    table = compare_methods(few, config)
    assert row_of(table, analysis="fov")["mean_difference"] == pytest.approx((0 + 4 + 7 + 10 + 13 + 16) / 6)
    assert row_of(table, analysis="image")["mean_difference"] == pytest.approx(sum(range(3, 18)) / 16)


def test_seeds_are_averaged_and_are_no_further_images(config):
    rng = np.random.default_rng(4)
    spatial, ours = rng.standard_normal((2, 2, 6, 3))
    metrics = tidy({("spatial", "psnr"): spatial, ("lffl_a1", "psnr"): ours}, seeds=(0, 7))
    table = compare_methods(metrics, config)
    averaged = tidy({("spatial", "psnr"): spatial.mean(0)[None], ("lffl_a1", "psnr"): ours.mean(0)[None]})
    pd.testing.assert_frame_equal(table, compare_methods(averaged, config))
    assert row_of(table, analysis="image")["n"] == 18


def test_patches_are_paired_by_name_and_not_by_row(config):
    rng = np.random.default_rng(5)
    metrics = tidy({("spatial", "psnr"): rng.standard_normal((1, 6, 3)), ("lffl_a1", "psnr"): 31.0})
    shuffled = metrics.sample(frac=1, random_state=0)
    shuffled = shuffled.sort_values("method", kind="stable", ascending=False)
    pd.testing.assert_frame_equal(compare_methods(metrics, config), compare_methods(shuffled, config))


def test_correction_runs_over_metrics_and_trained_methods_of_one_analysis(config):
    rng = np.random.default_rng(6)
    methods = ("input", "spatial", "ffl", "lffl_a1")
    values = {(name, metric): rng.standard_normal((1, 6, 3)) for name in methods for metric in ("psnr", "gmsd")}
    table = compare_methods(tidy(values), config)
    for analysis in ("image", "fov"):
        family = table[(table["analysis"] == analysis) & (table["method"] != "input")]
        assert len(family) == 4
        assert family["p_holm"].tolist() == pytest.approx(holm(family["p_value"]).tolist())
    controls = table[table["method"] == "input"]
    assert controls["p_value"].notna().all()
    assert controls["p_holm"].isna().all()


def test_controls_have_no_verdict(config):
    values = {("spatial", "psnr"): 30.0, ("input", "psnr"): 20.0, ("clean", "psnr"): np.full((1, 6, 3), np.inf)}
    assert set(compare_methods(tidy(values), config)["better"]) == {""}


def test_one_field_of_view_allows_no_test_over_fields(config):
    metrics = tidy({("spatial", "psnr"): 30.0, ("lffl_a1", "psnr"): 31.0}, fovs=1)
    row = row_of(compare_methods(metrics, config), analysis="fov")
    assert (row["n"], row["better"], row["note"]) == (1, "undecided", "one pair: no test")
    assert np.isnan([row["ci_low"], row["ci_high"], row["p_holm"]]).all()


def test_identical_methods_are_undecided(config):
    same = np.random.default_rng(7).standard_normal((1, 6, 3))
    table = compare_methods(tidy({("spatial", "psnr"): same, ("lffl_a1", "psnr"): same}), config)
    assert set(table["better"]) == {"undecided"}
    assert set(table["note"]) == {"all differences are equal: no test"}


def test_columns_and_order(config):
    values = {("spatial", "psnr"): 30.0, ("lffl_a1", "psnr"): 31.0, ("input", "psnr"): 20.0}
    table = compare_methods(tidy(values), config)
    assert tuple(table.columns) == COLUMNS
    assert table["method"].tolist() == ["input", "input", "lffl_a1", "lffl_a1"]
    assert table["analysis"].tolist() == ["image", "fov"] * 2


def test_a_study_with_nothing_to_compare_has_an_empty_table(make_study):
    config = make_study(controls=[], methods=[{"name": "spatial"}])
    table = compare_methods(tidy({("spatial", "psnr"): 30.0}), config)
    assert len(table) == 0
    assert tuple(table.columns) == COLUMNS


def test_units_are_patches_averaged_over_seeds():
    metrics = tidy({("spatial", "psnr"): np.arange(8.0).reshape(2, 2, 2)}, seeds=(0, 1))
    wide = unit_values(metrics, "psnr")
    assert wide["spatial"].tolist() == [2.0, 3.0, 4.0, 5.0]
    assert wide.index.names == ["fov", "patch_id"]


def test_a_field_of_view_that_two_splits_test_counts_once(config):
    """Split 1 tests fields 0 and 1, split 2 fields 1 and 2 (named 0 and 1 in the making, then moved by one)."""
    first = tidy({("spatial", "psnr"): [[[1.0], [2.0]]], ("lffl_a1", "psnr"): [[[2.0], [4.0]]]})
    second = tidy({("spatial", "psnr"): [[[5.0], [8.0]]], ("lffl_a1", "psnr"): [[[11.0], [13.0]]]}, split=2)
    for old, new in (("1", "2"), ("0", "1")):
        moved = second["fov"] == old
        second.loc[moved, ["fov", "patch_id"]] = new, f"tiny/raw/{new}/0#0"
    metrics = pd.concat([first, second], ignore_index=True)
    wide = unit_values(metrics, "psnr")
    # field 1: (2 + 5) / 2 and (4 + 11) / 2
    assert wide["spatial"].tolist() == [1.0, 3.5, 8.0]
    assert wide["lffl_a1"].tolist() == [2.0, 7.5, 13.0]
    table = compare_methods(metrics, config)
    for analysis in ("image", "fov"):
        row = row_of(table, method="lffl_a1", analysis=analysis)
        # differences 1, 4 and 5: mean 10/3, standard deviation sqrt(13/3), t = 2.7735 with 2 degrees of freedom
        assert row["n"] == 3
        assert row["mean_difference"] == pytest.approx(10 / 3)
        assert row["effect_size"] == pytest.approx((10 / 3) / np.sqrt(13 / 3))
        assert row["p_value"] == pytest.approx(2 * stats.t.sf((10 / 3) / np.sqrt(13 / 9), 2))


def test_splits_and_seeds_are_averaged_and_are_no_further_images(config):
    rng = np.random.default_rng(8)
    spatial, ours = rng.standard_normal((2, 2, 2, 6, 3))
    parts = [
        tidy({("spatial", "psnr"): spatial[place], ("lffl_a1", "psnr"): ours[place]}, seeds=(0, 7), split=place + 1)
        for place in range(2)
    ]
    averaged = tidy({("spatial", "psnr"): spatial.mean((0, 1))[None], ("lffl_a1", "psnr"): ours.mean((0, 1))[None]})
    pd.testing.assert_frame_equal(compare_methods(pd.concat(parts), config), compare_methods(averaged, config))
