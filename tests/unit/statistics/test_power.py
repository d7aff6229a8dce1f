"""Power against published sample sizes, numerical integration and simulated tests."""

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.power import TTestPower

from freqbench.statistics import paired_comparison
from freqbench.statistics.power import (
    MOST,
    Spread,
    detectable,
    fields_needed,
    method_power,
    networks_power,
    power_of_t,
    runs_needed,
    smallest,
)


def by_integration(shift, df, level):
    """Return the power by the normal distribution, given the chi-squared one of the denominator."""
    critical = stats.t.isf(level / 2, df)
    nodes, weights = np.polynomial.legendre.leggauss(400)
    low, high = np.log(stats.chi2.ppf([1e-13, 1 - 1e-13], df))
    chi2 = np.exp(low + (high - low) * (nodes + 1) / 2)
    bound = critical * np.sqrt(chi2 / df)
    found = stats.norm.sf(bound - shift) + stats.norm.cdf(-bound - shift)
    return float(np.sum(weights * stats.chi2.pdf(chi2, df) * chi2 * (high - low) / 2 * found))


@pytest.mark.parametrize("df", [1, 2.3, 5, 11, 47, 1000, 99999])
@pytest.mark.parametrize("level", [0.05, 0.001])
def test_power_by_integration(df, level):
    shifts = np.array([0, 0.5, 2, 2.8, 4, 5.5, 8, 12, 20, 59])
    expected = [by_integration(shift, df, level) for shift in shifts]
    # scipy's noncentral t is good to 1e-3 far out, where there are one or two degrees of freedom
    assert power_of_t(shifts, np.full(len(shifts), df), level) == pytest.approx(expected, abs=1e-5 if df > 2 else 2e-3)


def test_ends_of_the_power():
    assert power_of_t(0.0, 11, 0.05) == pytest.approx(0.05)
    assert power_of_t(-3.0, 11, 0.05) == power_of_t(3.0, 11, 0.05)
    assert power_of_t(np.inf, 2, 0.001) == 1
    assert power_of_t(5.0, 0, 0.05) == 0
    assert np.isnan(power_of_t(np.nan, 5, 0.05))
    # the same on both sides of where another formula takes over
    near, far = power_of_t([59.99, 60.01], 2, 0.001)
    assert 0 < far - near < 1e-3


@pytest.mark.parametrize(
    ("size", "level", "power", "pairs"),
    [
        (0.5, 0.05, 0.95, 54),  # the example of G*Power's manual for matched pairs
        (0.5, 0.05, 0.80, 34),  # R: pwr.t.test(d = 0.5, power = 0.8, type = "paired"), n = 33.37
        (0.2, 0.05, 0.80, 199),  # the same, n = 198.15
        (0.8, 0.05, 0.80, 15),  # the same, n = 14.30
    ],
)
def test_published_numbers_of_pairs(size, level, power, pairs):
    spread = Spread(1.0, 0.0, 0.0)
    assert smallest(lambda fovs: networks_power(size, spread, fovs, 1, level), power) == pairs


@pytest.mark.parametrize("level", [0.05, 0.001])
@pytest.mark.parametrize("fovs", [5, 12, 48])
def test_power_is_that_of_statsmodels(level, fovs):
    # statsmodels has no number where the power is next to 1
    sizes = np.array([0.1, 0.3, 0.5, 1.0])
    expected = [TTestPower().power(effect_size=size, nobs=fovs, alpha=level, alternative="two-sided") for size in sizes]
    found = [float(networks_power(size, Spread(1.0, 0.0, 0.0), fovs, 1, level)) for size in sizes]
    assert found == pytest.approx(expected, abs=1e-6)


def test_the_smallest_number_is_the_smallest():
    for size in (2.5, 1.0, 0.31, 0.07):
        spread = Spread(0.7, 0.0, 0.3)
        needed = fields_needed(size, spread, 1, 0.001, methods=False)
        assert networks_power(size, spread, needed, 1, 0.001) >= 0.8
        assert needed == 2 or networks_power(size, spread, needed - 1, 1, 0.001) < 0.8
        assert needed == fields_needed(-size, spread, 1, 0.001, methods=False)


def test_many_pairs_follow_the_normal_distribution():
    expected = (stats.norm.isf(0.025) + stats.norm.isf(0.2)) ** 2 / 0.01**2
    assert fields_needed(0.01, Spread(1, 0, 0), 1, 0.05, methods=False) == pytest.approx(expected, rel=1e-3)
    assert fields_needed(0.001, Spread(1, 0, 0), 1, 0.05, methods=False) == np.inf
    assert expected < MOST < 100 * expected


def test_trainings_average_the_interaction_and_not_the_fields():
    spread = Spread(0.5, 9.0, 0.5)
    needed = [fields_needed(0.3, spread, runs, 0.05, methods=False) for runs in (1, 5, 10**9)]
    expected = [fields_needed(0.3, Spread(0.5 + 0.5 / runs, 0, 0), 1, 0.05, methods=False) for runs in (1, 5, 10**9)]
    assert needed == expected, "the variance between trainings has no part in it"


