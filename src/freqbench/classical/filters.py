"""The classical denoisers: one image in, one image out, with every flag of the libraries explicit."""

from types import ModuleType

import numpy as np
import numpy.typing as npt

from freqbench.errors import FreqbenchError

Image = npt.NDArray[np.floating]

TV_EPSILON, TV_ITERATIONS = 2e-4, 200
NLM_PATCH = 5
"""Width of the windows that non-local means compares, in pixels."""


def gaussian(image: Image, sigma: float) -> Image:
    """Filter an image (H, W) with a Gaussian of width ``sigma`` in pixels, mirrored at the border."""
    from scipy import ndimage

    return np.asarray(ndimage.gaussian_filter(image, sigma, mode="reflect", truncate=4.0))


def total_variation(image: Image, weight: float) -> Image:
    """Minimise the total variation of an image (H, W) against its distance to the input.

    Rudin, Osher and Fatemi (1992) by the dual algorithm of Chambolle (2004), as scikit-image has it. The strength
    ``weight`` is in units of the intensities: an image twice as bright needs twice the weight.
    """
    from skimage.restoration import denoise_tv_chambolle

    pixels = image.astype(np.float64)
    return np.asarray(
        denoise_tv_chambolle(pixels, weight=weight, eps=TV_EPSILON, max_num_iter=TV_ITERATIONS, channel_axis=None)
    )


def non_local_means(image: Image, h: float, patch_distance: int, sigma: float) -> Image:
    """Average the pixels of an image (H, W) that have like surroundings.

    Buades, Coll and Morel (2005), in the fast form of Darbon et al. (2008), which compares windows with uniform
    weights, as scikit-image has it.

    Args:
        image: any range.
        h: decay of the weights with the distance between windows, in units of the intensities.
        patch_distance: how far pixels are looked for, in pixels.
        sigma: standard deviation of the noise, whose share is taken from the distances.
    """
    from skimage.restoration import denoise_nl_means

    return np.asarray(
        denoise_nl_means(
            image.astype(np.float64),
            patch_size=NLM_PATCH,
            patch_distance=patch_distance,
            h=h,
            fast_mode=True,
            sigma=sigma,
            preserve_range=True,
            channel_axis=None,
        )
    )


def bm3d(image: Image, sigma: float) -> Image:
    """Denoise an image (H, W) by block matching and 3D filtering (Dabov et al. 2007), with its authors' package.

    Args:
        image: in [0, 1], about.
        sigma: standard deviation of white noise.

    Raises:
        FreqbenchError: if the package is not installed.
    """
    package = load_bm3d()
    restored = package.bm3d(
        image.astype(np.float64), sigma_psd=sigma, profile="np", stage_arg=package.BM3DStages.ALL_STAGES
    )
    return np.asarray(restored, dtype=np.float64).reshape(image.shape)


def load_bm3d() -> ModuleType:
    """Return the package ``bm3d``.

    Raises:
        FreqbenchError: if it is not installed. It comes with no extra of this package, since its licence forbids
            commercial use.
    """
    import importlib

    try:
        return importlib.import_module("bm3d")
    except ImportError as error:
        raise FreqbenchError(
            "package bm3d: cannot be imported; its licence allows non-commercial use only, so it does not come with "
            "freqbench: if your use is one, `pip install bm3d`; otherwise leave the controls bm3d and gat_bm3d out"
        ) from error
