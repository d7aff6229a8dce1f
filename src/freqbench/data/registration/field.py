"""A field of view, prepared for many registrations."""

from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy import fft, ndimage

from freqbench.data.registration.geometry import unrelated_copies
from freqbench.data.registration.placement_search import (
    NULL_TRANSFORMS,
    SEARCH_TRANSFORMS,
    Target,
    Template,
    template_size,
    turned,
)

Image = npt.NDArray[np.float64]

SHIFT_SIZE, TURN_SIZE = 128, 64
"""The search runs on images binned to about this width: by shift alone, and turned and scaled."""

DETAIL = 4
"""Fine detail is what is smaller than this many times the smoothing."""


class Field:
    """A prepared clean image with the binned copies that the search runs on."""

    def __init__(self, image: Image, smoothing: float = 2.0) -> None:
        """Take an image of shape (H, W), as ``prepare`` returns it with this smoothing in pixels."""
        self.image, self.smoothing = image, smoothing

    def factor(self, size: int) -> int:
        """Return the pixels binned into one so that the image has about this width."""
        return max(1, round(int(max(self.image.shape)) / size))

    def binned(self, size: int) -> Image:
        """Return the image binned to about this width."""
        return _bin(self.image, self.factor(size))

    @cached_property
    def detail(self) -> Image:
        """The image without its coarse structure."""
        return self.image - ndimage.gaussian_filter(self.image, max(1.0, DETAIL * self.smoothing))

    @cached_property
    def autocorrelation(self) -> Image:
        """Autocorrelation of the binned image at all lags, 1 at lag zero."""
        small = self.binned(TURN_SIZE)
        centred = small - small.mean()
        power = np.abs(fft.rfft2(centred, [2 * length for length in small.shape])) ** 2
        lags = fft.irfft2(power, [2 * length for length in small.shape])
        return np.asarray(lags / lags[0, 0]) if lags[0, 0] > 0 else np.ones_like(lags)

    @cached_property
    def shift_target(self) -> Target:
        """What second images are moved over."""
        small = self.binned(SHIFT_SIZE)
        return Target(small, (small.shape[0], small.shape[1]))

    @cached_property
    def turn_target(self) -> Target:
        """What turned and scaled second images are moved over."""
        small = self.binned(TURN_SIZE)
        return Target(small, template_size(small.shape))


class Candidate:
    """A field of view as the second of pairs: all its turned, scaled and mirrored templates."""

    def __init__(self, second: Field) -> None:
        """Prepare the templates of a field; this is worth keeping for all first fields of its size."""
        self.field = second
        small = second.binned(SHIFT_SIZE)
        self.moved, *self.moved_null = [_whole(copy) for copy in (small, *unrelated_copies(small))]
        tiny = second.binned(TURN_SIZE)
        self.turned = [_central(tiny, *transform) for transform in SEARCH_TRANSFORMS]
        self.turned_null = [
            _central(copy, *transform) for copy in unrelated_copies(tiny) for transform in NULL_TRANSFORMS
        ]


def prepare(clean: npt.NDArray[np.generic], smoothing: float) -> Field:
    """Return the smoothed logarithm of an image: bright cells then do not dominate the correlation.

    Args:
        clean: clean image of shape (H, W), any real type, values >= 0.
        smoothing: Gaussian sigma in pixels.
    """
    return Field(np.asarray(ndimage.gaussian_filter(np.log1p(clean.astype(np.float64)), smoothing)), smoothing)


def _whole(image: Image) -> Template:
    return Template(image, (image.shape[0], image.shape[1]))


def _central(image: Image, rotation: float, scale: float) -> Template:
    part = turned(image, rotation, scale, template_size(image.shape))
    return Template(part, (image.shape[0], image.shape[1]), rotation, scale)


def _bin(image: Image, factor: int) -> Image:
    height, width = (length // factor * factor for length in image.shape)
    blocks = image[:height, :width].reshape(height // factor, factor, width // factor, factor)
    return np.asarray(blocks.mean(axis=(1, 3)))
