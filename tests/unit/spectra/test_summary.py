import numpy as np
import pandas as pd
import pytest

from freqbench.spectra.summary import ABOVE, BELOW, CROSSING_COLUMNS, crossings, mean_curves
from freqbench.spectra.thresholds import ONE_SEVENTH

FREQUENCIES = (np.arange(16) + 0.5) / 32


def spectra(curves, *, method="spatial", n=2, sd=0.0, split=1, seed=0):
    """Return tidy curves from {field of view: values}."""
    tables = [
        pd.DataFrame(
            {
                **{"dataset": "tiny", "method": method, "split": split, "seed": seed, "fov": fov, "curve": "frc_clean"},
                **{"ring": np.arange(16), "frequency": FREQUENCIES, "ring_size": 100, "n": n, "mean": values, "sd": sd},
            }
        )
        for fov, values in curves.items()
    ]
    return pd.concat(tables, ignore_index=True)


def test_the_spread_is_that_of_all_images_within_and_between_fields():
    rng = np.random.default_rng(0)
    images = {fov: rng.normal(size=(5, 16)) for fov in "abc"}
    tables = [spectra({fov: each.mean(0)}, n=5, sd=each.std(0, ddof=1)) for fov, each in images.items()]
    found = mean_curves(pd.concat(tables)).sort_values("ring")
    everything = np.concatenate(list(images.values()))
    assert found["mean"].to_numpy() == pytest.approx(everything.mean(0))
    assert found["sd"].to_numpy() == pytest.approx(everything.std(0, ddof=1))
    assert set(found["images"]) == {15}


def test_one_image_has_no_spread():
    assert mean_curves(spectra({"a": np.ones(16)}, n=1, sd=np.nan))["sd"].isna().all()


def test_fields_weigh_the_same_however_many_images_they_have():
    table = pd.concat([spectra({"a": np.zeros(16)}, n=1), spectra({"b": np.ones(16)}, n=50)])
    assert mean_curves(table)["mean"].tolist() == [0.5] * 16


def test_the_crossing_of_a_known_line_in_all_units(make_study):
    line = 1 - 2 * FREQUENCIES
    config = make_study(datasets={"tiny": {"pixel_size": 0.2}})
    table = crossings(config, "tiny", spectra({"a": line, "b": line, "c": line}))
    assert tuple(table.columns) == CROSSING_COLUMNS
    row = table[table["threshold"] == "1/7"].iloc[0]
    assert row["frequency"] == pytest.approx(3 / 7)
    assert row["pixels"] == pytest.approx(7 / 3)
    assert row["micrometres"] == pytest.approx(0.2 * 7 / 3)
    # equal fields leave nothing to resample
    assert row["frequency_low"] == pytest.approx(3 / 7)
    assert row["frequency_high"] == pytest.approx(3 / 7)
    assert (row["fovs"], row["runs"], row["images"], row["note"]) == (3, 1, 6, "")


def test_the_interval_holds_the_crossings_of_the_fields_and_grows_with_their_spread(make_study):
    config = make_study()
    slopes = {"narrow": (1.9, 2.0, 2.1), "wide": (1.8, 2.0, 2.5)}
    widths = {}
    for name, values in slopes.items():
        table = crossings(config, "tiny", spectra({str(slope): 1 - slope * FREQUENCIES for slope in values}))
        row = table[table["threshold"] == "1/7"].iloc[0]
        low, high = ((1 - ONE_SEVENTH) / slope for slope in (values[2], values[0]))
        assert low - 1e-9 <= row["frequency_low"] < row["frequency"] < row["frequency_high"] <= high + 1e-9
        widths[name] = row["frequency_high"] - row["frequency_low"]
    assert widths["wide"] > 2 * widths["narrow"]


def test_curves_that_do_not_cross_say_so(make_study):
    config = make_study()
    above = crossings(config, "tiny", spectra({"a": np.ones(16)})).iloc[0]
    assert (above["frequency"], above["pixels"], above["note"]) == (0.5, 2.0, ABOVE)
    below = crossings(config, "tiny", spectra({"a": np.zeros(16)})).iloc[0]
    assert (below["frequency"], below["note"]) == (0.0, BELOW)
    assert np.isnan(below["pixels"])
    # one field of view has no interval, and without a pixel size there are no micrometres
    assert above[["frequency_low", "frequency_high", "micrometres"]].isna().all()


def test_runs_are_averaged(make_study):
    line = 1 - 2 * FREQUENCIES
    both = pd.concat([spectra({"a": line + 0.1}, seed=0), spectra({"a": line - 0.1}, seed=1)])
    row = crossings(make_study(), "tiny", both).iloc[0]
    assert row["frequency"] == pytest.approx(3 / 7)
    assert (row["fovs"], row["runs"], row["images"]) == (1, 2, 4)
