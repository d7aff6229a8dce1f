"""The mean of one method with its interval over fields of view and trainings, by the bootstrap of the differences."""

from dataclasses import dataclass, replace

import numpy as np

from freqbench.config import Config
from freqbench.statistics.crossed import crossed_interval
from freqbench.statistics.scores import Scores
from freqbench.statistics.units import pair_of, units_of


@dataclass(frozen=True)
class OwnMean:
    """A mean over fields of view.

    Attributes:
        mean: mean over fields of view, each with its mean over the runs that test it; NaN without a finite value.
        low: lower end of its 95 % interval; NaN with fewer than two fields of view.
        high: upper end.
        fovs: fields of view with a finite value.
    """

    mean: float
    low: float
    high: float
    fovs: int


def own_mean(scores: Scores, method: str, config: Config) -> OwnMean:
    """Return the mean of a method over fields of view, and its interval by the crossed bootstrap.

    It is the mean difference of `freqbench.statistics.compare` to a method whose values are all 0. Intervals of two
    methods that overlap say nothing of their difference: both hold how much the fields of view differ, which the
    paired difference does not.

    Args:
        scores: of one metric.
        method: one of its methods.
        config: the study: samples and seed of ``comparison``.
    """
    values, measured = scores.values[method], scores.measured[method]
    alone = replace(
        scores, values={"own": values, "zero": np.zeros_like(values)}, measured={"own": measured, "zero": measured}
    )
    units = units_of(pair_of(alone, "own", "zero"), "fov")
    if not len(units.method):
        return OwnMean(float("nan"), float("nan"), float("nan"), 0)
    low, high = crossed_interval(
        units.sums, units.weights, samples=config.comparison.bootstrap, seed=config.comparison.seed
    )
    return OwnMean(float(units.method.mean()), low, high, len(units.method))
