"""Poisson-Gaussian noise of a data set: the line of variance against mean, from repeated captures.

The model (Foi et al. 2008; Zhang et al., CVPR 2019, FMD): a reading of mean m has the variance

    variance = gain * (m - offset) + read_noise**2                                   (counts**2)

Variances and means are averaged over pixels of like clean level, and a line is fitted to these points. Sorting
pixels by a level that shares noise with what is averaged bends the line: a pixel that looks dark by chance is
averaged with darker ones. Levels therefore come from other captures than the means and variances do. Where the
clean image is the rounded mean of N captures and few of them, n, are measured, the other captures alone give

    level = (N * clean - sum of the n) / (N - n),

and where most are measured, each half of them is sorted by the mean of the other half.

The mean of the variances of any pixels sorted that way is ``gain * (mean of their means - offset) +
read_noise**2`` exactly, however wide the levels and however noisy the sorting.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from freqbench.data.image_files import Grey

Array = npt.NDArray[np.float64]

LEVELS = 256
"""Levels between 0 and the maximum of the bit depth."""
SUMS = ("pixels", "readings", "saturated", "x", "y", "xx", "xy", "yy")
"""Per level: pixels, readings, saturated readings; sums of mean x and variance y over the pixels."""


@dataclass(frozen=True)
class Averaging:
    """What the clean image and one degraded image are averages of.

    Attributes:
        clean: captures in the clean image, which contains every degraded image; 0: it contains none of them.
        degraded: captures in a degraded image, chosen at random from those of the clean image.
    """

    clean: int = 50
    degraded: int = 1

    @property
    def variance_factor(self) -> float:
        """What turns the variance over (or squared residual of) images that share captures into the noise's.

        Means of S out of N captures, drawn without replacement, scatter about the mean of all with
        (1 - S / N) times the variance of a mean of S independent captures (finite population correction).
        """
        return self.clean / (self.clean - self.degraded) if self.clean else 1.0


def clean_level(captures: Grey, clean: Grey, averaging: Averaging) -> Array:
    """Return the level of each pixel from captures other than these, counts (H, W).

    Args:
        captures: integers (n, H, W).
        clean: integers (H, W).
        averaging: what the clean image contains.
    """
    number = len(captures)
    if averaging.degraded != 1 or not averaging.clean > number:
        return clean.astype(np.float64)
    total = captures.sum(axis=0, dtype=np.float64)
    return np.asarray((averaging.clean * clean.astype(np.float64) - total) / (averaging.clean - number))


def groups(captures: Grey, clean: Grey, averaging: Averaging) -> list[tuple[Grey, Array]]:
    """Return groups of captures, each with the level (H, W) of its pixels, in counts.

    Where most of the captures in the clean image are measured, they are halved and each half is sorted by the
    mean of the other. What the rounded clean image says of the rest would be too coarse: its rounding error
    grows by ``N / (N - n)`` and then sorts pixels by their own readings.
    """
    if averaging.degraded == 1 and averaging.clean and len(captures) > averaging.clean // 2:
        halves = captures[0::2], captures[1::2]
        means = [half.mean(axis=0) for half in halves]
        return [(halves[0], means[1]), (halves[1], means[0])]
    return [(captures, clean_level(captures, clean, averaging))]


def mean_and_variance(captures: Grey, clean: Grey, averaging: Averaging) -> tuple[Array, Array]:
    """Return mean (counts) and unbiased variance (counts**2) of each pixel over captures, (H, W).

    A single capture has no variance over captures: its squared residual to the clean image stands in, corrected
    for the share of the capture in the clean image. That needs a clean image that contains the capture.

    Raises:
        ValueError: if there is a single capture and the clean image does not contain it.
    """
    readings = captures.astype(np.float64)
    if len(captures) > 1:
        factor = averaging.variance_factor if averaging.degraded > 1 else 1.0
        return readings.mean(axis=0), factor * readings.var(axis=0, ddof=1)
    if not averaging.clean:
        raise ValueError("one capture of a field of view, and a clean image that does not contain it, show no noise")
    return readings[0], averaging.variance_factor * (readings[0] - clean) ** 2


def level_sums(captures: Grey, clean: Grey, averaging: Averaging, block: int | None = None) -> Array:
    """Return the sums of one field of view by level, for whole images or for square blocks of them.

    Args:
        captures: integers (n, H, W), n at least 1.
        clean: integers (H, W).
        averaging: what the clean image contains.
        block: width and height of a block in pixels; None: the whole image is one.

    Returns:
        Sums (blocks, ``LEVELS``, ``len(SUMS)``) in the order of ``SUMS``.

    Raises:
        ValueError: if the shapes differ, or a single capture shows no noise.
    """
    if captures.ndim != 3 or captures.shape[1:] != clean.shape or not len(captures):
        raise ValueError(f"captures {captures.shape} and clean image {clean.shape} do not belong together")
    top = np.iinfo(clean.dtype).max
    rows, columns = (np.arange(length) // (block or length) for length in clean.shape)
    cell = rows[:, None] * (columns[-1] + 1) + columns
    shape = (int(cell.max()) + 1, LEVELS)
    total = np.zeros((*shape, len(SUMS)))
    for group, sorted_by in groups(captures, clean, averaging):
        level = np.clip(np.rint(sorted_by / (top / (LEVELS - 1))), 0, LEVELS - 1)
        key = (cell * LEVELS + level.astype(np.int64)).ravel()
        x, y = mean_and_variance(group, clean, averaging)
        saturated = (group == top).sum(axis=0)
        values = (np.ones_like(x), np.full_like(x, len(group)), saturated, x, y, x * x, x * y, y * y)
        for number, value in enumerate(values):
            total[..., number] += np.bincount(key, value.ravel(), minlength=total[..., 0].size).reshape(shape)
    return total


@dataclass(frozen=True)
class Points:
    """Mean-variance points, one a level that has pixels enough.

    Attributes:
        level: number of the level, 0 to 255.
        pixels: pixels of the level (twice, where two groups of captures share it).
        mean: mean reading, counts.
        variance: noise variance, counts**2.
        saturated: share of saturated readings.
        used: whether the fit uses the level.
        moments: within-level variance of x, covariance of x and y, variance of y, (levels, 3).
    """

    level: npt.NDArray[np.int64]
    pixels: Array
    mean: Array
    variance: Array
    saturated: Array
    used: npt.NDArray[np.bool_]
    moments: Array

    def spread(self, gain: float) -> Array:
        """Return the variance of ``y - gain * x`` over the pixels of each level: errors in both count."""
        return np.asarray(self.moments @ np.array([gain**2, -2 * gain, 1.0]))


def points(
    sums: Array, *, least_pixels: int = 50, most_saturated: float = 1e-3, window: int = 16, darkest: int = 0
) -> Points:
    """Return the mean-variance points of summed level sums.

    Saturation cuts the variance of bright levels. Levels are used up to the first of ``window`` levels in
    which, together, a larger share of readings than ``most_saturated`` is saturated: a limit by level, since
    leaving out single levels by their own readings would prefer those that scatter less.

    Args:
        sums: (``LEVELS``, ``len(SUMS)``), from ``level_sums``, added over blocks and fields of view.
        least_pixels: pixels that a level needs.
        most_saturated: share of saturated readings, 0 to 1.
        window: number of levels.
        darkest: lowest level that is used.
    """
    by_name = dict(zip(SUMS, sums.T, strict=True))
    padded = [np.concatenate([by_name[name], np.zeros(window - 1)]) for name in ("saturated", "readings")]
    saturated, readings = (np.lib.stride_tricks.sliding_window_view(array, window).sum(axis=1) for array in padded)
    clipped = np.flatnonzero(saturated > most_saturated * readings)
    limit = int(clipped[0]) if clipped.size else LEVELS
    level = np.flatnonzero(by_name["pixels"] >= least_pixels)
    count = by_name["pixels"][level]
    x, y, xx, xy, yy = (by_name[name][level] / count for name in ("x", "y", "xx", "xy", "yy"))
    return Points(
        level,
        count,
        x,
        y,
        by_name["saturated"][level] / by_name["readings"][level],
        (level < limit) & (level >= darkest),
        np.stack([xx - x * x, xy - x * y, yy - y * y], axis=1),
    )


def as_counts(sums: Array) -> dict[str, Any]:
    """Return pixels, readings and saturated readings of summed level sums."""
    return {name: int(sums[..., number].sum()) for number, name in enumerate(SUMS[:3])}
