"""Where a denoiser works: on the intensities as they are, or on readings whose noise has unit variance."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from freqbench.classical.anscombe import Array, GeneralisedAnscombe
from freqbench.classical.filters import Image
from freqbench.data.image_files import Grey, Pixels, to_unit_range

LEAST_NOISE = 1e-6
"""Below it, patches are taken to have that noise: grids are multiples of it."""


class Domain(Protocol):
    """Leads readings into the range of a denoiser, where the bit depth ends at 1, and its output to intensities."""

    @property
    def noise(self) -> float:
        """Standard deviation of the noise there."""

    def forward(self, readings: Pixels) -> Image:
        """Return an image (H, W) for the denoiser from readings of the full range of their type."""

    def backward(self, image: Image) -> Image:
        """Return intensities (H, W) from what the denoiser made."""


@dataclass(frozen=True)
class Plain:
    """The intensities as they are.

    Attributes:
        noise: root mean square of the difference between degraded and clean train patches, in [0, 1].
    """

    noise: float

    @classmethod
    def of(cls, noisy: Pixels, clean: Grey) -> "Plain":
        """Return the domain of patches (N, H, W) with their clean images."""
        difference = to_unit_range(noisy).astype(np.float64) - to_unit_range(clean)
        return cls(max(float(np.sqrt(np.mean(difference**2))), LEAST_NOISE))

    def forward(self, readings: Pixels) -> Image:
        """Scale by the maximum of the type; floats have the unit already."""
        return to_unit_range(readings)

    def backward(self, image: Image) -> Image:
        """Return the image as it is."""
        return image


@dataclass(frozen=True)
class Stabilised:
    """Readings under the generalised Anscombe transformation, scaled so that the type's range becomes [0, 1].

    Attributes:
        transformation: with parameters in counts of the type.
        top: largest count of the type.
    """

    transformation: GeneralisedAnscombe
    top: int

    @property
    def _ends(self) -> Array:
        return self.transformation.forward([0.0, float(self.top)])

    @property
    def noise(self) -> float:
        """Standard deviation of the noise in the scaled range."""
        return float(1.0 / np.diff(self._ends)[0])

    def forward(self, readings: Pixels) -> Image:
        """Transform and scale."""
        return np.asarray((self.transformation.forward(readings) - self._ends[0]) * self.noise)

    def backward(self, image: Image) -> Image:
        """Undo the scale, then the transformation by its exact unbiased inverse."""
        counts = self.transformation.inverse(image.astype(np.float64) / self.noise + self._ends[0])
        return np.asarray(counts / self.top)
