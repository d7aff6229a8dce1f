"""Paired tests on rounded rows: the exact range of each statistic over all rows that round to the printed ones.

Differences are printed values d_i, each of a number in [d_i - w, d_i + w]. Student's t of n differences is
sqrt(n - 1) cot(angle between the differences and the vector of ones). Where their sum is positive, the cosine of
that angle is quasi-concave, so over the box of differences it is largest where all differences are clipped to one
common value (as flat as the box allows), and smallest in a corner; among corners, with equal widths, it is
smallest where the largest differences are raised and the others lowered. Both are found without any search.
The statistics of ranks and signs only grow with each difference: two corners bound them.
"""

import math
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from freqbench.published.rounding import Interval

Vector = npt.NDArray[np.float64]


def t_range(differences: npt.ArrayLike, half_width: float) -> Interval:
    """Return the smallest and the largest paired t; infinite where all differences may be equal.

    Args:
        differences: printed differences, (N,), N > 1, finite.
        half_width: how far each may lie from the difference of the unrounded values, not negative.

    Raises:
        ValueError: if there are fewer than two differences, one is not finite, or the width is negative.
    """
    printed = np.asarray(differences, dtype=np.float64)
    if printed.ndim != 1 or len(printed) < 2 or not np.isfinite(printed).all() or not half_width >= 0:
        raise ValueError("a range of t needs two or more finite differences and a width that is not negative")
    return Interval(-_largest_t(-printed, half_width), _largest_t(printed, half_width))


def signed_rank_range(differences: npt.ArrayLike, half_width: float) -> range:
    """Return the possible sums of ranks of positive differences (Wilcoxon's W+), without ties or zeros.

    Unrounded differences have neither; W+ counts the pairs i <= j with a positive d_i + d_j (Tukey 1949).
    """
    printed = np.asarray(differences, dtype=np.float64)
    sums = (printed[:, None] + printed[None, :])[np.triu_indices(len(printed))]
    return _positive(sums, 2 * half_width)


def positive_range(differences: npt.ArrayLike, half_width: float) -> range:
    """Return the possible numbers of positive differences."""
    return _positive(np.asarray(differences, dtype=np.float64), half_width)


def _positive(values: Vector, half_width: float) -> range:
    """Return how many values can be positive within their widths, the ends, where one would be zero, left out."""
    near = 1e-9  # printed decimals are no exact binary fractions
    certain = int((values >= half_width - near).sum()) if half_width > 0 else int((values > near).sum())
    return range(certain, int((values > near - half_width).sum()) + 1)


def _largest_t(printed: Vector, half_width: float) -> float:
    low, high = printed - half_width, printed + half_width
    if high.sum() > 0:
        return max(_t(np.clip(level, low, high)) for level in _levels(low, high))
    # no t is positive: the largest is the one nearest to 0, in a corner
    lowered = np.sort(-high)[::-1]
    return -min(
        _t(np.concatenate([lowered[:raised] + 2 * half_width, lowered[raised:]])) for raised in range(len(printed) + 1)
    )


def _levels(low: Vector, high: Vector) -> Iterator[float]:
    """Yield the common values among which the flattest differences are found.

    Between two ends of intervals some differences are fixed, of sum A and of squares B, and the others equal
    the level; t then has its only extreme at the level B / A.
    """
    ends = np.unique(np.concatenate([low, high]))
    yield from ends
    for start, stop in pairwise(ends.tolist()):
        middle = np.clip((start + stop) / 2, low, high)
        fixed = middle[(low >= stop) | (high <= start)]
        if len(fixed) and fixed.sum() > 0:
            yield float(np.clip((fixed**2).sum() / fixed.sum(), start, stop))


def _t(values: Vector) -> float:
    mean, spread = float(values.mean()), float(values.std(ddof=1))
    if spread <= 1e-12 * float(np.abs(values).max()):
        return 0.0 if mean == 0 else math.copysign(math.inf, mean)
    return mean / spread * math.sqrt(len(values))
