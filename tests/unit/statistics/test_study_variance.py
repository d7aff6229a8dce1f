"""Variance components and needed sizes of a study, from its tidy files."""

import numpy as np
import pandas as pd
import pytest

from freqbench.config import Config
from freqbench.statistics import planning, variance
from freqbench.statistics.planning import Observed, power_table, spread_of
from freqbench.statistics.power import detectable
from freqbench.statistics.variance import COMPONENTS, components_of, variance_table

CONTENT = {
    "name": "s",
    "tier": "smoke",
    "datasets": {"d": {"source": {"kind": "phantom", "specimen": "tissue"}, "task": "denoise"}},
    "methods": [{"name": "spatial"}, {"name": "l1plus"}],
    "training": {"iterations": 1},
}
CONFIG = Config.model_validate(CONTENT)
TRUTH = {"field": 1.0, "split": 0.5, "seed": 0.25, "patch": 0.4, "field_run": 0.3, "residual": 0.2}


def effects(rng, shape, variances):
    """Return the effects of a study, (splits, seeds, fovs, patches)."""
    splits, seeds, fovs, patches = shape
    extents = {
        "field": (1, 1, fovs, 1),
        "split": (splits, 1, 1, 1),
        "seed": (splits, seeds, 1, 1),
        "patch": (1, 1, fovs, patches),
        "field_run": (splits, seeds, fovs, 1),
        "residual": shape,
    }
    return sum(np.sqrt(variances[name]) * rng.standard_normal(extent) for name, extent in extents.items())


def tidy(differences, *, mean=1.0, rng=None, metric="psnr"):
    """Return tidy metrics of two methods with the given differences, (splits, seeds, fovs, patches)."""
    rng = rng or np.random.default_rng(0)
    base = rng.normal(30, 3, differences.shape)
    rows = [
        ("d", method, split + 1, seed, f"p{patch}", str(fov), metric, values[split, seed, fov, patch])
        for method, values in (("spatial", base), ("l1plus", base + mean + differences))
        for split, seed, fov, patch in np.ndindex(differences.shape)
    ]
    return pd.DataFrame(rows, columns=["dataset", "method", "split", "seed", "patch_id", "fov", "metric", "value"])


def series_of(metrics):
    wide = metrics.pivot(index=["split", "seed", "fov", "patch_id"], columns="method", values="value")
    return wide["l1plus"] - wide["spatial"]


def of_difference(table):
    return table[table["reference"] == "spatial"].set_index("component")


def test_planted_components_are_found():
    found = []
    rng = np.random.default_rng(1)
    for _ in range(120):
        components = components_of(series_of(tidy(effects(rng, (4, 2, 6, 3), TRUTH))))
        found.append([components[name].estimate for name in TRUTH])
    error = np.std(found, axis=0, ddof=1) / np.sqrt(len(found))
    assert (np.abs(np.mean(found, axis=0) - list(TRUTH.values())) < 3.5 * error).all()


def test_scores_and_differences_have_a_row_each():
    table = variance_table(tidy(effects(np.random.default_rng(2), (2, 2, 4, 3), TRUTH)), CONFIG)
    assert list(table.columns) == list(variance.COLUMNS)
    assert list(zip(table["method"], table["reference"], strict=True))[:: len(COMPONENTS)] == [
        ("spatial", ""),
        ("l1plus", ""),
        ("l1plus", "spatial"),
    ]
    assert list(of_difference(table).index) == list(COMPONENTS)
    assert of_difference(table)["levels"].tolist() == [4, 2, 4, 12, 16, 48]
    assert table.groupby(["method", "reference"])["share"].sum().to_numpy() == pytest.approx(1)
    assert table["sd"].to_numpy() == pytest.approx(np.sqrt(table["variance"]))
    assert (table["variance"] == table["estimate"].clip(lower=0)).all()


def test_the_reference_is_the_first_method_where_spatial_is_missing():
    config = Config.model_validate(
        CONTENT | {"methods": [{"name": "first"}, {"name": "other"}], "comparison": {"baselines": ["first"]}}
    )
    metrics = tidy(effects(np.random.default_rng(2), (1, 2, 4, 3), TRUTH))
    metrics["method"] = metrics["method"].map({"spatial": "other", "l1plus": "first"})
    assert set(variance_table(metrics, config)["reference"]) == {"", "first"}


def test_one_training_says_what_it_cannot_tell():
    metrics = tidy(effects(np.random.default_rng(3), (1, 1, 4, 3), TRUTH))
    table = of_difference(variance_table(metrics, CONFIG))
    assert table["variance"].isna().tolist() == [False, True, True, False, True, True]
    assert table["note"].tolist() == [
        "holds field_run too",
        "one level alone",
        "one level alone",
        "holds residual too",
        "cannot be told from field",
        "cannot be told from patch",
    ]
    rows = power_table(metrics, CONFIG)
    networks = rows[(rows["statement"] == "networks") & (rows["sought"] == "fovs")]
    assert (networks["outcome"] != "unknown").tolist() == [True, False, False, False] * 2
    assert set(rows.loc[rows["statement"] == "method", "outcome"]) == {"unknown"}
    assert rows.loc[rows["statement"] == "method", ["sought", "runs"]].query("sought == 'runs'")["runs"].isna().all()
    assert set(rows.loc[rows["statement"] == "method", "note"]) == {"one training: how much they differ is not known"}


