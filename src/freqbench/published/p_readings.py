"""The tests that a printed p-value of paired rows may come from, each with all p-values that the rows allow."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from freqbench.published.paired_range import positive_range, signed_rank_range, t_range
from freqbench.published.rounding import SLACK, Interval, Printed

T_TEST = "two-sided paired t-test"


@dataclass(frozen=True)
class PReading:
    """One test on the rows.

    Attributes:
        test: its name.
        spans: p-values of all rows that round to the printed ones; single points for a discrete statistic.
    """

    test: str
    spans: tuple[Interval, ...]

    @property
    def low(self) -> float:
        """Smallest p that the rows allow."""
        return min(span.low for span in self.spans)

    @property
    def high(self) -> float:
        """Largest p that the rows allow."""
        return max(span.high for span in self.spans)

    def allows(self, printed: Printed) -> bool:
        """Return whether some p that the rows allow can have been rounded to the printed digits."""
        return any(printed.allows(span) for span in self.spans)

    def allows_cut_off(self, printed: Printed) -> bool:
        """Return whether some p that the rows allow has the printed digits before they were cut off."""
        return any(printed.cut_off.meets(span, SLACK * printed.half_unit) for span in self.spans)


def p_readings(method: npt.ArrayLike, baseline: npt.ArrayLike, half_unit: float) -> list[PReading]:
    """Return the standard tests on printed rows, the two-sided paired t-test first.

    The ranges are exact, but for the unpaired t-test, whose range is an outer bound. p of ranks and signs is
    exact (no normal approximation), for differences without ties and zeros, as unrounded ones are.

    Args:
        method: printed values of the method, (N,), N > 1.
        baseline: printed values of the baseline on the same images, (N,).
        half_unit: half a unit of the last printed digit of both.
    """
    from scipy import stats

    a, b = np.asarray(method, dtype=np.float64), np.asarray(baseline, dtype=np.float64)
    difference, width, n = a - b, 2 * half_unit, len(a)
    t = t_range(difference, width)
    nearest = max(t.low, -t.high, 0.0)
    farthest = max(t.high, -t.low)
    greater = Interval(_upper(t.high, n - 1), _upper(t.low, n - 1))
    smaller = Interval(_upper(-t.low, n - 1), _upper(-t.high, n - 1))
    readings = [
        PReading(T_TEST, (Interval(2 * _upper(farthest, n - 1), 2 * _upper(nearest, n - 1)),)),
        PReading("one-sided paired t-test (method greater)", (greater,)),
        PReading("one-sided paired t-test (method smaller)", (smaller,)),
    ]
    readings += _discrete("Wilcoxon test", _signed_rank_probabilities(n), signed_rank_range(difference, width))
    signs = stats.binom.pmf(np.arange(n + 1), n, 0.5)
    readings += _discrete("sign test", signs, positive_range(difference, width))
    return [*readings, _unpaired(a, b, half_unit)]


def _upper(t: float, degrees: int) -> float:
    from scipy import stats

    return float(stats.t.sf(t, degrees))


def _discrete(name: str, probabilities: npt.NDArray[np.float64], possible: Iterable[int]) -> list[PReading]:
    """Return the two-sided and both one-sided readings of a statistic with a discrete null distribution."""
    greater = np.cumsum(probabilities[::-1])[::-1]
    smaller = np.cumsum(probabilities)
    kinds = {
        f"two-sided {name}": np.minimum(1.0, 2 * np.minimum(greater, smaller)),
        f"one-sided {name} (method greater)": greater,
        f"one-sided {name} (method smaller)": smaller,
    }
    return [
        PReading(kind, tuple(Interval(float(p[count]), float(p[count])) for count in possible))
        for kind, p in kinds.items()
    ]


def _signed_rank_probabilities(n: int) -> npt.NDArray[np.float64]:
    """Return the null distribution of W+: each rank from 1 to n is positive with probability 1/2."""
    probabilities = np.ones(1)
    for rank in range(1, n + 1):
        probabilities = (np.pad(probabilities, (0, rank)) + np.pad(probabilities, (rank, 0))) / 2
    return probabilities


def _unpaired(a: npt.NDArray[np.float64], b: npt.NDArray[np.float64], half_unit: float) -> PReading:
    """Return the t-test that takes the two columns for independent samples, with an outer bound of its range.

    Rounding moves the difference of means by at most two half units, and the pooled standard deviation, a norm
    of the centred rows, by at most the norm of the rounding errors.
    """
    n = len(a)
    gap = abs(float(a.mean() - b.mean()))
    spread = float(np.sqrt((a.var(ddof=1) + b.var(ddof=1)) / 2))
    slip = half_unit * np.sqrt(n / (n - 1))

    def p_of(distance: float, deviation: float) -> float:
        t = distance / deviation * np.sqrt(n / 2) if deviation > 0 else np.inf if distance > 0 else 0.0
        return 2 * _upper(float(t), 2 * n - 2)

    low, high = p_of(gap + 2 * half_unit, spread - slip), p_of(max(0.0, gap - 2 * half_unit), spread + slip)
    return PReading("two-sided unpaired t-test", (Interval(low, high),))
