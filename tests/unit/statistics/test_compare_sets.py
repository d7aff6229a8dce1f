"""Distances between sets: no value of an image, so fields of view are left out in turn."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from freqbench.metrics import frechet_distance
from freqbench.statistics.bootstrap import influence_bootstrap
from freqbench.statistics.compare import COLUMNS, compare_methods

FOVS = 8


def rows(method, whole, without, *, split=1, seed=0, metric="fd_vgg16", first_fov=0):
    """Return a row of the set metrics, and rows of the same without each field of view."""
    identity = {"dataset": "tiny", "method": method, "split": split, "seed": seed, "metric": metric}
    names = [str(first_fov + place) for place in range(len(without))]
    left_out = [{**identity, "fov": fov, "value": value} for fov, value in zip(names, without, strict=True)]
    return pd.DataFrame([{**identity, "n": 3 * len(names), "value": whole}]), pd.DataFrame(left_out)


def of_mean(values, method, **options):
    """Rows of a statistic that is a mean over fields of view, whose influences are known."""
    values = np.asarray(values, dtype=float)
    return rows(method, values.mean(), (values.sum() - values) / (len(values) - 1), **options)


def compared(images, config, parts):
    """Return the rows of the set metrics from rows of all runs."""
    sets, without = (pd.concat(each, ignore_index=True) for each in zip(*parts, strict=True))
    table = compare_methods(images, config, sets=sets, without=without)
    assert tuple(table.columns) == COLUMNS
    return table[table["analysis"] == "set"]


@pytest.fixture
def images(tidy):
    return tidy({("spatial", "psnr"): 30.0, ("lffl_a1", "psnr"): 31.0}, fovs=FOVS)


def test_of_a_mean_it_is_the_t_test_and_the_bootstrap_of_its_fields(images, row_of, config):
    spatial, ours = np.random.default_rng(0).normal(50, 3, (2, FOVS))
    table = compared(images, config, [of_mean(spatial, "spatial"), of_mean(ours, "lffl_a1")])
    assert table["against"].tolist() == ["best_baseline", "spatial", "pair"]
    row = row_of(table, metric="fd_vgg16")
    assert (row["method"], row["baseline"], row["n"], row["fovs"], row["seeds"]) == ("lffl_a1", "spatial", 8, 8, 1)
    assert row["mean_difference"] == pytest.approx((ours - spatial).mean())
    assert row["p_value"] == row["p_holm"] == pytest.approx(stats.ttest_rel(ours, spatial).pvalue)
    difference = ours - spatial
    without = (difference.sum() - difference) / (FOVS - 1)
    expected = influence_bootstrap(difference.mean(), without, samples=2000, seed=0)
    assert (row["ci_low"], row["ci_high"]) == pytest.approx(expected)
    assert (row["family_size"], row["note"]) == (1, "")
    assert np.isnan([row["wilcoxon_p"], row["wilcoxon_p_holm"], row["effect_size"]]).all()


@pytest.mark.parametrize(("shift", "verdict"), [(-5.0, "method"), (5.0, "baseline"), (0.0, "undecided")])
def test_a_planted_difference_has_the_verdict_of_its_direction(images, row_of, config, shift, verdict):
    rng = np.random.default_rng(1)
    spatial, noise = rng.normal(50, 10, FOVS), rng.normal(0, 0.5, FOVS)
    parts = [of_mean(spatial, "spatial"), of_mean(spatial + shift + noise - noise.mean(), "lffl_a1")]
    row = row_of(compared(images, config, parts))
    assert row["better"] == verdict
    assert row["mean_difference"] == pytest.approx(shift, abs=1e-9)
    assert (row["ci_low"] < 0 < row["ci_high"]) == (verdict == "undecided")


def test_identical_methods(images, row_of, config):
    values = np.random.default_rng(2).normal(50, 3, FOVS)
    row = row_of(compared(images, config, [of_mean(values, "spatial"), of_mean(values, "lffl_a1")]))
    assert (row["better"], row["note"]) == ("undecided", "all differences are equal: no test")
    assert row[["mean_difference", "ci_low", "ci_high"]].tolist() == pytest.approx([0, 0, 0])


def test_the_best_baseline_has_the_smallest_distance_and_controls_are_landmarks(tidy, row_of, config):
    images = tidy({(name, "psnr"): 30.0 for name in ("input", "spatial", "ffl", "lffl_a1")}, fovs=FOVS)
    rng = np.random.default_rng(3)
    means = {"input": 90, "spatial": 50, "ffl": 40, "lffl_a1": 45}
    parts = [of_mean(rng.normal(mean, 1, FOVS), name) for name, mean in means.items()]
    table = compared(images, config, parts)
    best = table[table["against"] == "best_baseline"]
    assert set(best["baseline"]) == {"ffl"}
    assert best["method"].tolist() == ["input", "spatial", "lffl_a1"]
    assert best["better"].tolist() == ["", "baseline", "baseline"]
    assert best["family_size"].tolist() == [0, 2, 2]
    assert row_of(table, against="spatial", method="lffl_a1")["better"] == "method"


def test_seeds_are_averaged_and_resampled(images, row_of, config):
    rng = np.random.default_rng(4)
    spatial = rng.normal(50, 1, (4, FOVS))
    ours = spatial - 2 + rng.normal(0, 0.1, (4, FOVS)) + rng.normal(0, 3, (4, 1))
    parts = [
        of_mean(values[seed], name, seed=seed)
        for seed in range(4)
        for name, values in (("spatial", spatial), ("lffl_a1", ours))
    ]
    row = row_of(compared(images, config, parts))
    assert (row["n"], row["seeds"]) == (8, 4)
    assert row["mean_difference"] == pytest.approx((ours - spatial).mean())
    # the test is one of these four networks over fields of view, the interval one over trainings as well
    assert row["p_value"] == pytest.approx(stats.ttest_rel(ours.mean(0), spatial.mean(0)).pvalue)
    assert row["p_value"] < 1e-4
    assert row["ci_high"] - row["ci_low"] > 5


def test_splits_that_test_other_fields(images, row_of, config):
    """Each run weighs the same; a field of view that both splits test is one unit."""
    rng = np.random.default_rng(5)
    parts, wholes = [], []
    for split, first in ((1, 0), (2, 3)):
        spatial, ours = rng.normal(50, 3, (2, FOVS))
        wholes.append((ours - spatial).mean())
        for name, values in (("spatial", spatial), ("lffl_a1", ours)):
            parts.append(of_mean(values, name, split=split, first_fov=first))
    both = pd.concat([images, images.assign(split=2)])
    row = row_of(compared(both, config, parts))
    assert (row["n"], row["splits"], row["seeds"]) == (FOVS + 3, 2, 1)
    assert row["mean_difference"] == pytest.approx(np.mean(wholes))
    assert row["ci_low"] < row["mean_difference"] < row["ci_high"]
    assert 0 < row["p_value"] < 1


def test_a_control_of_one_seed_stands_beside_all(tidy, row_of, config):
    images = tidy({("spatial", "psnr"): 30.0}, seeds=(0, 1))
    rng = np.random.default_rng(6)
    parts = [of_mean(rng.normal(50, 1, FOVS), "spatial", seed=seed) for seed in (0, 1)]
    parts.append(of_mean(rng.normal(90, 1, FOVS), "input"))
    row = row_of(compared(images, config, parts), method="input")
    assert (row["seeds"], row["note"]) == (2, "")
    assert row["mean_difference"] == pytest.approx(40, abs=1.5)


def test_what_is_missing_is_said(images, row_of, config):
    whole = [of_mean(np.arange(8.0) + shift, name) for shift, name in ((0, "spatial"), (1, "lffl_a1"))]
    sets = pd.concat([part[0] for part in whole])
    for without in (None, whole[0][1], whole[0][1].iloc[:0]):
        row = row_of(compare_methods(images, config, sets=sets, without=without), analysis="set")
        assert row["note"] == "values without each field of view are missing: no interval and no test"
        assert (row["mean_difference"], row["better"]) == (1, "undecided")
        assert np.isnan([row["ci_low"], row["p_value"]]).all()
    lonely = [of_mean([3.0, 4.0], name) for name in ("spatial", "lffl_a1")]
    for part in lonely:
        part[1].drop(index=1, inplace=True)
    row = row_of(compared(images, config, lonely))
    assert (row["n"], row["note"]) == (1, "a run with one field of view: no interval and no test")


def test_a_method_without_the_distance(images, row_of, config):
    row = row_of(compared(images, config, [of_mean(np.arange(8.0), "spatial"), of_mean([np.nan] * 8, "lffl_a1")]))
    assert (row["n"], row["better"], row["note"]) == (0, "undecided", "no pairs")


def test_a_study_without_set_metrics_has_no_such_rows(images, config):
    empty = pd.DataFrame(columns=["dataset", "method", "split", "seed", "metric", "n", "value"])
    expected = compare_methods(images, config)
    pd.testing.assert_frame_equal(compare_methods(images, config, sets=empty, without=None), expected)
    assert set(expected["analysis"]) == {"image", "fov"}


def test_equally_good_methods_are_seldom_told_apart_by_their_frechet_distance(images, row_of, config):
    """Two restorations of one distribution: at 5 % about 2 % are found, the jackknife being on the safe side."""
    rng, found = np.random.default_rng(7), 0
    changes = {"significance": 0.05, "bootstrap": 100}
    study = config.model_copy(update={"comparison": config.comparison.model_copy(update=changes)})
    group = np.repeat(np.arange(FOVS), 4)
    for _ in range(40):
        clean = np.repeat(rng.standard_normal((FOVS, 4)), 4, axis=0) + 0.4 * rng.standard_normal((32, 4))
        parts = []
        for name in ("spatial", "lffl_a1"):
            restored = 0.9 * clean + 0.3 * rng.standard_normal(clean.shape)
            without = [frechet_distance(restored[group != fov], clean[group != fov]) for fov in range(FOVS)]
            parts.append(rows(name, frechet_distance(restored, clean), without))
        found += row_of(compared(images, study, parts))["better"] != "undecided"
    assert found <= 5
