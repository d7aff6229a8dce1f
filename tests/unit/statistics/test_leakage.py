"""What is owed to leakage, by hand and by simulation."""

import numpy as np
import pandas as pd
import pytest

from freqbench.config import Config
from freqbench.statistics.leakage import COLUMNS, owed_to_leakage

CONFIG = Config.model_validate(
    {
        "name": "s",
        "tier": "smoke",
        "datasets": {"leaky": {"source": {"kind": "phantom", "specimen": "tissue"}, "task": "denoise"}},
        "methods": [{"name": "spatial"}],
        "training": {"iterations": 1},
    }
)


def metrics(dataset, values, metric="psnr", patches=2, seeds=(0, 1)):
    """Return tidy metrics: value by method and field of view, with patches and seeds that average to it."""
    rows = [
        (dataset, method, seed, f"p{patch}", fov, metric, value + patch - (patches - 1) / 2 + 0.1 * (2 * seed - 1))
        for (method, fov), value in values.items()
        for seed in (seeds if method not in {"input", "gaussian"} else (0,))
        for patch in range(patches)
    ]
    table = pd.DataFrame(rows, columns=["dataset", "method", "seed", "patch_id", "fov", "metric", "value"])
    controls = table["method"].isin(["input", "gaussian"])
    table.loc[controls, "value"] += 0.1
    return table


def scores(**by_method):
    return {(method, str(fov)): value for method, values in by_method.items() for fov, value in values.items()}


LEAKING = scores(input={1: 20, 2: 20, 3: 20}, spatial={1: 30, 2: 31, 3: 34}, gaussian={1: 28, 2: 28, 3: 28})
FREE = scores(input={1: 20, 2: 19, 3: 20, 9: 5}, spatial={1: 29, 2: 29, 3: 30, 9: 9}, gaussian={1: 28, 2: 27, 3: 28})


def test_by_hand():
    table = owed_to_leakage(metrics("leaky", LEAKING), metrics("free", FREE), {"3"}, CONFIG)
    assert list(table.columns) == list(COLUMNS)
    row = table[(table["method"] == "spatial") & (table["fields"] == "all")].iloc[0]
    # field 9 is tested by one split only; of field 2 the leaking split tests an easier part, by 1 dB
    assert (row["leaking"], row["free"], row["fovs"]) == ("leaky", "free", 3)
    assert row["owed"] == pytest.approx(np.mean([1, 2 - 1, 4]))
    assert row["input_gain"] == pytest.approx(1 / 3)
    assert row["mean_leaking"] - row["mean_free"] == pytest.approx(row["owed"] + row["input_gain"])
    shared = table[(table["method"] == "spatial") & (table["fields"] == "shared")].iloc[0]
    assert (shared["fovs"], shared["owed"], shared["note"]) == (1, pytest.approx(4), "one pair: no test")
    assert np.isnan(shared["ci_low"])
    # the filter gains as the degraded image does
    assert table[table["method"] == "gaussian"]["owed"].to_numpy() == pytest.approx(0)
    assert set(table["method"]) == {"spatial", "gaussian"}


def test_a_lower_error_counts_as_a_gain():
    pair = [metrics(name, values, metric="gmsd") for name, values in (("leaky", LEAKING), ("free", FREE))]
    psnr = owed_to_leakage(metrics("leaky", LEAKING), metrics("free", FREE), set(), CONFIG)
    gmsd = owed_to_leakage(*pair, set(), CONFIG)
    assert gmsd["owed"].to_numpy() == pytest.approx(-psnr["owed"].to_numpy())


def test_no_field_in_common():
    other = {(method, fov + "x"): value for (method, fov), value in FREE.items()}
    table = owed_to_leakage(metrics("leaky", LEAKING), metrics("free", other), {"3"}, CONFIG)
    assert table.empty
    assert list(table.columns) == list(COLUMNS)


def test_without_the_degraded_image_nothing_is_taken_out():
    pair = [
        metrics(name, {k: v for k, v in values.items() if k[0] != "input"})
        for name, values in (("a", LEAKING), ("b", FREE))
    ]
    row = owed_to_leakage(*pair, set(), CONFIG).iloc[0]
    assert row["input_gain"] == 0
    assert row["note"].endswith("without the degraded image as a control")


def test_infinite_values_are_left_out():
    leaking = metrics("leaky", LEAKING)
    leaking.loc[(leaking["method"] == "spatial") & (leaking["fov"] == "1"), "value"] = np.inf
    spatial = owed_to_leakage(leaking, metrics("free", FREE), set(), CONFIG).set_index("method").loc["spatial"]
    assert (spatial["fovs"], spatial["owed"]) == (2, pytest.approx(2.5))


@pytest.mark.parametrize(("planted", "largest_share"), [(0.0, 0.09), (1.0, 1.0)])
def test_a_planted_leak_is_found_and_none_is_not_claimed(planted, largest_share):
    rng, found = np.random.default_rng(4), 0
    for _ in range(200):
        level = rng.normal(30, 2, 12)
        free = scores(spatial=dict(enumerate(level + rng.normal(0, 0.3, 12))), input=dict.fromkeys(range(12), 20.0))
        leaking = {
            key: value + (planted + rng.normal(0, 0.3) if key[0] == "spatial" else 0) for key, value in free.items()
        }
        table = owed_to_leakage(metrics("a", leaking, seeds=(0,)), metrics("b", free, seeds=(0,)), set(), CONFIG)
        found += bool(table["p_holm"].iloc[0] < 0.05)
    # nominal 5 %: 200 draws, 2.5 standard errors
    assert found / 200 <= largest_share
    assert planted == 0 or found == 200
