"""Input that allows no test, or less of one, has a defined answer that says so."""

import sys

import numpy as np
import pandas as pd
import pytest

from freqbench.errors import FreqbenchError
from freqbench.statistics.compare import compare_methods

LOST = "of {} values left out: not finite, or without one of the other method"


def values_of(seed=2):
    spatial, ours = np.random.default_rng(seed).standard_normal((2, 1, 6, 3))
    return {("spatial", "psnr"): spatial, ("lffl_a1", "psnr"): ours}


def test_the_infinite_psnr_of_the_clean_control_is_left_out_and_noted(tidy, row_of, config):
    table = compare_methods(tidy(values_of() | {("clean", "psnr"): np.full((1, 6, 3), np.inf)}), config)
    for analysis in ("image", "fov"):
        row = row_of(table, method="clean", analysis=analysis)
        assert (row["n"], row["note"]) == (0, "no pairs; 18 " + LOST.format(18))
        numbers = row[["mean_difference", "ci_low", "ci_high", "effect_size", "p_value", "wilcoxon_p"]]
        assert numbers.isna().all()
        assert LOST[:8] not in row_of(table, method="lffl_a1", analysis=analysis)["note"]


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
def test_a_single_patch_without_a_finite_value_is_left_out_of_both_methods(tidy, row_of, config, value):
    given = values_of()
    given["lffl_a1", "psnr"][0, 2, 1] = value
    row = row_of(compare_methods(tidy(given), config), analysis="image")
    spatial, ours = given.values()
    keep = np.isfinite(ours)
    assert (row["n"], row["note"]) == (17, "1 " + LOST.format(18))
    assert row["mean_difference"] == pytest.approx((ours[keep] - spatial[keep]).mean())


def test_patches_that_one_method_lacks_are_left_out_of_both(tidy, row_of, config):
    metrics = tidy(values_of())
    few = metrics[~((metrics["method"] == "lffl_a1") & metrics["fov"].isin(["0", "3"]))]
    table = compare_methods(few, config)
    image, fov = (row_of(table, analysis=analysis) for analysis in ("image", "fov"))
    assert (image["n"], fov["n"]) == (12, 4)
    assert image["note"] == "6 " + LOST.format(18)
    without = metrics[~metrics["fov"].isin(["0", "3"])]
    columns = ["mean_difference", "ci_low", "ci_high", "p_value", "wilcoxon_p"]
    expected = compare_methods(without, config)[columns]
    pd.testing.assert_frame_equal(table[columns], expected)


def test_a_method_that_lacks_a_metric_has_a_row_that_says_so(tidy, row_of, config):
    values = values_of() | {("spatial", "gmsd"): 0.1, ("ffl", "gmsd"): 0.2}
    row = row_of(compare_methods(tidy(values), config), metric="psnr", method="lffl_a1", analysis="fov")
    assert row["n"] == 6
    missing = row_of(compare_methods(tidy(values), config), metric="gmsd", method="lffl_a1", analysis="fov")
    assert (missing["n"], missing["better"], missing["note"]) == (0, "undecided", "no pairs; 18 " + LOST.format(18))


def test_one_field_of_view_allows_no_test_over_fields_and_no_interval(tidy, row_of, config):
    table = compare_methods(tidy({("spatial", "psnr"): 30.0, ("lffl_a1", "psnr"): 31.0}, fovs=1), config)
    row = row_of(table, analysis="fov")
    assert (row["n"], row["better"]) == (1, "undecided")
    assert row["note"] == "one pair: no test; one field of view: no interval"
    assert np.isnan([row["ci_low"], row["ci_high"], row["p_holm"], row["wilcoxon_p"]]).all()
    image = row_of(table, analysis="image")
    assert image["note"].startswith("one field of view: no interval")
    assert image["p_value"] < 0.01


def test_one_patch(tidy, config):
    table = compare_methods(tidy({("spatial", "psnr"): 30.0, ("lffl_a1", "psnr"): 31.0}, fovs=1, captures=1), config)
    assert set(table["note"]) == {"one pair: no test; one field of view: no interval"}
    assert table["mean_difference"].to_numpy() == pytest.approx(1, abs=0.1)


