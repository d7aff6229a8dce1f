"""Seeds and splits are no further images; the interval is over them as well."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from freqbench.statistics import cluster_bootstrap
from freqbench.statistics.compare import compare_methods
from freqbench.statistics.scores import scores_by_metric

TESTS = ["n", "mean_difference", "effect_size", "p_value", "wilcoxon_p", "better"]


def test_seeds_are_averaged_and_are_no_further_images(tidy, row_of, config):
    spatial, ours = np.random.default_rng(4).standard_normal((2, 2, 6, 3))
    table = compare_methods(tidy({("spatial", "psnr"): spatial, ("lffl_a1", "psnr"): ours}, seeds=(0, 7)), config)
    averaged = tidy({("spatial", "psnr"): spatial.mean(0)[None], ("lffl_a1", "psnr"): ours.mean(0)[None]})
    pd.testing.assert_frame_equal(table[TESTS], compare_methods(averaged, config)[TESTS])
    row = row_of(table, analysis="image")
    assert (row["n"], row["splits"], row["seeds"]) == (18, 1, 2)


def test_the_interval_is_over_fields_and_seeds(tidy, config):
    rng = np.random.default_rng(5)
    spatial, ours = rng.standard_normal((2, 4, 6, 3)) + rng.standard_normal((2, 4, 1, 1))
    table = compare_methods(tidy({("spatial", "psnr"): spatial, ("lffl_a1", "psnr"): ours}, seeds=range(4)), config)
    run, fov, _ = np.indices((4, 6, 3)).reshape(3, -1)
    options = {"samples": config.comparison.bootstrap, "seed": config.comparison.seed}
    expected = cluster_bootstrap((ours - spatial).ravel(), fov, runs=run, **options)
    assert table[["ci_low", "ci_high"]].to_numpy() == pytest.approx(np.tile(expected, (6, 1)))
    for_these_runs = cluster_bootstrap((ours - spatial).ravel(), fov, **options)
    assert np.ptp(expected) > 1.2 * np.ptp(for_these_runs)


def test_a_control_stands_beside_every_seed(tidy, row_of, config):
    rng = np.random.default_rng(6)
    spatial, given = rng.standard_normal((3, 6, 3)), rng.standard_normal((1, 6, 3))
    metrics = pd.concat([tidy({("spatial", "psnr"): spatial}, seeds=(5, 6, 7)), tidy({("input", "psnr"): given})])
    row = row_of(compare_methods(metrics, config), method="input", analysis="image")
    difference = (given - spatial).mean(0).ravel()
    assert (row["n"], row["seeds"], row["note"]) == (18, 3, "")
    assert row["mean_difference"] == pytest.approx(difference.mean())
    assert row["p_value"] == pytest.approx(stats.ttest_1samp(difference, 0).pvalue)


def test_a_seed_that_one_method_lacks_is_left_out_of_both(tidy, row_of, config):
    spatial, ours = np.random.default_rng(7).standard_normal((2, 3, 6, 3))
    metrics = tidy({("spatial", "psnr"): spatial, ("lffl_a1", "psnr"): ours}, seeds=(0, 1, 2))
    few = metrics[~((metrics["method"] == "lffl_a1") & (metrics["seed"] == 1))]
    row = row_of(compare_methods(few, config), analysis="image")
    assert row["mean_difference"] == pytest.approx((ours - spatial)[[0, 2]].mean())
    assert (row["seeds"], row["note"].split(":")[0]) == (2, "18 of 54 values left out")
    both = compare_methods(metrics[metrics["seed"] != 1], config)
    assert row["ci_low"] == pytest.approx(row_of(both, analysis="image")["ci_low"])


def test_units_are_patches_averaged_over_seeds(tidy):
    metrics = tidy({("spatial", "psnr"): np.arange(8.0).reshape(2, 2, 2)}, seeds=(0, 1))
    scores = scores_by_metric(metrics)["psnr"]
    assert scores.values["spatial"].tolist() == [[0, 4], [1, 5], [2, 6], [3, 7]]
    assert (scores.field.tolist(), scores.seed.tolist(), scores.split.tolist()) == ([0, 0, 1, 1], [0, 1], [0, 0])
    assert scores.means == {"spatial": 3.5}


def test_a_field_of_view_that_two_splits_test_counts_once(tidy, row_of, config):
    """Split 1 tests fields 0 and 1, split 2 fields 1 and 2."""
    first = tidy({("spatial", "psnr"): [[[1.0], [2.0]]], ("lffl_a1", "psnr"): [[[2.0], [4.0]]]})
    second = tidy(
        {("spatial", "psnr"): [[[5.0], [8.0]]], ("lffl_a1", "psnr"): [[[11.0], [13.0]]]}, split=2, first_fov=1
    )
    metrics = pd.concat([first, second], ignore_index=True)
    table = compare_methods(metrics, config)
    for analysis in ("image", "fov"):
        row = row_of(table, method="lffl_a1", analysis=analysis)
        # differences 1, (2 + 6) / 2 and 5: mean 10/3, standard deviation sqrt(13/3), t = 2.7735 with 2 degrees
        assert (row["n"], row["fovs"], row["splits"], row["seeds"]) == (3, 3, 2, 1)
        assert row["mean_difference"] == pytest.approx(10 / 3)
        assert row["effect_size"] == pytest.approx((10 / 3) / np.sqrt(13 / 3))
        assert row["p_value"] == pytest.approx(2 * stats.t.sf((10 / 3) / np.sqrt(13 / 9), 2))
        assert row["note"].startswith("Wilcoxon cannot reach 0.01 with 3 units in a family of 1")


def test_splits_and_seeds_are_averaged_and_are_no_further_images(tidy, config):
    spatial, ours = np.random.default_rng(8).standard_normal((2, 2, 2, 6, 3))
    parts = [
        tidy({("spatial", "psnr"): spatial[place], ("lffl_a1", "psnr"): ours[place]}, seeds=(0, 7), split=place + 1)
        for place in range(2)
    ]
    averaged = tidy({("spatial", "psnr"): spatial.mean((0, 1))[None], ("lffl_a1", "psnr"): ours.mean((0, 1))[None]})
    found, expected = compare_methods(pd.concat(parts), config), compare_methods(averaged, config)
    pd.testing.assert_frame_equal(found[TESTS], expected[TESTS])
    assert set(found["splits"]) == set(found["seeds"]) == {2}


def test_the_seeds_of_a_split_go_with_it_into_the_interval(tidy, config):
    spatial, ours = np.random.default_rng(9).standard_normal((2, 3, 2, 6, 3))
    parts = [
        tidy({("spatial", "psnr"): spatial[place], ("lffl_a1", "psnr"): ours[place]}, seeds=(0, 7), split=place + 1)
        for place in range(3)
    ]
    difference = (ours - spatial).mean(1)
    split, fov, _ = np.indices((3, 6, 3)).reshape(3, -1)
    options = {"samples": config.comparison.bootstrap, "seed": config.comparison.seed}
    expected = cluster_bootstrap(difference.ravel(), fov, runs=split, **options)
    table = compare_methods(pd.concat(parts), config)
    assert table[["ci_low", "ci_high"]].to_numpy() == pytest.approx(np.tile(expected, (6, 1)))


def test_the_control_of_a_split_stands_beside_the_seeds_of_that_split(tidy, row_of, config):
    trained = [tidy({("spatial", "psnr"): float(10 * split)}, seeds=(0, 1), split=split) for split in (1, 2)]
    controls = [tidy({("input", "psnr"): float(10 * split + split)}, split=split) for split in (1, 2)]
    row = row_of(compare_methods(pd.concat(trained + controls), config), method="input", analysis="fov")
    assert row["mean_difference"] == pytest.approx(1.5, abs=0.05)
