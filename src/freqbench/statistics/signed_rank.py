"""Wilcoxon's signed-rank test of paired values: no normal distribution is assumed."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from freqbench.statistics.paired import checked_pair

LARGEST_EXACT = 50
"""Most differences of different size whose exact distribution is used, as in R."""
LARGEST_ENUMERATED = 13
"""Most differences, some of one size, of which all signs are tried."""
DIGITS = 12
"""Significant digits of the differences, counted from the largest value: those beyond are rounding errors."""


@dataclass(frozen=True)
class SignedRank:
    """A signed-rank test.

    Attributes:
        p_value: two-sided p; NaN where the test is not possible.
        note: why it is not possible, empty where it is.
    """

    p_value: float
    note: str = ""


def signed_rank(method: npt.ArrayLike, baseline: npt.ArrayLike) -> SignedRank:
    """Compare two methods on the same units by the signs and ranks of their differences (Wilcoxon 1945).

    Differences of 0 are left out. The p-value is exact up to 50 differences, and up to 13 where some are of one size;
    beyond that it is that of the normal distribution, corrected for ties and continuity, as in R.

    Args:
        method: values of the method, (N,), finite.
        baseline: values of the baseline on the same units, (N,), finite.

    Raises:
        ValueError: if the lengths differ or a value is not finite.

    References:
        F. Wilcoxon, "Individual comparisons by ranking methods", Biometrics Bulletin 1, 1945. DOI 10.2307/3001968
    """
    from scipy import stats

    a, b = checked_pair(method, baseline)
    if len(a) < 2:
        return SignedRank(float("nan"), "one pair: no test" if len(a) else "no pairs")
    # equal differences must stay ties, and no difference none, after rounding in the last digits
    scale = float(max(np.abs(a).max(), np.abs(b).max(), np.finfo(np.float64).tiny))
    difference = np.round((a - b) / scale, DIGITS)
    difference = difference[difference != 0]
    count = len(difference)
    if count == 0:
        return SignedRank(float("nan"), "all differences are equal: no test")
    ties = len(np.unique(np.abs(difference))) < count
    if ties and count <= LARGEST_ENUMERATED:
        distribution: Any = stats.PermutationMethod(n_resamples=2**LARGEST_ENUMERATED)
    else:
        distribution = "asymptotic" if ties or count > LARGEST_EXACT else "exact"
    found = stats.wilcoxon(
        difference, zero_method="wilcox", correction=True, alternative="two-sided", method=distribution
    )
    return SignedRank(float(found.pvalue))


def smallest_p(count: int) -> float:
    """Return the smallest two-sided p that so many differences can have, where all of them have one sign."""
    return min(1.0, 2.0 ** (1 - count))
