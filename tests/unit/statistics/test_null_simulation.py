"""The analyses keep their word where patches of a field of view are alike, or do not: by a simulation of fixed seed."""

import numpy as np
import pytest
from scipy import stats

from freqbench.statistics.null_simulation import (
    CORRELATIONS,
    COSTLY,
    FOVS,
    Setting,
    default_settings,
    simulate_null,
    whole_grid,
)

SIMULATIONS = 600
COVERAGE_OF_PLAIN_PERCENTILES = {
    # of few normal means: percentiles are as wide as a normal interval with the variance of the draws, (n - 1) / n
    fovs: 1 - 2 * stats.t.sf(stats.norm.isf(0.025) * np.sqrt((fovs - 1) / fovs), fovs - 1)
    for fovs in (12, 24)
}


@pytest.fixture(scope="module")
def table():
    settings = [Setting(0.0, 12), Setting(0.25, 12), Setting(0.5, 12), Setting(0.25, 24)]
    settings.append(Setting(0.25, 24, seeds=5, run_variance=0.05))
    return simulate_null(settings, simulations=SIMULATIONS, seed=3)


def rate(table, analysis, quantity="false_positives", level=0.05, **setting):
    setting = {"seeds": 1} | setting
    rows = table[(table["analysis"] == analysis) & (table["quantity"] == quantity) & (table["level"] == level)]
    for name, value in setting.items():
        rows = rows[rows[name] == value]
    assert len(rows) == 1
    return rows.iloc[0]


def bounds(expected, simulations):
    """Return between which rates 99.9 % of such simulations lie."""
    low, high = stats.binom.interval(0.999, simulations, expected)
    return low / simulations, high / simulations


@pytest.mark.parametrize("setting", [(0.0, 12), (0.25, 12), (0.5, 12), (0.25, 24)])
@pytest.mark.parametrize("analysis", ["fov_t", "fov_wilcoxon"])
def test_tests_over_fields_of_view_keep_their_level(table, setting, analysis):
    row = rate(table, analysis, correlation=setting[0], fovs=setting[1])
    low, high = bounds(0.05, row["simulations"])
    assert low <= row["value"] <= high


def test_the_t_test_over_patches_does_not_where_they_are_alike(table):
    for correlation, fovs, least in ((0.25, 12, 0.5), (0.25, 24, 0.5), (0.5, 12, 0.6)):
        for analysis in ("image_t", "image_wilcoxon"):
            row = rate(table, analysis, correlation=correlation, fovs=fovs)
            assert row["value"] > least > 10 * 0.05 - 1e-9
    assert rate(table, "image_t", level=0.95, quantity="coverage", correlation=0.5, fovs=12)["value"] < 0.4
    assert rate(table, "patch_bootstrap", level=0.95, quantity="coverage", correlation=0.5, fovs=12)["value"] < 0.5


def test_the_rate_over_patches_is_that_of_the_design_effect(table):
    """z is too large by the root of 1 + 49 ICC; the naive variance lacks ICC / 12 for the fields' own mean."""
    for correlation, fovs in ((0.25, 12), (0.5, 12), (0.25, 24)):
        effect = (1 + 49 * correlation) / (1 - correlation / fovs)
        row = rate(table, "image_t", correlation=correlation, fovs=fovs)
        # the naive variance varies with the fields, which the normal approximation leaves out: 3 points
        expected = 2 * stats.norm.sf(stats.norm.isf(0.025) / np.sqrt(effect))
        assert abs(row["value"] - expected) < 0.03 + 3.3 * row["standard_error"]


def test_patches_that_are_independent_may_be_tested_as_such(table):
    for analysis in ("image_t", "image_wilcoxon"):
        row = rate(table, analysis, correlation=0.0, fovs=12)
        low, high = bounds(0.05, row["simulations"])
        assert low <= row["value"] <= high
    row = rate(table, "image_t", quantity="coverage", level=0.95, correlation=0.0, fovs=12)
    assert row["value"] == pytest.approx(1 - rate(table, "image_t", correlation=0.0, fovs=12)["value"])


