"""The classical denoisers with the grids of their parameters, in units of the noise."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from freqbench.classical import filters
from freqbench.classical.filters import Image
from freqbench.classical.tuning import Parameters

GAUSSIAN_SIGMAS = (0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0)
"""Widths in pixels."""
TV_WEIGHTS = tuple(float(weight) for weight in np.geomspace(0.25, 4.0, 13).round(4))
NLM_DECAYS = (0.2, 0.3, 0.45, 0.7, 1.0, 1.5, 2.2, 3.3, 5.0)
"""Both in standard deviations of the noise."""
NLM_DISTANCES = (2, 4, 8)
"""In pixels: windows of 5, 9 and 17 pixels are searched."""
BM3D_SIGMAS = (0.6, 0.8, 1.0, 1.2, 1.5, 2.0)
"""Assumed noise in units of the measured one: neither method knows noise that depends on the signal exactly."""


@dataclass(frozen=True)
class Denoiser:
    """A filter and what is tried of its parameters.

    Attributes:
        apply: returns an image (H, W) in [0, 1], denoised; called with the image, the standard deviation of its
            noise, and the parameters by name.
        grid: returns what is tried, from the standard deviation of the noise.
        patches: train patches on which it is tried.
        settings: what is fixed, to be written down.
    """

    apply: Callable[..., Image]
    grid: Callable[[float], list[Parameters]]
    patches: int
    settings: dict[str, Any]


def _gaussian(image: Image, noise: float, *, sigma: float) -> Image:  # noqa: ARG001 - all are called alike
    return filters.gaussian(image, sigma)


def _total_variation(image: Image, noise: float, *, weight: float) -> Image:  # noqa: ARG001
    return filters.total_variation(image, weight)


def _non_local_means(image: Image, noise: float, *, h: float, patch_distance: float) -> Image:
    return filters.non_local_means(image, h, int(patch_distance), noise)


def _bm3d(image: Image, noise: float, *, sigma_psd: float) -> Image:  # noqa: ARG001
    return filters.bm3d(image, sigma_psd)


DENOISERS = {
    "gaussian": Denoiser(
        _gaussian,
        lambda _: [{"sigma": sigma} for sigma in GAUSSIAN_SIGMAS],
        patches=64,
        settings={"border": "reflect", "truncate": 4.0},
    ),
    "tv": Denoiser(
        _total_variation,
        lambda noise: [{"weight": weight * noise} for weight in TV_WEIGHTS],
        patches=24,
        settings={"eps": filters.TV_EPSILON, "max_num_iter": filters.TV_ITERATIONS},
    ),
    "nlm": Denoiser(
        _non_local_means,
        lambda noise: [
            {"h": decay * noise, "patch_distance": distance} for distance in NLM_DISTANCES for decay in NLM_DECAYS
        ],
        patches=24,
        settings={"patch_size": filters.NLM_PATCH, "fast_mode": True, "sigma": "the noise"},
    ),
    "bm3d": Denoiser(
        _bm3d,
        lambda noise: [{"sigma_psd": sigma * noise} for sigma in BM3D_SIGMAS],
        patches=24,
        settings={"profile": "np", "stages": "all"},
    ),
}
"""By the name of the control, without the prefix of the transformation."""
