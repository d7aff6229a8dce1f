"""Variance components of crossed and nested random effects, balanced or not, by Henderson's Method I."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

RESIDUAL = "residual"
"""The component of single observations, beside those of the named factors."""

Codes = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Component:
    """The estimated variance of one random effect.

    Attributes:
        levels: different levels that the data hold.
        estimate: the estimate as it comes, below 0 at times; NaN where the design allows none.
        held_by: the effect that cannot be told from this one, and whose estimate is that of their sum.
        note: why there is no estimate, or that it is below 0.
    """

    levels: int
    estimate: float
    held_by: str = ""
    note: str = ""

    @property
    def variance(self) -> float:
        """The estimate, 0 where it is below 0."""
        return max(self.estimate, 0.0) if np.isfinite(self.estimate) else self.estimate


def variance_components(values: npt.ArrayLike, factors: Mapping[str, npt.ArrayLike]) -> dict[str, Component]:
    """Estimate the variance of each random effect of ``value = mean + effect of each factor + residual``.

    For each factor the sum over its levels of (total of the level)² / (its observations) is taken; their expectations
    are linear in the variances, whose coefficients the design alone gives, and the equations are solved (Henderson
    1953, Method I). With independent effects of mean zero the estimates are unbiased for any design, and need no
    normal distribution. In balanced designs they are those of the analysis of variance, which equal REML's where all
    are positive.

    A factor with one level has no estimate. Of two that divide the data alike the first holds both, and the other has
    none. So it is for any effect that the design cannot separate.

    Args:
        values: observations, (N,), finite.
        factors: label of each observation, (N,), by factor: the earlier stand first where two cannot be told apart.
            A nested factor needs labels of its own in each level of the outer one.

    Returns:
        One component a factor, in their order, and `RESIDUAL`.

    Raises:
        ValueError: if a length differs, a value is not finite, or a factor is called as the residual.

    References:
        C. R. Henderson, "Estimation of variance and covariance components", Biometrics 9, 1953.
        S. R. Searle, G. Casella and C. E. McCulloch, "Variance Components", Wiley 1992, chapter 5.
    """
    return Design(factors, np.size(values)).components(values)


class Design:
    """What the estimates of any values with the same factors have in common: their equations."""

    def __init__(self, factors: Mapping[str, npt.ArrayLike], count: int | None = None) -> None:
        """Set up the equations.

        Args:
            factors: as in `variance_components`.
            count: observations; None for as many as the first factor has labels.

        Raises:
            ValueError: if the numbers of labels differ, or a factor is called as the residual.
        """
        if RESIDUAL in factors:
            raise ValueError(f"a factor cannot be called {RESIDUAL}")
        self.count = np.size(next(iter(factors.values()))) if count is None else count
        self._codes = {name: _codes(labels, self.count) for name, labels in factors.items()}
        self._codes[RESIDUAL] = np.arange(self.count)
        self._holders = _holders(self._codes)
        self._levels = {name: int(code.max(initial=-1)) + 1 for name, code in self._codes.items()}
        distinct = [name for name, holder in self._holders.items() if not holder and self._levels[name] > 1]
        self._distinct = {name: self._codes[name] for name in distinct}
        self._sizes = {name: np.bincount(code) for name, code in self._distinct.items()}
        self._matrix = self._equations()

    def components(self, values: npt.ArrayLike) -> dict[str, Component]:
        """Return the components of values, (N,), as `variance_components` does.

        Raises:
            ValueError: if their number is another than that of the labels, or one is not finite.
        """
        observed = np.asarray(values, dtype=np.float64)
        if observed.shape != (self.count,) or not np.isfinite(observed).all():
            raise ValueError("values must be one-dimensional and finite, as many as the factors have labels")
        estimates = self._solve(observed) if self._distinct else {}
        return {name: _component(name, self._levels[name], self._holders[name], estimates) for name in self._codes}

    def _equations(self) -> npt.NDArray[np.float64]:
        """Return the coefficients of the variances, in columns, in each expected sum of squares."""
        codes = self._distinct.values()
        matrix = np.array([[_coefficient(rows, columns) for columns in codes] for rows in codes])
        return matrix - [np.sum(sizes.astype(np.float64) ** 2) / self.count for sizes in self._sizes.values()]

    def _solve(self, values: npt.NDArray[np.float64]) -> dict[str, float]:
        """Return estimates by factor, NaN where the equations leave one open."""
        # about their mean the values have no total, so that the mean drops out of the equations
        centred = values - values.mean()
        sums = np.array(
            [np.sum(np.bincount(code, centred) ** 2 / self._sizes[name]) for name, code in self._distinct.items()]
        )
        _, singular, directions = np.linalg.svd(self._matrix)
        open_directions = directions[singular < 1e-9 * singular[0]]
        solution = np.linalg.lstsq(self._matrix, sums, rcond=1e-9)[0]
        solution[(np.abs(open_directions) > 1e-6).any(axis=0)] = np.nan
        return dict(zip(self._distinct, solution.tolist(), strict=True))


def _codes(labels: npt.ArrayLike, count: int) -> Codes:
    """Return levels by number, in the order of their first observation."""
    found = np.asarray(labels)
    if found.shape != (count,):
        raise ValueError(f"each of {count} values needs a label; got shape {found.shape}")
    _, first, inverse = np.unique(found, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[inverse]


def _holders(codes: Mapping[str, Codes]) -> dict[str, str]:
    """Return for each factor the first that divides the data alike, empty for the first itself."""
    holders: dict[str, str] = {}
    for name, code in codes.items():
        alike = [other for other, holder in holders.items() if not holder and np.array_equal(codes[other], code)]
        holders[name] = alike[0] if alike and code.any() else ""
    return holders


def _coefficient(rows: Codes, columns: Codes) -> float:
    """Return how often the variance of one factor stands in the expected sum of squares of another."""
    width = int(columns.max()) + 1
    pairs, together = np.unique(rows * width + columns, return_counts=True)
    return float(np.sum(together.astype(np.float64) ** 2 / np.bincount(rows)[pairs // width]))


def _component(name: str, levels: int, holder: str, estimates: Mapping[str, float]) -> Component:
    estimate = estimates.get(name, float("nan"))
    if holder:
        return Component(levels, estimate, holder, f"cannot be told from {holder}")
    if levels < 2:
        return Component(levels, estimate, note="one level alone" if levels else "no observation")
    if np.isnan(estimate):
        return Component(levels, estimate, note="the design cannot separate it")
    return Component(levels, estimate, note=f"estimate {estimate:.3g}, reported as 0" if estimate < 0 else "")