@pytest.mark.parametrize("setting", [(0.25, 12), (0.5, 12), (0.25, 24)])
def test_the_interval_over_fields_of_view_covers(table, setting):
    """At least as plain percentiles of so few fields must, at most a little more than it promises."""
    row = rate(table, "cluster_bootstrap", "coverage", 0.95, correlation=setting[0], fovs=setting[1])
    least, _ = bounds(COVERAGE_OF_PLAIN_PERCENTILES[setting[1]], row["simulations"])
    _, most = bounds(0.96, row["simulations"])
    assert least <= row["value"] <= most
    assert rate(table, "image_t", "coverage", 0.95, correlation=setting[0], fovs=setting[1])["value"] < least - 0.3


def test_a_test_over_fields_of_view_is_about_these_networks(table):
    """Five trainings of mean 0 do not have a mean of 0, and many fields of view find that."""
    row = rate(table, "fov_t", correlation=0.25, fovs=24, seeds=5)
    # (field + residual) / 24 beside run / 5: the standard error is too small by the root of this
    ratio = 1 + (0.05 / 5) / ((0.25 + 0.75 / 50 / 5) / 24)
    expected = 2 * stats.t.sf(stats.t.isf(0.025, 23) / np.sqrt(ratio), 23)
    low, high = bounds(expected, SIMULATIONS)
    assert low <= row["value"] <= high
    assert low > 0.07


def test_rows_and_errors(table):
    counts = table.groupby(["quantity", "analysis"])["simulations"].first()
    assert counts["false_positives", "fov_t"] == SIMULATIONS
    assert counts["false_positives", "image_wilcoxon"] == -(-SIMULATIONS // COSTLY["wilcoxon"])
    assert counts["coverage", "patch_bootstrap"] == -(-SIMULATIONS // COSTLY["patch_bootstrap"])
    value, count = table["value"], table["simulations"]
    assert table["standard_error"].to_numpy() == pytest.approx(np.sqrt(value * (1 - value) / count))
    # 0.6 false positives are expected at 0.1 %: too few to state a rate
    assert set(table.loc[table["quantity"] == "false_positives", "level"]) == {0.05}
    # 2000 of one setting are enough
    more = simulate_null([Setting(0.5, 3, patches=2)], simulations=2000)
    assert 0.001 in set(more["level"])


def test_a_setting_has_its_own_draws():
    first = simulate_null([Setting(0.1, 6)], simulations=40, seed=1)
    both = simulate_null([Setting(0.5, 3), Setting(0.1, 6)], simulations=40, seed=1)
    assert both[both["fovs"] == 6].reset_index(drop=True).equals(first)
    assert not simulate_null([Setting(0.1, 6)], simulations=40, seed=2).equals(first)


@pytest.mark.parametrize("distribution", ["normal", "exponential"])
def test_the_draws_are_as_told(distribution):
    setting = Setting(0.4, 500, distribution, seeds=3, run_variance=0.5, patches=20)
    rng = np.random.default_rng(0)
    draws = np.stack([setting.draw(rng) for _ in range(60)])
    assert draws.shape == (60, 3, 500, 20)
    assert draws.mean() == pytest.approx(0, abs=4 * np.sqrt(0.5 / 180))
    assert draws.var() == pytest.approx(1.5, rel=0.05)
    within = draws - draws.mean(axis=(2, 3), keepdims=True)
    assert np.mean(within[..., 0] * within[..., 1]) == pytest.approx(0.4, rel=0.05)
    # another training has the same field and other patches
    assert np.mean(within[:, 0, :, 0] * within[:, 1, :, 0]) == pytest.approx(0.4, rel=0.05)
    of_field = within.mean(axis=(1, 3))
    assert stats.skew(of_field.ravel()) == pytest.approx(2.0 if distribution == "exponential" else 0.0, abs=0.3)


def test_the_grid():
    assert len(set(default_settings())) == len(default_settings()) == 9 + 8 + 5
    assert set(default_settings()) <= set(whole_grid())
    assert len(whole_grid()) == 25 + 20 + 25
    assert {setting.correlation for setting in default_settings()} == set(CORRELATIONS)
    assert {setting.fovs for setting in default_settings()} == set(FOVS)


def test_progress_is_told():
    told = []
    simulate_null(
        [Setting(0.0, 3, patches=2)] * 2, simulations=2, advance=lambda done, total: told.append((done, total))
    )
    assert told == [(0, 2), (1, 2), (2, 2)]
