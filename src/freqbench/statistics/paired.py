"""The paired comparison of two methods on the same images."""

import sys
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class PairedResult:
    """A paired t-test with its effect size.

    Attributes:
        n: pairs.
        mean_difference: mean of method minus baseline.
        effect_size: mean difference in standard deviations of the differences (Cohen's d for pairs); NaN
            where they have none.
        p_value: two-sided p of the paired t-test; NaN where the test is not possible.
        note: why the test is not possible, or that p is too small to be held; otherwise empty.
    """

    n: int
    mean_difference: float
    effect_size: float
    p_value: float
    note: str = ""


def paired_comparison(method: npt.ArrayLike, baseline: npt.ArrayLike) -> PairedResult:
    """Compare two methods on the same units with a paired t-test.

    Args:
        method: values of the method, (N,), finite.
        baseline: values of the baseline on the same units, (N,), finite.

    Returns:
        The result. With fewer than two pairs, or differences that are all equal, there is no test and the
        note says so: equal differences have no spread to compare their mean with. No p-value is 0: one below the
        smallest normal float64 is given as that number, 2.2e-308.

    Raises:
        ValueError: if the lengths differ or a value is not finite.
    """
    from scipy import special

    a, b = checked_pair(method, baseline)
    nan, count = float("nan"), len(a)
    if count == 0:
        return PairedResult(0, nan, nan, nan, "no pairs")
    difference = a - b
    mean = float(difference.mean())
    if count == 1:
        return PairedResult(1, mean, nan, nan, "one pair: no test")
    spread = float(difference.std(ddof=1))
    # differences that are equal up to rounding have no spread either
    if spread <= 1e-12 * max(1.0, float(np.abs(a).max()), float(np.abs(b).max())):
        return PairedResult(count, mean, nan, nan, "all differences are equal: no test")
    # what scipy's `ttest_rel` comes to, which takes a millisecond more a call, and there are thousands
    p_value = 2.0 * float(special.stdtr(count - 1, -abs(mean) / (spread / np.sqrt(count))))
    smallest = sys.float_info.min
    note = "p below the smallest number" if p_value < smallest else ""
    return PairedResult(count, mean, mean / spread, max(p_value, smallest), note)


def checked_pair(
    method: npt.ArrayLike, baseline: npt.ArrayLike
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the values of two methods on the same units, each (N,).

    Raises:
        ValueError: if the lengths differ or a value is not finite.
    """
    a, b = np.asarray(method, dtype=np.float64), np.asarray(baseline, dtype=np.float64)
    if a.shape != b.shape or a.ndim != 1:
        raise ValueError(f"a pair of methods needs the same units; got shapes {a.shape} and {b.shape}")
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise ValueError("values must be finite")
    return a, b
