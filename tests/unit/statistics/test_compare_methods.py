"""Verdicts, units and families of the comparison."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from freqbench.config import CONTROLS
from freqbench.statistics import cluster_bootstrap, holm
from freqbench.statistics.compare import COLUMNS, compare_methods

METHODS = ("input", "spatial", "ffl", "lffl_a1")


@pytest.fixture
def two_methods():
    """Values of two methods without any relation: (1, 6, 3)."""
    spatial, ours = np.random.default_rng(3).standard_normal((2, 1, 6, 3))
    return {("spatial", "psnr"): spatial, ("lffl_a1", "psnr"): ours}


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
def test_a_gain_or_a_loss_by_the_direction_of_the_metric(tidy, config, metric, spatial, ours, verdict):
    table = compare_methods(tidy({("spatial", metric): spatial, ("lffl_a1", metric): ours}), config)
    assert set(table["against"]) == {"best_baseline", "spatial", "pair"}
    assert set(table["better"]) == {verdict}
    assert (table["p_holm"] < 0.01).all()
    assert (np.sign(table["mean_difference"]) == np.sign(ours - spatial)).all()


def test_a_difference_that_may_be_chance_is_undecided(tidy, config, two_methods):
    assert set(compare_methods(tidy(two_methods), config)["better"]) == {"undecided"}


def test_the_level_is_the_configured_one(tidy, row_of, make_study):
    rng = np.random.default_rng(1)
    base = rng.standard_normal((1, 6, 3))
    values = {("spatial", "psnr"): base, ("lffl_a1", "psnr"): base + 0.3 + 0.3 * rng.standard_normal(base.shape)}
    metrics = tidy(values)
    p_value = row_of(compare_methods(metrics, make_study()), analysis="image")["p_holm"]
    for level, verdict in ((p_value * 1.01, "method"), (p_value * 0.99, "undecided")):
        table = compare_methods(metrics, make_study(comparison={"significance": level}))
        assert row_of(table, analysis="image")["better"] == verdict


def test_both_analyses_are_the_tests_of_their_units(tidy, config, two_methods):
    table = compare_methods(tidy(two_methods), config)
    spatial, ours = two_methods.values()
    for analysis, a, b in (("image", ours.ravel(), spatial.ravel()), ("fov", ours[0].mean(1), spatial[0].mean(1))):
        rows = table[table["analysis"] == analysis]
        assert len(rows) == 3
        for row in rows.to_dict("records"):
            assert (row["method"], row["baseline"]) == ("lffl_a1", "spatial")
            assert (row["n"], row["fovs"], row["splits"], row["seeds"]) == (len(a), 6, 1, 1)
            assert row["p_value"] == pytest.approx(stats.ttest_rel(a, b).pvalue)
            assert row["wilcoxon_p"] == pytest.approx(stats.wilcoxon(a, b, method="exact").pvalue)
            assert row["mean_difference"] == pytest.approx((a - b).mean())
            assert row["effect_size"] == pytest.approx((a - b).mean() / (a - b).std(ddof=1))


def test_the_interval_is_that_of_the_fields_of_view_in_both_analyses(tidy, config, two_methods):
    table = compare_methods(tidy(two_methods), config)
    spatial, ours = two_methods.values()
    settings = config.comparison
    expected = cluster_bootstrap(
        (ours - spatial).ravel(), np.repeat(np.arange(6), 3), samples=settings.bootstrap, seed=settings.seed
    )
    assert table[["ci_low", "ci_high"]].to_numpy() == pytest.approx(np.tile(expected, (6, 1)))


def test_each_analysis_is_about_the_mean_of_its_units_and_so_is_its_interval(tidy, row_of, config):
    noise = np.random.default_rng(0).standard_normal((1, 6, 3))
    values = {("spatial", "psnr"): np.zeros((1, 6, 3)), ("lffl_a1", "psnr"): np.arange(18.0).reshape(1, 6, 3)}
    metrics = tidy(values)
    # field 0 keeps one capture of three: differences 0 (field 0), 4, 7, 10, 13, 16 (means of the others)
    few = metrics[~((metrics["fov"] == "0") & (metrics["capture"] != "0"))]
    table = compare_methods(few, config)
    fov, image = (row_of(table, analysis=analysis) for analysis in ("fov", "image"))
    assert fov["mean_difference"] == pytest.approx((0 + 4 + 7 + 10 + 13 + 16) / 6)
    assert image["mean_difference"] == pytest.approx(sum(range(3, 18)) / 16)
    assert image["ci_low"] - fov["ci_low"] > 0.5
    # with the same mean in all fields but the first, all intervals lie around the mean of their own units
    values[("lffl_a1", "psnr")] = np.where(np.arange(6)[None, :, None] == 0, 10.0, 0.0) + 1e-3 * noise
    metrics = tidy(values)
    few = metrics[~((metrics["fov"] == "0") & (metrics["capture"] != "0"))]
    table = compare_methods(few, config)
    assert row_of(table, analysis="fov")["mean_difference"] == pytest.approx(10 / 6, abs=2e-3)
    assert row_of(table, analysis="image")["mean_difference"] == pytest.approx(10 / 16, abs=2e-3)


def test_families_are_one_kind_of_comparison_and_one_analysis_over_metrics_and_methods(tidy, config):
    rng = np.random.default_rng(6)
    values = {(name, metric): rng.standard_normal((1, 6, 3)) for name in METHODS for metric in ("psnr", "gmsd")}
    table = compare_methods(tidy(values), config)
    sizes = {"best_baseline": 4, "spatial": 4, "pair": 6}
    assert set(zip(table["against"], table["analysis"], strict=True)) == {
        (against, analysis) for against in sizes for analysis in ("image", "fov")
    }
    for (against, _), family in table[table["method"] != "input"].groupby(["against", "analysis"]):
        assert len(family) == sizes[against]
        assert set(family["family_size"]) == {sizes[against]}
        for raw, corrected in (("p_value", "p_holm"), ("wilcoxon_p", "wilcoxon_p_holm")):
            assert family[corrected].tolist() == pytest.approx(holm(family[raw]).tolist())


def test_controls_are_landmarks_outside_the_families(tidy, config):
    rng = np.random.default_rng(6)
    values = {(name, metric): rng.standard_normal((1, 6, 3)) for name in METHODS for metric in ("psnr", "gmsd")}
    controls = compare_methods(tidy(values), config).query("method == 'input'")
    assert set(controls["against"]) == {"best_baseline"}
    assert controls[["p_value", "wilcoxon_p"]].notna().all(axis=None)
    assert controls[["p_holm", "wilcoxon_p_holm"]].isna().all(axis=None)
    assert set(controls["family_size"]) == {0}
    assert set(controls["better"]) == {""}


def test_more_controls_change_nothing_of_the_trained_methods(tidy, make_study):
    rng = np.random.default_rng(7)
    names = (*METHODS, "tv", "gat_nlm", "average16")
    values = {(name, metric): rng.standard_normal((1, 6, 3)) for name in names for metric in ("psnr", "gmsd")}
    tables = []
    for controls in (["input"], ["input", "tv", "gat_nlm", "average16"]):
        chosen = {key: value for key, value in values.items() if key[0] in controls or key[0] not in CONTROLS}
        table = compare_methods(tidy(chosen), make_study(controls=controls))
        tables.append(table[~table["method"].isin(CONTROLS)].reset_index(drop=True))
    pd.testing.assert_frame_equal(*tables)


def test_few_units_are_said_to_be_too_few_for_the_signed_ranks(tidy, row_of, make_study):
    values = {(name, "psnr"): 30.0 + place for place, name in enumerate(METHODS)}
    for fovs, level, enough in ((6, 0.05, False), (7, 0.05, True), (6, 0.07, True), (12, 0.0005, False)):
        study = make_study(controls=[], comparison={"significance": level})
        # two methods against the best baseline: the smallest of two p-values is doubled
        row = row_of(compare_methods(tidy(values, fovs=fovs), study), method="lffl_a1", analysis="fov")
        assert row["wilcoxon_p_holm"] == pytest.approx(2 * 2 ** (1 - fovs))
        expected = "" if enough else f"Wilcoxon cannot reach {level:g} with {fovs} units in a family of 2"
        assert (row["note"], row["wilcoxon_p_holm"] < level) == (expected, enough)
        assert row["p_holm"] < level


def test_columns_and_order(tidy, config):
    values = {("spatial", "psnr"): 30.0, ("lffl_a1", "psnr"): 31.0, ("input", "psnr"): 20.0}
    table = compare_methods(tidy(values), config)
    assert tuple(table.columns) == COLUMNS
    assert set(table["dataset"]) == {"tiny"}
    assert table["method"].tolist() == ["input", "input", *["lffl_a1"] * 6]
    assert table["analysis"].tolist() == ["image", "fov"] * 4
    assert table["against"].tolist() == ["best_baseline"] * 4 + ["spatial"] * 2 + ["pair"] * 2


def test_a_study_with_nothing_to_compare_has_an_empty_table(tidy, make_study):
    study = make_study(controls=[], methods=[{"name": "spatial"}])
    table = compare_methods(tidy({("spatial", "psnr"): 30.0}), study)
    assert len(table) == 0
    assert tuple(table.columns) == COLUMNS


def test_patches_are_paired_by_name_and_not_by_row(tidy, config):
    rng = np.random.default_rng(5)
    metrics = tidy({("spatial", "psnr"): rng.standard_normal((1, 6, 3)), ("lffl_a1", "psnr"): 31.0})
    shuffled = metrics.sample(frac=1, random_state=0)
    shuffled = shuffled.sort_values("method", kind="stable", ascending=False)
    pd.testing.assert_frame_equal(compare_methods(metrics, config), compare_methods(shuffled, config))
