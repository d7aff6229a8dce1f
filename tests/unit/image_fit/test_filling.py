"""When a band is filled: planted courses of the error, and the comparison seed by seed."""

import math

import pandas as pd
import pytest

from freqbench.image_fit.filling import compare_filling, filling

STEPS = (1, 2, 4, 8, 16)


def planted(courses):
    """Return a tidy file: by objective and seed the errors of the high band at `STEPS`, 0 in the other bands."""
    rows = []
    for (objective, seed), course in courses.items():
        for iteration, error in zip((0, *STEPS), (9.0, *course), strict=True):
            errors = {0.05: 0.0, 0.25: 0.0, 0.4: error, 0.45: error}
            rows += [(objective, seed, iteration, "spectral_error", f, value) for f, value in errors.items()]
            rows.append((objective, seed, iteration, "psnr", math.nan, 20.0 + iteration))
    return pd.DataFrame(rows, columns=["objective", "seed", "iteration", "quantity", "frequency", "value"])


def high(courses):
    table = filling(planted(courses))
    return table[table["band"] == "high"].iloc[0]


def test_empty_all_the_time_and_right_from_the_start():
    table = filling(planted({("mse", 0): (1.0,) * 5})).set_index("band")
    assert table.loc["high", "unfilled"] == 1
    assert math.isnan(table.loc["high", "half_filled"])
    assert table.loc["low", "unfilled"] == 0
    assert table.loc["low", "half_filled"] == 1


def test_the_scale_of_the_iterations_is_logarithmic():
    # a straight line over four octaves from 1 to 0
    assert high({("mse", 0): (1.0, 0.75, 0.5, 0.25, 0.0)})["unfilled"] == pytest.approx(0.5)


def test_more_than_empty_counts_as_empty_but_not_in_the_final_error():
    row = high({("mse", 0): (30.0, 7.0, 3.0, 2.0, 1.5)})
    assert row["unfilled"] == 1
    assert row["final_error"] == 1.5


def test_half_filled_is_the_iteration_from_which_on_the_error_stays_small():
    assert high({("mse", 0): (0.9, 0.4, 0.6, 0.5, 0.1)})["half_filled"] == 8
    assert math.isnan(high({("mse", 0): (0.9, 0.4, 0.3, 0.3, 0.6)})["half_filled"])


@pytest.mark.parametrize(
    ("second_seed", "verdict", "counts"),
    [((0.8,) * 5, "earlier", (2, 0)), ((1.0,) * 5, "undecided", (1, 0)), ((0.95,) * 5, "undecided", (1, 1))],
)
def test_earlier_needs_every_seed(second_seed, verdict, counts):
    courses = {("mse", 0): (1.0,) * 5, ("mse", 1): (0.9 if verdict != "undecided" or counts[1] else 1.0,) * 5}
    courses |= {("ffl", 0): (0.5,) * 5, ("ffl", 1): second_seed}
    found = {one.band: one for one in compare_filling(filling(planted(courses)), "mse")}
    assert (found["high"].earlier, found["high"].later) == counts
    assert found["high"].verdict == verdict
    # no difference at all
    assert (found["low"].earlier, found["low"].later, found["low"].verdict) == (0, 0, "undecided")


def test_later_in_every_seed_is_later():
    courses = {("mse", seed): (0.5,) * 5 for seed in (0, 1)} | {("ffl", seed): (0.9,) * 5 for seed in (0, 1)}
    (comparison,) = [one for one in compare_filling(filling(planted(courses)), "mse") if one.band == "high"]
    assert comparison.verdict == "later"
