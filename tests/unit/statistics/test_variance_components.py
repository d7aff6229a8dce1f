"""Variance components against textbook numbers, mean squares, a dense REML and simulations."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import linalg, optimize

from freqbench.statistics.variance_components import RESIDUAL, variance_components

# Montgomery, "Design and Analysis of Experiments", the gauge capability study: 20 parts, 3 operators, 2 readings
GAUGE = """
21 20 20 20 19 21  24 23 24 24 23 24  20 21 19 21 20 22  27 27 28 26 27 28  19 18 19 18 18 21
23 21 24 21 23 22  22 21 22 24 22 20  19 17 18 20 19 18  24 23 25 23 24 24  25 23 26 25 24 25
21 20 20 20 21 20  18 19 17 19 18 19  23 25 25 25 25 25  24 24 23 25 24 25  29 30 30 28 31 30
26 26 25 26 25 27  20 20 19 20 20 20  19 21 19 19 21 23  25 26 25 24 25 25  19 19 18 17 19 17
"""


def crossed(*sizes):
    """Return the level of each of several crossed factors, raveled."""
    return [axis.ravel() for axis in np.indices(sizes)]


def estimates(values, factors):
    return {name: component.estimate for name, component in variance_components(values, factors).items()}


def test_the_textbook_example():
    part, operator, _ = crossed(20, 3, 2)
    values = np.array(GAUGE.split(), dtype=float)
    found = variance_components(values, {"part": part, "operator": operator, "both": part * 3 + operator})
    # printed: 10.28, 0.0149, -0.1399 and 0.9917
    assert found["part"].estimate == pytest.approx(10.28, abs=0.005)
    assert found["operator"].estimate == pytest.approx(0.0149, abs=5e-5)
    assert found["both"].estimate == pytest.approx(-0.1399, abs=5e-5)
    assert found[RESIDUAL].estimate == pytest.approx(0.9917, abs=5e-5)
    assert found["both"].variance == 0
    assert found["both"].note == "estimate -0.14, reported as 0"
    assert found["part"].note == ""
    assert [found[name].levels for name in ("part", "operator", "both", RESIDUAL)] == [20, 3, 60, 120]


def test_balanced_two_way_by_mean_squares():
    a, b, n = 5, 4, 3
    cube = np.random.default_rng(0).normal(size=(a, b, n)) + np.arange(a)[:, None, None]
    mean = cube.mean()
    of_a, of_b, cells = cube.mean(axis=(1, 2)), cube.mean(axis=(0, 2)), cube.mean(axis=2)
    ms_a = b * n * np.sum((of_a - mean) ** 2) / (a - 1)
    ms_b = a * n * np.sum((of_b - mean) ** 2) / (b - 1)
    ms_ab = n * np.sum((cells - of_a[:, None] - of_b + mean) ** 2) / ((a - 1) * (b - 1))
    ms_e = np.sum((cube - cells[:, :, None]) ** 2) / (a * b * (n - 1))
    i, j, _ = crossed(a, b, n)
    found = estimates(cube.ravel(), {"a": i, "b": j, "ab": i * b + j})
    expected = ((ms_a - ms_ab) / (b * n), (ms_b - ms_ab) / (a * n), (ms_ab - ms_e) / n, ms_e)
    assert list(found.values()) == pytest.approx(expected)


def study_design(fields=4, splits=3, seeds=2, patches=3):
    """Return the balanced design of a study, as labels by effect."""
    split, seed, field, patch = crossed(splits, seeds, fields, patches)
    run = split * seeds + seed
    labels = {"field": field, "split": split, "seed": run, "patch": field * patches + patch}
    return labels | {"field_run": run * fields + field}


def test_the_whole_model_by_mean_squares():
    """Seeds in splits, patches in fields, both crossed: each mean square has the expectation of its variances."""
    f, s, k, p = 4, 3, 2, 5
    cube = np.random.default_rng(1).normal(size=(s, k, f, p))
    mean, of_f, of_s = cube.mean(), cube.mean(axis=(0, 1, 3)), cube.mean(axis=(1, 2, 3))
    of_run, of_patch, cells = cube.mean(axis=(2, 3)), cube.mean(axis=(0, 1)), cube.mean(axis=3)
    r = s * k
    ms_f = r * p * np.sum((of_f - mean) ** 2) / (f - 1)
    ms_s = k * f * p * np.sum((of_s - mean) ** 2) / (s - 1)
    ms_k = f * p * np.sum((of_run - of_s[:, None]) ** 2) / (s * (k - 1))
    ms_p = r * np.sum((of_patch - of_f[:, None]) ** 2) / (f * (p - 1))
    ms_fr = p * np.sum((cells - of_run[:, :, None] - of_f + mean) ** 2) / ((r - 1) * (f - 1))
    rest = cube - cells[..., None] - of_patch + of_f[:, None]
    ms_e = np.sum(rest**2) / ((r - 1) * f * (p - 1))
    expected = {
        "field": (ms_f - ms_p - ms_fr + ms_e) / (r * p),
        "split": (ms_s - ms_k) / (k * f * p),
        "seed": (ms_k - ms_fr) / (f * p),
        "patch": (ms_p - ms_e) / r,
        "field_run": (ms_fr - ms_e) / p,
        RESIDUAL: ms_e,
    }
    assert estimates(cube.ravel(), study_design(f, s, k, p)) == pytest.approx(expected)


def reml(values, factors):
    """Return the variances that maximise the restricted likelihood, with dense matrices."""
    indicators = [np.equal.outer(labels, labels).astype(float) for labels in factors.values()]
    indicators.append(np.eye(len(values)))
    ones = np.ones((len(values), 1))

    def loss(logs):
        covariance = sum(np.exp(log) * matrix for log, matrix in zip(logs, indicators, strict=True))
        factor = linalg.cho_factor(covariance)
        weighted = linalg.cho_solve(factor, np.column_stack((ones, values)))
        information = (ones.T @ weighted)[0]
        quadratic = values @ weighted[:, 1] - information[1] ** 2 / information[0]
        return 2 * np.log(np.diag(factor[0])).sum() + np.log(information[0]) + quadratic

    start = np.zeros(len(indicators))
    found = optimize.minimize(loss, start, method="L-BFGS-B", options={"ftol": 1e-14, "gtol": 1e-9})
    return np.exp(found.x)


def test_balanced_and_positive_is_reml():
    factors = study_design(5, 2, 2, 2)
    rng = np.random.default_rng(11)
    values = draw(rng, factors, dict.fromkeys(factors, 1.0), 0.7)
    found = variance_components(values, factors)
    assert min(component.estimate for component in found.values()) > 0.01, "the seed must give positive estimates"
    assert [component.estimate for component in found.values()] == pytest.approx(reml(values, factors), rel=2e-3)


def draw(rng, factors, variances, residual):
    """Return values of mean 3 with independent normal effects."""
    count = len(next(iter(factors.values())))
    values = 3 + np.sqrt(residual) * rng.standard_normal(count)
    for name, labels in factors.items():
        _, level = np.unique(labels, return_inverse=True)
        values = values + np.sqrt(variances[name]) * rng.standard_normal(level.max() + 1)[level]
    return values


def test_unbiased_where_splits_test_different_fields_and_patches():
    factors = study_design(6, 3, 2, 4)
    # of six fields each split tests four, and field 1 has a patch less
    tested = (factors["field"] - factors["split"]) % 6 < 4
    tested &= ~((factors["field"] == 1) & (factors["patch"] % 4 == 3))
    factors = {name: labels[tested] for name, labels in factors.items()}
    truth = {"field": 1.0, "split": 0.5, "seed": 0.3, "patch": 0.4, "field_run": 0.2, RESIDUAL: 0.6}
    rng = np.random.default_rng(3)
    found = []
    for _ in range(500):
        estimate = estimates(draw(rng, factors, truth, truth[RESIDUAL]), factors)
        assert list(estimate) == list(truth)
        found.append(list(estimate.values()))
    error = np.std(found, axis=0, ddof=1) / np.sqrt(len(found))
    # six means: 3.5 standard errors are exceeded in 0.3 % of such simulations
    assert (np.abs(np.mean(found, axis=0) - list(truth.values())) < 3.5 * error).all()


def test_what_one_training_cannot_tell():
    found = variance_components(np.random.default_rng(5).normal(size=12), study_design(4, 1, 1, 3))
    assert {name: component.held_by for name, component in found.items() if component.held_by} == {
        "field_run": "field",
        RESIDUAL: "patch",
    }
    assert found["split"].note == found["seed"].note == "one level alone"
    assert found["field_run"].note == "cannot be told from field"
    missing = {name for name, component in found.items() if np.isnan(component.estimate)}
    assert missing == {"split", "seed", "field_run", RESIDUAL}
    assert all(np.isnan(found[name].variance) for name in missing), "never 0"


def test_one_seed_on_several_splits_is_held_by_the_split():
    found = variance_components(np.random.default_rng(6).normal(size=36), study_design(4, 3, 1, 3))
    assert found["seed"].held_by == "split"
    assert np.isfinite(found["split"].estimate)


def test_several_seeds_on_one_split_tell_the_seed():
    found = variance_components(np.random.default_rng(6).normal(size=36), study_design(4, 1, 3, 3))
    assert np.isfinite(found["seed"].estimate)
    assert found["split"].note == "one level alone"


def test_what_the_design_cannot_separate_is_not_guessed():
    """Three effects of two observations each in three blocks of two: any two of them add up to the third."""
    a = np.array([0, 0, 1, 1])
    b = np.array([0, 1, 0, 1])
    found = variance_components([1.0, 2.0, 4.0, 8.0], {"a": a, "b": b, "c": a ^ b})
    assert [component.note for component in found.values()] == ["the design cannot separate it"] * 4


def test_no_values():
    found = variance_components([], {"a": []})
    assert [component.note for component in found.values()] == ["no observation"] * 2


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(-1e3, 1e3), st.floats(0.1, 10))
def test_shift_scale_names_and_order(seed, shift, scale):
    rng = np.random.default_rng(seed)
    factors = study_design(3, 2, 2, 2)
    kept = rng.permutation(len(factors["field"]))[:20]
    factors = {name: labels[kept] for name, labels in factors.items()}
    values = rng.normal(size=20)
    found = np.array(list(estimates(values, factors).values()))
    order = rng.permutation(20)
    renamed = {name: np.char.add("x", labels[order].astype(str)) for name, labels in factors.items()}
    other = np.array(list(estimates(shift + scale * values[order], renamed).values()))
    known = np.isfinite(found)
    assert (known == np.isfinite(other)).all()
    expected = scale**2 * found[known]
    assert other[known] == pytest.approx(expected, rel=1e-6, abs=1e-6 * np.abs(expected).max(initial=scale**2))


def test_misuse_is_refused():
    with pytest.raises(ValueError, match="finite"):
        variance_components([1.0, np.nan], {"a": [0, 1]})
    with pytest.raises(ValueError, match="each of 2 values needs a label"):
        variance_components([1.0, 2.0], {"a": [0, 1, 1]})
    with pytest.raises(ValueError, match="residual"):
        variance_components([1.0, 2.0], {RESIDUAL: [0, 1]})
