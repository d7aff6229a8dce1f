"""Nuclei by smoothing, a local threshold and a watershed: the segmenter that needs no weights."""

import numpy as np
import numpy.typing as npt

from freqbench.config.nuclei import ThresholdSegmenter
from freqbench.nuclei.labels import Labels, in_reading_order

TRUNCATE = 4.0
"""Gaussians end at this many sigmas."""


def segment_by_threshold(image: npt.NDArray[np.float32], settings: ThresholdSegmenter) -> Labels:
    """Find bright nuclei on a dark background.

    Foreground is what is above both the Gaussian mean of its neighbourhood and a share of Li's threshold of the
    whole image, without holes, after an opening. Touching nuclei are divided by a watershed of the smoothed distance
    to the background (Beucher and Lantuéjoul 1979), from its maxima.

    Li's threshold (minimum cross entropy; Li and Lee 1993, DOI 10.1016/0031-3203(93)90115-D) and not Otsu's: a few
    very bright dead cells raise Otsu's above the dim nuclei of the same image.

    Args:
        image: clean image (H, W) in [0, 1].
        settings: the diameter of a nucleus, and lengths as shares of it.

    Returns:
        Labels (H, W), numbered in reading order; 0 everywhere in an image without contrast.
    """
    from scipy import ndimage
    from skimage import feature, segmentation

    if image.min() == image.max():
        return np.zeros(image.shape, dtype=np.uint16)
    foreground = _foreground(image.astype(np.float64), settings)
    distance = ndimage.distance_transform_edt(foreground)
    distance = ndimage.gaussian_filter(distance, settings.seed_smoothing * settings.diameter, truncate=TRUNCATE)
    objects, _ = ndimage.label(foreground)
    peaks = feature.peak_local_max(
        distance,
        min_distance=max(1, round(settings.seed_distance * settings.diameter)),
        threshold_abs=0.0,
        exclude_border=False,
        labels=objects,
    )
    seeds = np.zeros(image.shape, dtype=np.int32)
    seeds[tuple(peaks.T)] = np.arange(1, len(peaks) + 1)
    return in_reading_order(segmentation.watershed(-distance, seeds, mask=foreground))


def _foreground(image: npt.NDArray[np.float64], settings: ThresholdSegmenter) -> npt.NDArray[np.bool_]:
    from scipy import ndimage
    from skimage.filters import threshold_li, threshold_local
    from skimage.morphology import disk

    smooth = ndimage.gaussian_filter(image, settings.smoothing * settings.diameter, truncate=TRUNCATE)
    width = 2 * max(1, round(settings.window * settings.diameter / 2)) + 1  # an odd number
    local = threshold_local(smooth, width, method="gaussian", offset=0.0, mode="reflect")
    darkest = smooth.min()
    level = darkest + settings.level * (threshold_li(smooth) - darkest)
    foreground = ndimage.binary_fill_holes((smooth > local) & (smooth > level))
    radius = round(settings.opening * settings.diameter)
    if radius:
        foreground = ndimage.binary_opening(foreground, disk(radius))
    return np.asarray(foreground, dtype=np.bool_)
