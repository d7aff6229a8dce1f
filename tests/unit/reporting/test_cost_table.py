"""The table of costs: sums and means of the manifests, and what they do not report."""

import pandas as pd
import pytest

from freqbench.errors import FreqbenchError
from freqbench.files import write_json
from freqbench.layout import Layout
from freqbench.reporting.cost_table import MISSING, duration, energy, write_cost_table

MANIFEST = {
    "device": "CPU, 2 threads",
    "iterations": 100,
    "parts": 1,
    "wall_seconds": 90.0,
    "seconds_per_iteration": 0.9,
    "peak_memory_mib": 1500.4,
    "peak_gpu_allocated_mib": None,
    "peak_gpu_reserved_mib": None,
    "energy_joules": None,
    "parameters": {"generator": 11_585_857, "discriminator": 2_762_689},
}


@pytest.fixture
def study(make_study):
    """Two seeds of three methods; the second seed takes twice as long."""
    config = make_study(seeds=[0, 1])
    for method in ("spatial", "ffl", "lffl_a1"):
        for seed in (0, 1):
            change(config, method, seed, wall_seconds=90.0 * (1 + seed))
    return config


def change(config, method, seed, **changes):
    write_json(Layout.of(config).training_manifest("tiny", method, 1, seed), MANIFEST | changes)


def page(config):
    write_cost_table(config)
    return Layout.of(config).cost_table("md").read_text(encoding="utf-8")


def test_one_row_a_training_in_the_csv_and_one_a_method_on_the_page(study):
    text = page(study)
    table = pd.read_csv(Layout.of(study).cost_table("csv"))
    assert len(table) == 6
    assert table["wall_seconds"].sum() == 3 * 270
    assert set(table["generator_parameters"]) == {11_585_857}
    assert table["energy_joules"].isna().all()
    assert "**tiny, trained on CPU, 2 threads**" in text
    row = f"2 | 100 | 2.2 min | 4.5 min | 0.9 | 1,500 | – | 11,585,857 | {MISSING} |"
    for label in ("Spatial only", "FFL", "LFFL α=1"):
        assert f"| {label} | {row}" in text
    assert f"| All methods | 6 | 100 | 2.2 min | 13.5 min | 0.9 | 1,500 | – | 11,585,857 | {MISSING} |" in text
    assert f"- The study: 6 trainings, 13.5 min in all; energy: {MISSING}." in text
    assert "resumed" not in text


def test_energy_and_memory_of_a_gpu(study):
    for method in ("spatial", "ffl", "lffl_a1"):
        for seed in (0, 1):
            gpu = {"device": "GPU", "peak_gpu_allocated_mib": 2000.0 + seed, "energy_joules": 36_000.0}
            change(study, method, seed, **gpu)
    text = page(study)
    assert "| Spatial only | 2 | 100 | 90.0 s | 3.0 min | 0.9 | 1,500 | 2,001 | 11,585,857 | 20 Wh |" in text
    assert "energy: 60 Wh." in text
    change(study, "ffl", 1)
    text = page(study)
    assert "| 10 Wh (1 of 2) |" in text
    assert "energy: 50 Wh (5 of 6)." in text
    assert "trained on GPU; CPU, 2 threads**" in text


def test_a_resumed_training_is_named(study):
    change(study, "ffl", 1, parts=3)
    assert "- Interrupted and resumed: FFL on tiny, split 1, seed 1 (3 parts). Time and energy are the sums" in page(
        study
    )


def test_what_an_older_manifest_lacks_is_not_reported(study):
    new = ("parts", "peak_gpu_allocated_mib", "peak_gpu_reserved_mib", "energy_joules", "parameters")
    old = {name: value for name, value in MANIFEST.items() if name not in new}
    write_json(Layout.of(study).training_manifest("tiny", "ffl", 1, 0), old)
    write_json(Layout.of(study).training_manifest("tiny", "ffl", 1, 1), old)
    assert f"| FFL | 2 | 100 | 90.0 s | 3.0 min | 0.9 | 1,500 | – | {MISSING} | {MISSING} |" in page(study)


def test_different_lengths_are_a_range(study):
    change(study, "ffl", 1, iterations=300)
    assert "| FFL | 2 | 100 to 300 |" in page(study)


def test_a_missing_manifest_is_named(study):
    Layout.of(study).training_manifest("tiny", "ffl", 1, 1).unlink()
    with pytest.raises(FreqbenchError, match=r"ffl/split1_seed1/run\.json: no such file"):
        write_cost_table(study)


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0.04, "0.0 s"), (119.9, "119.9 s"), (120, "2.0 min"), (7199, "120.0 min"), (7200, "2.0 h")]
)
def test_times_have_a_unit_that_suits_them(seconds, shown):
    assert duration(seconds) == shown


def test_energies_are_summed_in_watt_hours():
    assert energy(pd.Series([3600.0, 7200.0])) == "3 Wh"
    assert energy(pd.Series([3600.0, None])) == "1 Wh (1 of 2)"
    assert energy(pd.Series([None, None], dtype=float)) == MISSING