def test_identical_methods_are_undecided(tidy, config):
    same = values_of()["spatial", "psnr"]
    table = compare_methods(tidy({("spatial", "psnr"): same, ("lffl_a1", "psnr"): same}), config)
    assert set(table["better"]) == {"undecided"}
    assert set(table["note"]) == {"all differences are equal: no test"}
    assert (table[["mean_difference", "ci_low", "ci_high"]] == 0).all(axis=None)


def test_a_difference_without_spread_leaves_the_signed_ranks(tidy, row_of, config):
    same = values_of()["spatial", "psnr"]
    table = compare_methods(tidy({("spatial", "psnr"): same, ("lffl_a1", "psnr"): same + 0.5}), config)
    row = row_of(table, analysis="fov")
    assert np.isnan(row["p_value"])
    assert row["wilcoxon_p"] == 2**-5
    assert row["note"].startswith("t-test: all differences are equal: no test")
    assert row[["ci_low", "ci_high"]].tolist() == pytest.approx([0.5, 0.5])


def test_a_test_that_is_not_possible_still_counts_in_its_family(tidy, row_of, config):
    values = values_of()
    values |= {("spatial", "gmsd"): values["spatial", "psnr"], ("lffl_a1", "gmsd"): values["spatial", "psnr"]}
    table = compare_methods(tidy(values), config)
    row, equal = (row_of(table, metric=metric, analysis="fov") for metric in ("psnr", "gmsd"))
    assert row["family_size"] == equal["family_size"] == 2
    assert row["p_holm"] == pytest.approx(min(1, 2 * row["p_value"]))
    assert np.isnan(equal["p_holm"])


def test_a_p_value_too_small_to_hold_is_not_zero(tidy, row_of, config):
    noise = np.random.default_rng(0).standard_normal((2, 1, 20, 20))
    values = {("spatial", "psnr"): 1e-3 * noise[0], ("lffl_a1", "psnr"): 1e3 + 1e-3 * noise[1]}
    row = row_of(compare_methods(tidy(values, fovs=20, captures=20), config), analysis="image")
    assert row["p_value"] == row["p_holm"] == sys.float_info.min
    assert (row["note"], row["better"]) == ("t-test: p below the smallest number", "method")


def test_no_number_is_missing_without_a_note(tidy, config):
    """Every kind of bad value at once."""
    rng = np.random.default_rng(5)
    values = {(name, "psnr"): rng.standard_normal((1, 3, 2)) for name in ("input", "spatial", "ffl", "lffl_a1")}
    values["input", "psnr"][0, 0] = np.nan
    values["ffl", "psnr"][0, 1] = np.inf
    values["lffl_a1", "psnr"] = values["spatial", "psnr"] + 1
    table = compare_methods(tidy(values, fovs=3, captures=2), config)
    for columns in (["p_value", "effect_size"], ["wilcoxon_p"], ["ci_low", "ci_high"]):
        assert (table.loc[table[columns].isna().any(axis=1), "note"] != "").all()
    assert not (table[["p_value", "wilcoxon_p"]] == 0).any(axis=None)


def test_two_values_of_one_patch_are_refused(tidy, config):
    metrics = tidy(values_of())
    with pytest.raises(FreqbenchError, match="psnr of spatial: a patch has two values in one split and seed"):
        compare_methods(pd.concat([metrics, metrics.iloc[:1]]), config)


def test_no_baseline_was_measured(tidy, config):
    with pytest.raises(FreqbenchError, match=r"comparison\.baselines: none of spatial, ffl, fsl has values of psnr"):
        compare_methods(tidy({("lffl_a1", "psnr"): 30.0}), config)


def test_an_unknown_metric_is_named(tidy, config):
    with pytest.raises(FreqbenchError, match="unknown metric 'sharpness'"):
        compare_methods(tidy({("spatial", "sharpness"): 30.0}), config)
