"""How many fields of view, and how many trainings, a difference of a given size needs to be found."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

POWER = 0.8
"""The power that is asked for: the chance to find a difference that is there."""
MOST = 100_000
"""The largest number of fields of view or trainings that is looked at."""

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Spread:
    """Variances of a paired difference, of a field of view's mean over its patches.

    Attributes:
        field: between fields of view, what all trainings have in common.
        run: between trainings, what all fields of view have in common; NaN where it is not known.
        interaction: of a training on a field of view, beyond both.
    """

    field: float
    run: float
    interaction: float


def power_of_t(noncentrality: npt.ArrayLike, df: npt.ArrayLike, level: float) -> Array:
    """Return the power of a two-sided t-test.

    Args:
        noncentrality: expected difference in its standard errors, any shape.
        df: degrees of freedom of the standard error, the same shape; no test, and no power, without any.
        level: level of the test, in (0, 1).
    """
    from scipy import stats

    shift, freedom = np.broadcast_arrays(np.abs(np.asarray(noncentrality, np.float64)), np.asarray(df, np.float64))
    power = np.where(np.isnan(shift), np.nan, 0.0)
    # beyond 60 standard errors, where scipy's series fail, only the spread of the denominator matters
    near, far = (freedom > 0) & (shift <= 60), (freedom > 0) & (shift > 60)
    critical = np.asarray(stats.t.isf(level / 2, freedom[near]))
    power[near] = stats.nct.sf(critical, freedom[near], shift[near])
    # beyond 5 standard errors the lower tail is next to nothing, and NaN where it is below scipy's reach
    both = near & (shift < 5)
    if both.any():
        power[both] += np.nan_to_num(stats.nct.cdf(-critical[shift[near] < 5], freedom[both], shift[both]))
    if far.any():
        ratio = shift[far] / stats.t.isf(level / 2, freedom[far])
        power[far] = stats.chi2.cdf(freedom[far] * ratio**2, freedom[far])
    return power


def networks_power(difference: float, spread: Spread, fovs: npt.ArrayLike, runs: float, level: float) -> Array:
    """Return the power of the paired t-test over fields of view, each the mean over trainings.

    Its denominator holds (field + interaction / runs) / fovs. The effect of a training is the same in every field of
    view and moves all of them together: the test does not see it. So what it finds is a difference between *these*
    networks.

    Args:
        difference: true difference between the networks at hand.
        spread: the variances.
        fovs: test fields of view.
        runs: trainings of each method, each tested on all of them.
        level: level of the test.
    """
    count = np.asarray(fovs, np.float64)
    variance = (spread.field + spread.interaction / runs) / count
    return power_of_t(abs(difference) / np.sqrt(variance), count - 1, level)


def method_power(difference: float, spread: Spread, fovs: npt.ArrayLike, runs: npt.ArrayLike, level: float) -> Array:
    """Return the power of a t-test of the methods: fields of view and trainings are both drawn at random.

    The mean difference has the variance run/R + field/F + interaction/(F R), of which the first part stays however
    many fields of view there are. It is estimated by a sum of mean squares, MS(run) + MS(field) - MS(interaction), so
    that its degrees of freedom are Satterthwaite's (Westfall, Kenny and Judd 2014, whose participants and stimuli are
    trainings and fields of view here).

    Args:
        difference: true difference between the methods.
        spread: the variances.
        fovs: test fields of view; may be infinite.
        runs: trainings of each method, each tested on all of them; one alone has no power.
        level: level of the test.

    References:
        J. Westfall, D. A. Kenny and C. M. Judd, "Statistical power and optimal design in experiments in which samples
        of participants respond to samples of stimuli", Journal of Experimental Psychology: General 143, 2014.
    """
    fields, trainings = np.broadcast_arrays(np.asarray(fovs, np.float64), np.asarray(runs, np.float64))
    both = spread.interaction / fields / trainings
    run, field = spread.run / trainings + both, spread.field / fields + both
    variance = run + field - both
    with np.errstate(divide="ignore", invalid="ignore"):
        spent = run**2 / (trainings - 1) + field**2 / (fields - 1) + both**2 / (trainings - 1) / (fields - 1)
        # without any variance left, as in endlessly many fields of view, one degree is as good as many
        df = np.where(variance > 0, variance**2 / spent, 1.0)
        power = power_of_t(abs(difference) / np.sqrt(variance), df, level)
    return np.where((trainings > 1) & (fields > 1), power, 0.0)


def smallest(power_at: Callable[[Array], Array], power: float = POWER) -> float:
    """Return the smallest whole number from 2 to `MOST` at which a power is reached, infinity if none is.

    Args:
        power_at: power by number, for many numbers at once. It may rise and fall, but not within a few percent of a
            number.
        power: what is asked for.
    """
    numbers = _grid()
    reached = np.flatnonzero(power_at(numbers) >= power)
    if not len(reached):
        return float("inf")
    last = reached[0]
    between = np.arange(numbers[max(last - 1, 0)], numbers[last] + 1)
    return float(between[np.argmax(power_at(between) >= power)])


@cache
def _grid() -> Array:
    """Return the whole numbers that are looked at first."""
    return np.unique(np.round(np.geomspace(2, MOST, 200)))


def fields_needed(difference: float, spread: Spread, runs: float, level: float, *, methods: bool) -> float:
    """Return how many fields of view find a difference with `POWER`; infinity if no number up to `MOST` does.

    Args:
        difference: the difference to find.
        spread: the variances.
        runs: trainings of each method.
        level: level of the test.
        methods: whether the statement is about methods (`method_power`), not about these networks alone.
    """
    if methods:
        return smallest(lambda fovs: method_power(difference, spread, fovs, runs, level))
    return smallest(lambda fovs: networks_power(difference, spread, fovs, runs, level))


def runs_needed(difference: float, spread: Spread, fovs: float, level: float) -> float:
    """Return how many trainings of each method find a difference between methods with `POWER`.

    Args:
        difference: the difference to find.
        spread: the variances.
        fovs: test fields of view; infinite: as many as one likes.
        level: level of the test.

    Returns:
        The number; infinity if none up to `MOST` is enough.
    """
    return smallest(lambda runs: method_power(difference, spread, fovs, runs, level))


def detectable(spread: float, fovs: int, level: float) -> float:
    """Return the smallest difference that a paired t-test over fields of view finds with `POWER`.

    Args:
        spread: standard deviation of the differences of the fields of view.
        fovs: fields of view.
        level: level of the test.

    Returns:
        The difference, in the unit of the spread; NaN with fewer than two fields of view.
    """
    if fovs < 2:
        return float("nan")
    return _detectable_shift(fovs, level) * spread / float(np.sqrt(fovs))


@cache
def _detectable_shift(fovs: int, level: float) -> float:
    """Return the smallest difference that is found with `POWER`, in standard errors."""
    from scipy import optimize, stats

    most = 10.0 * float(stats.t.isf(level / 2, fovs - 1)) + 10.0
    return float(optimize.brentq(lambda shift: float(power_of_t(shift, fovs - 1, level)) - POWER, 0.0, most))
