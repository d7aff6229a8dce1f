import numpy as np
import pandas as pd
import pytest

from freqbench.averaging.measure import COLUMNS, measure_averaging
from freqbench.averaging.summary import averaged_runs_of, curves, fewest_captures, parts
from freqbench.data.image_files import to_unit_range
from freqbench.data.patches import read_patches
from freqbench.evaluation import read_metrics
from freqbench.metrics import frc_area
from freqbench.restored_files import write_restored
from freqbench.run import Run

BIAS, NOISE, CAPTURES = 0.05, 0.1, 6


@pytest.fixture
def restored(make_study):
    """A run whose restored captures are the clean image at half contrast, with a planted bias and noise."""
    config = make_study(patches={"captures": CAPTURES, "size": 64})
    run = Run(config, "tiny", "spatial")
    test = read_patches(run.layout, "tiny", 1).side("test")
    rng = np.random.default_rng(3)
    clean = to_unit_range(test.clean)
    images = np.clip(clean, 0.4, 0.6) + NOISE * np.clip(rng.standard_normal(clean.shape), -2.5, 2.5)
    write_restored(run.layout.restored(*run.key), images.astype(np.float32), clean, "none", "")
    measure_averaging(run)
    return run, np.clip(images, 0, 1), test


def of_field(table, fov, quantity):
    rows = table[(table["fov"] == fov) & (table["quantity"] == quantity)]
    return dict(zip(rows["captures"], rows["value"], strict=True))


def test_errors_of_disjoint_means_stand_beside_their_parts(restored):
    run, images, test = restored
    table = read_metrics([run.layout.averaging(*run.key)])
    assert tuple(table.columns) == COLUMNS
    rows = np.flatnonzero(test.table["fov"] == "4")
    clean = to_unit_range(test.clean[rows[:1]])[0]
    errors = of_field(table, "4", "mse")
    assert list(errors) == [1, 2, 4, 6]
    singles = np.square(images[rows] - clean).mean()
    assert errors[1] == pytest.approx(singles, rel=1e-5)
    pairs = images[rows].reshape(3, 2, *clean.shape).mean(axis=1)
    assert errors[2] == pytest.approx(np.square(pairs - clean).mean(), rel=1e-5)
    assert errors[4] == pytest.approx(np.square(images[rows[:4]].mean(axis=0) - clean).mean(), rel=1e-5)
    bias, variance = (of_field(table, "4", name)[CAPTURES] for name in ("squared_bias", "variance"))
    assert bias + variance == pytest.approx(errors[1], rel=1e-5)
    assert bias == pytest.approx(np.square(np.clip(clean, 0.4, 0.6) - clean).mean(), rel=0.1)


def test_the_correlation_is_that_of_the_mean_of_all(restored):
    import torch

    run, images, test = restored
    table = read_metrics([run.layout.averaging(*run.key)])
    rows = np.flatnonzero(test.table["fov"] == "4")
    mean = torch.from_numpy(images[rows].mean(axis=0, dtype=np.float64))[None, None]
    clean = torch.from_numpy(to_unit_range(test.clean[rows[:1]])).double()[None]
    areas = of_field(table, "4", "frc_area")
    assert areas[CAPTURES] == pytest.approx(float(frc_area(mean, clean)), abs=1e-6)
    assert areas[1] < areas[2] < areas[CAPTURES]


def test_a_single_capture_has_an_error_and_no_parts(make_study):
    config = make_study(patches={"captures": 1})
    run = Run(config, "tiny", "spatial")
    test = read_patches(run.layout, "tiny", 1).side("test")
    write_restored(run.layout.restored(*run.key), to_unit_range(test.noisy), to_unit_range(test.clean), "none", "")
    measure_averaging(run)
    table = read_metrics([run.layout.averaging(*run.key)])
    assert set(table["quantity"]) == {"mse", "frc_area"}
    assert set(table["captures"]) == {1}
    assert fewest_captures(table) == 1
    assert parts(table).empty


def test_controls_whose_captures_are_not_independent_are_left_out(make_study):
    config = make_study(controls=["input", "gaussian", "average16", "clean"])
    methods = {run.method for run in averaged_runs_of(config, "tiny")}
    assert methods == {"input", "gaussian", "spatial", "ffl", "lffl_a1"}


def tidy(values):
    """Return a tidy table from values by field of view, quantity and captures."""
    rows = [(fov, quantity, captures, value) for (fov, quantity, captures), value in values.items()]
    table = pd.DataFrame(rows, columns=["fov", "quantity", "captures", "value"])
    return table.assign(dataset="tiny", method="spatial", split=1, seed=0)


def test_the_curve_ends_with_the_field_of_fewest_captures_and_takes_roots_last():
    table = tidy({("a", "mse", 1): 0.09, ("b", "mse", 1): 0.01, ("a", "mse", 2): 0.04, ("a", "frc_area", 1): 0.5})
    found = curves(pd.concat([table, tidy({("b", "frc_area", 1): 0.7})])).set_index(["quantity", "captures"])["value"]
    assert found["rmse", 1] == pytest.approx(np.sqrt(0.05))
    assert ("rmse", 2) not in found.index
    assert found["frc_area", 1] == pytest.approx(0.6)


def test_parts_are_means_over_runs_then_fields():
    first = {("a", "squared_bias", 4): 0.01, ("a", "variance", 4): 0.02}
    second = {("b", "squared_bias", 2): -0.02, ("b", "variance", 2): 0.06}
    again = {("a", "squared_bias", 4): 0.03, ("a", "variance", 4): 0.02}
    row = parts(pd.concat([tidy(first | second), tidy(again).assign(seed=1)])).iloc[0]
    assert row[["fovs", "captures"]].tolist() == [2, 2]
    assert row["squared_bias"] == pytest.approx((0.02 - 0.02) / 2)
    assert (row["bias_low"], row["bias_high"]) == pytest.approx((-0.02, 0.02))
    assert row["variance"] == pytest.approx(0.04)
