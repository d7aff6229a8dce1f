"""Choose the parameters of a denoiser: the best mean PSNR on train patches, over a grid."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Parameters = dict[str, float]
Images = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Tuning:
    """What was tried and what was best.

    Attributes:
        parameters: the best ones.
        curve: mean PSNR in dB of each point of the grid, in its order.
        at_end: parameters whose best value is the first or the last of its grid: a wider grid might hold a better one.
    """

    parameters: Parameters
    curve: tuple[tuple[Parameters, float], ...]
    at_end: tuple[str, ...]


def tune(
    denoise: Callable[[Parameters], Images],
    grid: Sequence[Parameters],
    clean: Images,
    advance: Callable[[int, int], None] | None = None,
) -> Tuning:
    """Return the parameters with the best mean PSNR; the first of equals.

    Args:
        denoise: returns the train patches (N, H, W) in [0, 1], denoised with the given parameters.
        grid: what is tried.
        clean: the clean train patches (N, H, W) in [0, 1].
        advance: called with the number of points tried and the number of all.
    """
    curve = []
    for number, parameters in enumerate(grid, start=1):
        curve.append((parameters, mean_psnr(denoise(parameters), clean)))
        if advance is not None:
            advance(number, len(grid))
    best, _ = max(curve, key=lambda point: point[1])
    at_end = []
    for name, value in best.items():
        values = {point[name] for point in grid}
        if len(values) > 1 and value in {min(values), max(values)}:
            at_end.append(name)
    return Tuning(best, tuple(curve), tuple(at_end))


def mean_psnr(images: Images, clean: Images) -> float:
    """Return the mean over images (N, H, W) of the PSNR in dB, data range 1; at most 120 dB each."""
    error = np.mean((images - clean) ** 2, axis=(1, 2))
    return float(np.mean(-10.0 * np.log10(np.maximum(error, 1e-12))))


def evenly_spread(count: int, at_most: int) -> npt.NDArray[np.int64]:
    """Return the numbers of at most so many of ``count`` things, evenly spread, from the first to the last."""
    return np.unique(np.linspace(0, count - 1, at_most).round().astype(np.int64))
