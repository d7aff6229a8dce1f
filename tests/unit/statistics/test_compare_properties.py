"""What must hold for any values: symmetry, no dependence on order or on a common offset."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from freqbench.config import Config
from freqbench.statistics.compare import compare_methods

VALUE = st.floats(-40, 40, allow_nan=False).map(lambda value: round(value, 2)) | st.sampled_from([np.nan, np.inf])
SHAPES = st.tuples(st.integers(1, 2), st.integers(1, 4), st.integers(1, 3))
NUMBERS = ["n", "ci_low", "ci_high", "mean_difference", "effect_size", "p_value", "p_holm", "wilcoxon_p"]
CASES = settings(max_examples=30, deadline=None)


def study(*methods):
    trained = [{"name": name, "loss": "l1", "weight": 1.0} for name in methods]
    return Config.model_validate(
        {
            "name": "s",
            "tier": "smoke",
            "datasets": {"tiny": {"source": {"kind": "phantom"}}},
            "methods": trained,
            "controls": [],
            "training": {"iterations": 1},
            "comparison": {"baselines": ["a"], "reference": "a", "bootstrap": 100},
        }
    )


@st.composite
def tables(draw, methods=("a", "b")):
    """Draw tidy metrics of methods on the same patches, some without a finite value."""
    shape = draw(SHAPES)
    size = int(np.prod(shape))
    parts = []
    for method in methods:
        values = draw(st.lists(VALUE, min_size=size, max_size=size))
        seed, fov, capture = np.indices(shape).reshape(3, -1)
        names = [f"{f}/{c}" for f, c in zip(fov, capture, strict=True)]
        part = {"method": method, "seed": seed, "fov": fov.astype(str), "patch_id": names, "value": values}
        parts.append(pd.DataFrame(part).assign(dataset="tiny", split=1, metric="psnr", capture=capture.astype(str)))
    return pd.concat(parts, ignore_index=True)


def numbers(table):
    return table[NUMBERS].to_numpy(dtype=float)


@CASES
@given(tables())
def test_exchanging_two_methods_changes_signs_and_no_p_value(metrics):
    one = compare_methods(metrics, study("a", "b"))
    names = metrics["method"].map({"a": "b", "b": "a"})
    two = compare_methods(metrics.assign(method=names), study("a", "b"))
    for column in ("mean_difference", "effect_size"):
        assert one[column].to_numpy() == pytest.approx(-two[column].to_numpy(), nan_ok=True)
    for low, high in (("ci_low", "ci_high"), ("ci_high", "ci_low")):
        assert one[low].to_numpy() == pytest.approx(-two[high].to_numpy(), nan_ok=True, abs=1e-9)
    same = ["n", "p_value", "p_holm", "wilcoxon_p", "wilcoxon_p_holm"]
    assert one[same].to_numpy(float) == pytest.approx(two[same].to_numpy(float), nan_ok=True)
    assert one["note"].tolist() == two["note"].tolist()
    exchanged = {"method": "baseline", "baseline": "method", "undecided": "undecided"}
    assert one["better"].map(exchanged).tolist() == two["better"].tolist()


@CASES
@given(tables(), st.integers(-50, 50))
def test_what_both_have_in_common_does_not_matter(metrics, offset):
    moved = metrics.assign(value=metrics["value"] + offset)
    one, two = (compare_methods(each, study("a", "b")) for each in (metrics, moved))
    assert numbers(one) == pytest.approx(numbers(two), nan_ok=True, rel=1e-6, abs=1e-9)
    assert one["better"].tolist() == two["better"].tolist()


@CASES
@given(tables(("a", "b", "c")), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(metrics, random):
    order = list(range(len(metrics)))
    random.shuffle(order)
    one, two = (compare_methods(each, study("a", "b", "c")) for each in (metrics, metrics.iloc[order]))
    pd.testing.assert_frame_equal(one, two)


@CASES
@given(tables(("a", "b", "c")))
def test_no_verdict_against_the_direction_and_no_number_is_missing_in_silence(metrics):
    table = compare_methods(metrics, study("a", "b", "c"))
    assert (table.loc[table["better"] == "method", "mean_difference"] > 0).all()
    assert (table.loc[table["better"] == "baseline", "mean_difference"] < 0).all()
    assert (table.loc[table[NUMBERS].isna().any(axis=1), "note"] != "").all()
    tested = table[table["p_value"].notna()]
    assert ((tested["p_value"] > 0) & (tested["p_holm"] >= tested["p_value"])).all()
    assert (tested["p_holm"] <= np.minimum(1, tested["p_value"] * tested["family_size"]) + 1e-12).all()
    known = table[table["ci_low"].notna()]
    assert (known["ci_low"] <= known["ci_high"]).all()
