"""Fit the line of the Poisson-Gaussian model to mean-variance points, with confidence intervals."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import nnls

from freqbench.data.noise_model.points import LEVELS, Array, Points, points

Line = tuple[float, float]
Fit = Callable[[Points], Line | None]

HUBER = 1.345
"""Residuals beyond this many standard errors count less (95 % efficiency for normal residuals; Huber 1964)."""
LEAST_LEVELS = 3
LEAST_CONTRAST = 10
"""Scatter of the levels' means over that expected by chance (an F statistic), for a line to be fitted."""
_ROUNDING = 1 / 12  # variance that rounding to integers adds, counts**2


@dataclass(frozen=True)
class Interval:
    """An estimate with its confidence interval."""

    value: float
    low: float
    high: float


def determines_line(found: Points) -> bool:
    """Return whether three levels or more are used, and their means differ by more than chance.

    The levels of a constant image differ in what they are sorted by, which is noise, and agree in their means.
    """
    if found.used.sum() < LEAST_LEVELS:
        return False
    weights = found.pixels[found.used] / np.maximum(found.moments[found.used, 0], _ROUNDING**2)
    x = found.mean[found.used]
    return bool(np.sum(weights * (x - np.average(x, weights=weights)) ** 2) > LEAST_CONTRAST * (x.size - 1))


def robust_line(found: Points) -> Line | None:
    """Return gain (counts) and intercept (counts**2) of the line through the used points.

    Iteratively reweighted least squares: each level weighs by the inverse of its squared standard error times
    Huber's weight.

    Returns:
        Gain and intercept, or None where the points determine no line.
    """
    if not determines_line(found):
        return None
    x, y = found.mean[found.used], found.variance[found.used]
    gain, intercept = _weighted_line(x, y, found.pixels[found.used])
    for _ in range(50):
        error = _errors(found, gain, intercept)[found.used]
        residual = np.abs(y - gain * x - intercept) / error
        # where the model is not exact, all residuals exceed their errors: only those beyond the usual are outliers
        scale = max(1.0, float(np.median(residual)) / 0.6745)
        weights = np.minimum(1, HUBER * scale / np.maximum(residual, 1e-12)) / error**2
        before = gain
        gain, intercept = _weighted_line(x, y, weights)
        if abs(gain - before) <= 1e-6 * abs(gain):
            break
    return gain, intercept


def pixel_line(found: Points) -> Line | None:
    """Return the least-squares line through the used points, each pixel weighing alike; None if they determine none."""
    if not determines_line(found):
        return None
    return _weighted_line(found.mean[found.used], found.variance[found.used], found.pixels[found.used])


def expected_variance(found: Points, line: Line | None) -> Array:
    """Return the noise variance of every level (``LEVELS``,), from the line where there is one, else the points.

    Never below the least variance seen, nor below that of rounding; 1 everywhere where there are no points.
    """
    if not found.level.size:
        return np.ones(LEVELS)
    variance = found.variance if line is None else line[0] * found.mean + line[1]
    floor = max(float(found.variance.min()), _ROUNDING)
    return np.maximum(np.interp(np.arange(LEVELS), found.level, variance), floor)


def bootstrap_lines(units: Array, fit: Fit, *, resamples: int, seed: int = 0, **limits: Any) -> Array:
    """Return gain and intercept of fits to resampled units, (resamples that could be fitted, 2).

    Args:
        units: level sums of fields of view or blocks, (units, levels, sums).
        fit: a fit to points.
        resamples: number of resamples, drawn with replacement.
        seed: of the draw.
        limits: arguments of ``points``.
    """
    rng = np.random.default_rng(seed)
    flat = units.reshape(len(units), -1)
    lines = []
    for _ in range(resamples):
        times = rng.multinomial(len(units), np.full(len(units), 1 / len(units)))
        line = fit(points((times @ flat).reshape(units.shape[1:]), **limits))
        if line is not None:
            lines.append(line)
    return np.array(lines).reshape(-1, 2)


def interval(value: float, resampled: Array, level: float = 0.95) -> Interval:
    """Return a percentile interval; it is widened to hold the estimate itself, which a skewed bootstrap may miss."""
    if not resampled.size:
        return Interval(value, value, value)
    low, high = np.quantile(resampled, [(1 - level) / 2, (1 + level) / 2])
    return Interval(value, min(value, float(low)), max(value, float(high)))


def _errors(found: Points, gain: float, intercept: float) -> Array:
    """Return the standard error of ``variance - gain * mean`` of each level.

    The scatter within the levels is smoothed to a quadratic in the variance, as that of a Poisson-Gaussian
    reading is: the level's own scatter is low where its variance came out low, and would prefer such levels.
    """
    variance = np.maximum(gain * found.mean + intercept, _ROUNDING)
    columns = np.stack([variance**2, variance, np.full_like(variance, _ROUNDING**2)], axis=1)
    # relative errors: the scatter rises over five orders of magnitude from dark to bright
    scale = np.sqrt(found.pixels) / (columns[:, 0] + columns[:, 1])
    used = found.used
    factors, _ = nnls(columns[used] * scale[used, None], np.maximum(found.spread(gain), 0)[used] * scale[used])
    return np.asarray(np.sqrt(np.maximum(columns @ factors, _ROUNDING**2) / found.pixels))


def _weighted_line(x: Array, y: Array, weights: Array) -> Line:
    slope, intercept = np.polyfit(x, y, 1, w=np.sqrt(weights))
    return float(slope), float(intercept)
