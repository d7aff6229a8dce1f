"""The generalised Anscombe transformation: Poisson-Gaussian readings of unit variance, and the way back."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

LEAST = 2.0 * np.sqrt(3.0 / 8.0)
"""What a transformed reading of mean 0 without read noise is; below it the inverse's polynomial falls."""


@dataclass(frozen=True)
class GeneralisedAnscombe:
    """The transformation for readings z of variance ``gain * mean + intercept``.

    Forward (Starck, Murtagh and Bijaoui 1998; Foi 2008), with gain a and intercept c:

        f(z) = 2 / a * sqrt(max(0, a * z + 3/8 * a**2 + c)).

    With an offset g and a read noise s, c = s**2 - a * g; the transformation needs neither of the two alone. It is
    the same in both directions: for the inverse of Mäkitalo and Foi (2013), ``a * I(f) + g`` with the term
    ``-(s / a)**2`` of I is ``a * (...) - c / a``.

    Attributes:
        gain: counts per unit of signal, positive.
        intercept: counts**2. Negative: the line crosses zero at the mean ``-intercept / gain``, and no mean is
            below that offset. Positive: a variance of read noise, and no mean is below 0.

    Raises:
        ValueError: if the gain is not positive, or a parameter is not finite.
    """

    gain: float
    intercept: float

    def __post_init__(self) -> None:
        if not (np.isfinite(self.gain) and np.isfinite(self.intercept) and self.gain > 0):
            raise ValueError(f"gain {self.gain} and intercept {self.intercept}: the gain must be positive, both finite")

    @property
    def least_mean(self) -> float:
        """The lowest mean reading, in counts, whose variance is not negative; at least 0."""
        return max(0.0, -self.intercept / self.gain)

    def forward(self, counts: npt.ArrayLike) -> Array:
        """Transform readings in counts, any shape: their variance becomes 1, about, from a few counts of signal on."""
        z = np.asarray(counts, dtype=np.float64)
        root = self.gain * z + 0.375 * self.gain**2 + self.intercept
        return np.asarray(2.0 / self.gain * np.sqrt(np.maximum(root, 0.0)))

    def inverse(self, transformed: npt.ArrayLike) -> Array:
        """Return the mean in counts of readings whose transformed values have this mean.

        The closed form of the exact unbiased inverse (Mäkitalo and Foi 2011, equation 10, and 2013, equation 6): the
        algebraic inverse of the mean of transformed readings is too low, as the square root is concave. The result
        is not below ``least_mean``.
        """
        d = np.maximum(np.asarray(transformed, dtype=np.float64), LEAST)
        root = np.sqrt(1.5)
        unit = d**2 / 4 + root / 4 / d - 11 / 8 / d**2 + 5 / 8 * root / d**3 - 1 / 8
        return np.asarray(np.maximum(self.gain * unit - self.intercept / self.gain, self.least_mean))
