"""The mean squared error of restored captures as squared bias and variance."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Images = npt.NDArray[np.floating]


@dataclass(frozen=True)
class SplitError:
    """The parts of an error, means over the pixels of an image, in squared units of the images.

    Attributes:
        squared_bias: of the expected restored image against the clean one; an estimate, which may fall below zero.
        variance: of a restored image from capture to capture.
        captures: n, how many there are.
    """

    squared_bias: float
    variance: float
    captures: int

    @property
    def squared_error(self) -> float:
        """Mean squared error of a single restored capture: the sum of both parts, without a remainder."""
        return self.squared_bias + self.variance

    def of_mean(self, count: int) -> float:
        """Return the expected mean squared error of the mean of that many restored captures."""
        return self.squared_bias + self.variance / count


def split_error(restored: Images, clean: Images) -> SplitError:
    r"""Return squared bias and variance of restored captures of one scene.

    Of a pixel, let :math:`x_1, \dots, x_n` be the restored captures, independent and alike in distribution, with the
    mean :math:`\mu` and the variance :math:`\sigma^2`, and :math:`t` the clean value, a constant. Then

    .. math:: E\,(\bar x - t)^2 = (\mu - t)^2 + \sigma^2 / n,

    since :math:`\bar x` has the mean :math:`\mu` and the variance :math:`\sigma^2 / n`. The sample variance
    :math:`s^2`, with the divisor n - 1, has the expectation :math:`\sigma^2`. So

    .. math:: (\bar x - t)^2 - s^2 / n

    is an unbiased estimate of the squared bias :math:`(\mu - t)^2`. Without the second term it would be too large by
    :math:`\sigma^2 / n`. It may be negative; cut off at zero it would be biased again, and so it is not. Because
    :math:`\sum (x_i - t)^2 / n = (\bar x - t)^2 + s^2 (n - 1) / n`, both parts add up to the mean squared error of
    single captures exactly, not only in expectation. All hold for sums over pixels, whether these are independent
    or not.

    Where :math:`t` is itself the mean of N captures with the noise of these, of which the :math:`x_i` are some, it
    is no constant. For :math:`x_i` the captures themselves the estimate then has the expectation
    :math:`-\sigma^2 / N` instead of 0.

    Args:
        restored: restored captures (n, H, W), n at least 2.
        clean: the clean image (H, W).

    Raises:
        ValueError: if the shapes do not fit or there are fewer than two captures.
    """
    if restored.ndim != 3 or restored.shape[1:] != clean.shape:
        raise ValueError(f"expected captures (n, H, W) of a clean image (H, W), got {restored.shape}, {clean.shape}")
    count = len(restored)
    if count < 2:
        raise ValueError("the variance needs two captures at least")
    images = np.asarray(restored, dtype=np.float64)
    variance = float(images.var(axis=0, ddof=1).mean())
    of_mean = float(np.square(images.mean(axis=0) - clean).mean())
    return SplitError(of_mean - variance / count, variance, count)


def group_sizes(captures: int) -> list[int]:
    """Return 1, 2, 4, ... up to the number of captures, and that number."""
    return sorted({*(1 << power for power in range(captures.bit_length())), captures})


def group_means(restored: Images, size: int) -> Iterator[npt.NDArray[np.float64]]:
    """Yield the means of disjoint groups of successive captures; the last captures are left out if they fill none.

    Disjoint groups are independent where the captures are, and the mean of their squared errors is an unbiased
    estimate of that of one group.

    Args:
        restored: restored captures (n, H, W).
        size: captures in a group, at most n.
    """
    for first in range(0, len(restored) - size + 1, size):
        yield restored[first : first + size].mean(axis=0, dtype=np.float64)