def test_one_field_of_view_plans_nothing_and_does_not_fail():
    metrics = tidy(effects(np.random.default_rng(3), (1, 2, 1, 3), TRUTH))
    assert of_difference(variance_table(metrics, CONFIG)).loc["field", "note"] == "one level alone"
    rows = power_table(metrics, CONFIG)
    assert set(rows["outcome"]) == {"unknown"}
    assert rows["note"].str.len().min() > 0


def test_infinite_values_are_left_out_and_counted():
    metrics = tidy(effects(np.random.default_rng(4), (1, 2, 4, 3), TRUTH))
    metrics.loc[metrics["method"].eq("l1plus") & metrics["fov"].eq("2"), "value"] = np.inf
    table = of_difference(variance_table(metrics, CONFIG))
    assert table["levels"].tolist()[0] == 3
    assert table["note"].str.contains("6 values that are not finite left out").all()
    metrics.loc[metrics["method"].eq("l1plus"), "value"] = np.inf
    assert set(of_difference(variance_table(metrics, CONFIG))["levels"]) == {0}
    assert set(power_table(metrics, CONFIG)["outcome"]) == {"unknown"}


@pytest.mark.parametrize("shape", [(1, 1, 6, 4), (1, 3, 6, 4), (1, 4, 6, 1), (1, 1, 6, 1)])
def test_the_spread_of_the_t_test_is_that_of_the_components(shape):
    """One split, balanced: the variance of the field means is field + patch/C + (interaction + residual/C)/R."""
    rng = np.random.default_rng(8)
    values = series_of(tidy(effects(rng, shape, TRUTH | {"field": 40.0, "field_run": 2.0, "patch": 4.0})))
    components, observed = components_of(values), Observed.of(values)
    used = [components[name].estimate for name in ("field", "patch", "field_run", "residual")]
    assert np.nanmin(used) >= 0, "the seed must give estimates that are not cut off"
    assert (observed.fovs, observed.runs, observed.patches) == pytest.approx((6, shape[1], shape[3]))
    spread = spread_of(components, observed, shape[1])
    assert spread.field + spread.interaction / shape[1] == pytest.approx(observed.field_sd**2)


def test_splits_that_test_different_fields_count_by_harmonic_means():
    values = series_of(tidy(effects(np.random.default_rng(9), (2, 1, 4, 3), TRUTH)))
    index = values.index.to_frame(index=False)
    kept = values[~((index["split"] == 2) & index["fov"].isin(["0", "1"])).to_numpy()]
    observed = Observed.of(kept)
    assert (observed.fovs, observed.patches) == (4, 3)
    assert observed.runs == pytest.approx(4 / (1 + 1 + 1 / 2 + 1 / 2))
    by_hand = kept.groupby(["fov", "patch_id"]).mean().groupby("fov").mean()
    assert (observed.difference, observed.field_sd) == pytest.approx((by_hand.mean(), by_hand.std()))


def test_what_a_study_needs():
    shape = (1, 4, 8, 5)
    metrics = tidy(effects(np.random.default_rng(12), shape, TRUTH | {"seed": 0.02}), mean=0.6)
    rows = power_table(metrics, CONFIG)
    assert list(rows.columns) == list(planning.COLUMNS)
    assert set(rows["level"]) == {0.001, 0.05}
    at = rows[rows["level"] == 0.05]
    values = series_of(metrics)
    observed = Observed.of(values)
    smallest = at[at["sought"] == "difference"].iloc[0]
    assert smallest["difference"] == pytest.approx(detectable(observed.field_sd, 8, 0.05))
    assert (smallest["fovs"], smallest["runs"]) == (8, 4)
    fields = at[(at["sought"] == "fovs") & (at["statement"] == "networks")].set_index("runs")["fovs"]
    assert fields.is_monotonic_decreasing
    method = at[(at["sought"] == "fovs") & (at["statement"] == "method")].set_index("runs")
    assert method.loc[1, "outcome"] == "not reachable"
    assert (method["note"] == "for trainings on the split at hand").all()
    assert (method["fovs"] >= fields).all()
    trainings = at[at["sought"] == "runs"]
    assert trainings["fovs"].tolist() == [8, np.inf]
    assert trainings["runs"].is_monotonic_decreasing


def test_several_splits_speak_for_any_split():
    metrics = tidy(effects(np.random.default_rng(13), (4, 2, 8, 3), TRUTH), mean=1.0)
    method = power_table(metrics, CONFIG).query("statement == 'method' and outcome != 'unknown'")
    assert len(method)
    assert set(method["note"]) == {""}


def test_no_difference_needs_nothing():
    rows = power_table(tidy(np.zeros((1, 2, 4, 3)), mean=0.0), CONFIG)
    planned = rows[rows["sought"] != "difference"]
    assert set(planned["outcome"]) == {"unknown"}
    assert set(planned["note"]) <= {"no variance between fields of view is found", "no difference"}