def test_without_variance_between_trainings_or_in_fields_alone():
    """With one of the two variances the test is a paired t-test over the other."""
    of_runs = Spread(0.0, 0.3, 0.0)
    plain = power_of_t(0.6 / np.sqrt(0.3 / 4), 3, 0.05)
    assert method_power(0.6, of_runs, 12, 4, 0.05) == pytest.approx(plain)
    of_fields = Spread(0.3, 0.0, 0.0)
    assert method_power(0.6, of_fields, 7, 5, 0.05) == pytest.approx(networks_power(0.6, of_fields, 7, 5, 0.05))
    # the number of fields without end leaves the trainings
    assert method_power(0.6, Spread(2.0, 0.3, 1.0), np.inf, 4, 0.05) == pytest.approx(plain)
    assert method_power(0.6, of_fields, np.inf, 2, 0.05) == 1


def test_trainings_that_differ_cannot_be_outweighed_by_fields():
    spread = Spread(1.0, 0.04, 0.1)
    assert fields_needed(0.3, spread, 1, 0.05, methods=True) == np.inf, "one training has no spread"
    assert fields_needed(0.3, spread, 3, 0.05, methods=True) == np.inf
    assert power_of_t(0.3 / np.sqrt(0.04 / 3), 2, 0.05) < 0.8, "not even with fields without end"
    assert np.isfinite(fields_needed(0.3, spread, 10, 0.05, methods=True))
    assert fields_needed(0.3, spread, 3, 0.05, methods=False) < 150
    least = runs_needed(0.3, spread, np.inf, 0.05)
    assert power_of_t(0.3 / np.sqrt(0.04 / least), least - 1, 0.05) >= 0.8
    assert power_of_t(0.3 / np.sqrt(0.04 / (least - 1)), least - 2, 0.05) < 0.8
    assert runs_needed(0.3, spread, 12, 0.05) == np.inf, "twelve fields are too few for any number of trainings"


def test_detectable_is_found():
    for fovs, level in ((2, 0.001), (3, 0.05), (12, 0.001), (48, 0.05)):
        smallest_difference = detectable(2.0, fovs, level)
        assert networks_power(smallest_difference, Spread(4.0, 0, 0), fovs, 1, level) == pytest.approx(0.8, abs=1e-6)
    assert np.isnan(detectable(1.0, 1, 0.05))


def simulated(rng, spread, fovs, runs, *, difference=0.0, shift=None):
    """Return field means of each training, (runs, fovs)."""
    of_run = np.sqrt(spread.run) * rng.standard_normal((runs, 1)) if shift is None else shift
    cells = np.sqrt(spread.interaction) * rng.standard_normal((runs, fovs))
    return difference + of_run + np.sqrt(spread.field) * rng.standard_normal(fovs) + cells


def test_networks_power_by_simulation():
    """Whatever the trainings at hand: their own mean is the difference that the t-test over fields looks for."""
    rng, spread, times = np.random.default_rng(0), Spread(1.0, 0.5, 1.5), 1500
    shift = np.sqrt(spread.run) * rng.standard_normal((3, 1))
    difference = 1.2 - float(shift.mean())
    found = 0
    for _ in range(times):
        fields = simulated(rng, spread, 8, 3, difference=difference, shift=shift).mean(axis=0)
        found += paired_comparison(fields, np.zeros(8)).p_value < 0.05
    expected = float(networks_power(1.2, spread, 8, 3, 0.05))
    assert 0.5 < expected < 0.95
    assert abs(found / times - expected) < 3.3 * np.sqrt(expected * (1 - expected) / times)


@pytest.mark.parametrize(("fovs", "runs", "difference"), [(12, 5, 1.3), (20, 8, 0.9)])
def test_method_power_by_simulation(fovs, runs, difference):
    """The test of Westfall, Kenny and Judd, done on simulated tables of trainings by fields of view."""
    rng, spread, times = np.random.default_rng(1), Spread(1.0, 0.3, 0.4), 4000
    found = 0
    for _ in range(times):
        table = simulated(rng, spread, fovs, runs, difference=difference)
        of_runs, of_fields, mean = table.mean(axis=1), table.mean(axis=0), table.mean()
        a = of_runs.var(ddof=1) / runs
        b = of_fields.var(ddof=1) / fovs
        rest = table - of_runs[:, None] - of_fields + mean
        c = np.sum(rest**2) / ((runs - 1) * (fovs - 1)) / (runs * fovs)
        variance = max(a + b - c, 1e-12)
        df = variance**2 / (a**2 / (runs - 1) + b**2 / (fovs - 1) + c**2 / ((runs - 1) * (fovs - 1)))
        found += 2 * stats.t.sf(abs(mean) / np.sqrt(variance), df) < 0.05
    expected = float(method_power(difference, spread, fovs, runs, 0.05))
    assert 0.5 < expected < 0.98
    # Satterthwaite's degrees are an approximation: 3 points beside the Monte Carlo error
    assert abs(found / times - expected) < 0.03 + 3.3 * np.sqrt(expected * (1 - expected) / times)
