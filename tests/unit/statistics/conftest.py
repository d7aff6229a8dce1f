"""Tidy metrics with values that a test chooses."""

from zlib import crc32

import numpy as np
import pandas as pd
import pytest

COLUMNS = ["dataset", "method", "split", "seed", "patch_id", "fov", "capture", "unit", "metric", "value"]


def make_tidy(values, *, fovs=6, captures=3, seeds=(0,), split=1, first_fov=0):
    """Return a tidy table; ``values`` maps (method, metric) to an array (seeds, fovs, captures) or to its mean.

    A number becomes patches of that mean with a spread that differs between methods, so that tests are possible.
    """
    rows = []
    for (method, metric), given in values.items():
        array = np.asarray(given, dtype=float)
        if array.ndim == 0:
            noise = np.random.default_rng(crc32(method.encode())).standard_normal((len(seeds), fovs, captures))
            array = array + 0.01 * noise
        for (seed, fov, capture), value in np.ndenumerate(array):
            name = str(fov + first_fov)
            patch = f"tiny/raw/{name}/{capture}#0"
            rows.append(("tiny", method, split, seeds[seed], patch, name, str(capture), "patch", metric, value))
    return pd.DataFrame(rows, columns=COLUMNS)


def find_row(table, **wanted):
    """Return the one row with these values; against the best baseline unless told."""
    chosen = table
    for column, value in ({"against": "best_baseline"} | wanted).items():
        chosen = chosen[chosen[column] == value]
    assert len(chosen) == 1
    return chosen.iloc[0]


@pytest.fixture(scope="session")
def tidy():
    return make_tidy


@pytest.fixture(scope="session")
def row_of():
    return find_row


@pytest.fixture
def config(make_study):
    return make_study(controls=["input", "clean"], comparison={"significance": 0.01})
