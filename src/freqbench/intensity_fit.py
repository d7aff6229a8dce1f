"""Brightness and contrast by least squares: for methods whose loss fixes neither, and then for all others alike.

The FRC loss does not see scale or offset, so that PSNR and MSE of its output mean nothing until both are chosen. The
usual choice for images of one scene is the affine map that is closest to the clean image (csbdeep's evaluation has it
as `normalize_minmse`). It takes two numbers from each clean test patch: scores after it say how well the structure of
an image is restored, not its brightness.
"""

import numpy as np
import numpy.typing as npt

LEAST_SPREAD = 1e-12
"""Standard deviation below which an image is constant up to rounding: it has no contrast to be scaled."""


def fit_intensities(images: npt.NDArray[np.float32], clean: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    r"""Return images mapped by the :math:`a x + b`, a >= 0, of least squared distance to their clean images.

    In closed form, in float64: :math:`a = \max(0, \mathrm{cov}(x, t) / \mathrm{var}(x))` and
    :math:`b = \bar t - a \bar x`. The slope is bounded below because a negative one would turn an image that shows dark
    what is bright into a match; such an image, like a constant one, becomes the mean of its clean image.

    No mean squared error grows by it, as a = 1, b = 0 is one of the maps.

    Args:
        images: restored images (N, H, W) of any range.
        clean: their clean images (N, H, W).

    Raises:
        ValueError: if the shapes differ.
    """
    if images.shape != clean.shape:
        raise ValueError(f"images {images.shape} and clean images {clean.shape} differ in shape")
    fitted = np.empty(images.shape, dtype=np.float32)
    # one by one: the set in float64 would be twice its size
    for number, (image, target) in enumerate(zip(images, clean, strict=True)):
        mean, wanted = image.mean(dtype=np.float64), target.mean(dtype=np.float64)
        deviation = image.astype(np.float64) - mean
        variance = np.square(deviation).mean()
        slope = 0.0
        if variance > (LEAST_SPREAD * max(1.0, abs(mean))) ** 2:
            slope = max(0.0, float((deviation * (target - wanted)).mean() / variance))
        fitted[number] = slope * deviation + wanted
    return fitted
