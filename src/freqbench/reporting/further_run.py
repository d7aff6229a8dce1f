"""How far one further run of a procedure may lie from the mean of those that were made."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

COVERAGE = 0.95


@dataclass(frozen=True)
class FurtherRun:
    """The prediction interval of one further run: its mean, and how far it reaches to each side.

    Attributes:
        reach: half the width of the interval.
        splits: how many splits it rests on; with one it holds what seeds do and not what other test fields of view do.
        seeds: runs of each split.
        degrees: degrees of freedom of its t quantile.
    """

    reach: float
    splits: int
    seeds: int
    degrees: float


def further_run(means: Sequence[Sequence[float]]) -> FurtherRun | None:
    """Return where a further run on a further split with a further seed is expected, with a probability of 95 %.

    Of R runs on R splits, or on one split, the interval is t(0.975, R - 1) s sqrt(1 + 1/R), with s the standard
    deviation of the R means. Runs of one split share its test fields of view, so that R of them on S < R splits are
    not R independent ones. With S splits of K seeds each, B the mean square between splits and W that within them,
    a further run is B (1 + 1/S) / K + W (1 - 1/K) away in the mean square, and its degrees of freedom are those of
    Satterthwaite (1946, DOI 10.2307/3002019).

    Args:
        means: for each split the mean of each of its runs, as many for every split.

    Returns:
        The interval; None with one run, or if a mean is not finite.

    Raises:
        ValueError: if there is no run, or splits have different numbers of them.
    """
    from scipy import stats

    if not means or not means[0] or len({len(runs) for runs in means}) > 1:
        raise ValueError(f"every split needs the same number of runs, got {[len(runs) for runs in means]}")
    values = np.asarray(means, dtype=np.float64)
    splits, seeds = values.shape
    if values.size == 1 or not np.isfinite(values).all():
        return None
    # mean squares with their share in the variance of a further run, and their degrees of freedom
    parts = []
    if splits > 1:
        between = seeds * float(values.mean(axis=1).var(ddof=1))
        parts.append((between * (1 + 1 / splits) / seeds, splits - 1))
    if seeds > 1:
        within = float(values.var(axis=1, ddof=1).mean())
        share = 1 - 1 / seeds if splits > 1 else 1 + 1 / seeds
        parts.append((within * share, splits * (seeds - 1)))
    variance = sum(part for part, _ in parts)
    uncertainty = sum(part**2 / degrees for part, degrees in parts)
    degrees = variance**2 / uncertainty if uncertainty else float(splits * seeds - 1)
    quantile = float(stats.t.ppf(0.5 + COVERAGE / 2, degrees))
    return FurtherRun(quantile * math.sqrt(variance), splits, seeds, degrees)
