"""The mean of one method: over fields of view, with the interval that a difference to zero has."""

import numpy as np
import pandas as pd
import pytest

from freqbench.config import parse_config
from freqbench.statistics.bootstrap import cluster_bootstrap
from freqbench.statistics.own_mean import own_mean
from freqbench.statistics.scores import scores_by_metric

CONTENT = {
    "name": "tiny",
    "tier": "smoke",
    "datasets": {"tiny": {"source": {"kind": "phantom"}}},
    "methods": [{"name": "spatial"}],
    "training": {"iterations": 1},
    "seeds": [0, 1],
    "comparison": {"bootstrap": 500, "seed": 3},
}


@pytest.fixture(scope="module")
def config():
    return parse_config(CONTENT, "test")


def scores_of(value_of, fovs=5, seeds=(0, 1), captures=2):
    rows = [
        ("tiny", method, 1, seed, f"{fov}/{capture}", str(fov), "psnr", value_of(method, fov, capture, seed))
        for method in ("spatial", "input")
        for seed in (seeds if method == "spatial" else (0,))
        for fov in range(fovs)
        for capture in range(captures)
    ]
    columns = ["dataset", "method", "split", "seed", "patch_id", "fov", "metric", "value"]
    return scores_by_metric(pd.DataFrame(rows, columns=columns))["psnr"]


def planted(method, fov, capture, seed):
    return 20 + 5 * (method == "spatial") + [0.0, 1.0, -2.0, 0.5, 3.0][fov] + 0.1 * capture + 0.3 * seed


def test_it_is_the_mean_over_fields_of_view_and_the_interval_is_the_crossed_bootstrap_s(config):
    found = own_mean(scores_of(planted), "spatial", config)
    values = [(fov, seed, planted("spatial", fov, c, seed)) for fov in range(5) for seed in (0, 1) for c in (0, 1)]
    fields, runs, numbers = map(np.array, zip(*values, strict=True))
    assert found.mean == pytest.approx(numbers.mean())
    assert found.fovs == 5
    expected = cluster_bootstrap(numbers, fields, runs=runs, samples=500, seed=3)
    assert (found.low, found.high) == pytest.approx(expected)


def test_infinite_and_missing_values_are_left_out_and_one_field_has_no_interval(config):
    def partly(method, fov, capture, seed):
        return np.inf if fov else planted(method, fov, capture, seed)

    found = own_mean(scores_of(partly), "spatial", config)
    assert found.mean == pytest.approx(25 + 0.05 + 0.15)
    assert found.fovs == 1 and np.isnan(found.low) and np.isnan(found.high)
    nothing = own_mean(scores_of(lambda *_: np.inf), "input", config)
    assert nothing.fovs == 0 and np.isnan(nothing.mean)


def test_a_field_with_many_captures_weighs_no_more(config):
    scores = scores_of(lambda *key: float(key[1] == 0), fovs=4, captures=3)
    assert own_mean(scores, "input", config).mean == pytest.approx(0.25)
