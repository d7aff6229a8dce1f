"""Measure a field of view, simulated or real: what a phantom has to share with a microscope's image."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.signal.windows import tukey

from freqbench.data.noise_model.fit import expected_variance, robust_line
from freqbench.data.noise_model.points import Averaging, Points, level_sums, points
from freqbench.data.noise_model.residuals import LARGEST_LAG, ResidualSums, standardised
from freqbench.data.phantom.fields import Array
from freqbench.errors import FreqbenchError

_AVERAGED = 50  # captures in the clean image of FMD and of a phantom


@dataclass(frozen=True)
class Field:
    """One field of view: its clean image and its captures, 8-bit, ``(height, width)`` and ``(n, height, width)``."""

    clean: NDArray[np.uint8]
    captures: NDArray[np.uint8]

    @staticmethod
    def read(folder: Path, fov: int, captures: int = _AVERAGED) -> "Field":
        """Read a field from FMD's layout, at most `captures` of its captures.

        Raises:
            FreqbenchError: if there is no clean image or no capture, or one that is no 8-bit grey image.
        """
        clean = sorted((folder / "gt" / str(fov)).glob("*.png"))
        raw = sorted((folder / "raw" / str(fov)).glob("*.png"))[:captures]
        if not clean or not raw:
            raise FreqbenchError(f"{folder}: no clean image or no capture of FOV {fov} (gt/{fov}, raw/{fov})")
        images = [read_grey(path) for path in [clean[0], *raw]]
        if any(image.shape != images[0].shape for image in images):
            raise FreqbenchError(f"{folder}: the images of FOV {fov} differ in size; all must be equal")
        return Field(images[0], np.stack(images[1:]))

    @property
    def residuals(self) -> Array:
        """Captures minus clean image, counts."""
        return self.captures.astype(np.float64) - self.clean

    def input_psnr(self) -> float:
        """Return the mean PSNR of the captures against the clean image, dB, for a range of 255 counts."""
        error = np.maximum((self.residuals**2).mean(axis=(1, 2)), 1e-12)
        return float(np.mean(10 * np.log10(255**2 / error)))

    @cached_property
    def points(self) -> Points:
        """Mean and noise variance of each clean level, those of saturated ones marked."""
        return points(level_sums(self.captures, self.clean, Averaging(clean=_AVERAGED)).sum(axis=0))

    def mean_variance_line(self) -> tuple[float, float]:
        """Return slope (counts) and intercept (counts**2) of noise variance against mean.

        Both are NaN where fewer than three levels have enough pixels.
        """
        return robust_line(self.points) or (float("nan"), float("nan"))

    def neighbour_correlation(self) -> tuple[float, float]:
        """Return the correlation of the noise of neighbours along x and along y, each pixel weighted alike."""
        expected = expected_variance(self.points, robust_line(self.points))
        sums = ResidualSums()
        for residual in standardised(self.captures, self.clean, expected, Averaging(clean=_AVERAGED)):
            sums.add(residual, np.ones(residual.shape, dtype=bool))
        correlation = sums.autocorrelation()
        return float(correlation[LARGEST_LAG, LARGEST_LAG + 1]), float(correlation[LARGEST_LAG + 1, LARGEST_LAG])

    def saturated_percent(self) -> float:
        """Return the share of pixels at 255 counts in the captures, percent."""
        return float(100 * (self.captures == 255).mean())

    def histogram(self) -> Array:
        """Return the share of the captures' pixels at each of the 256 levels."""
        return np.bincount(self.captures.ravel(), minlength=256) / self.captures.size


def radial_power(image: NDArray[np.uint8]) -> tuple[Array, Array]:
    """Return frequency (cycles per pixel, 0 excluded, up to 1/2) and power (counts**2), averaged over rings.

    Parseval: the mean power over all frequencies is the variance of the image. A border of a tenth, tapered
    by cosines (Tukey window, of unit mean square), keeps the jump between opposite sides out of the spectrum.
    """
    window = np.outer(*(tukey(n, 0.2) for n in image.shape))
    window /= np.sqrt((window**2).mean())
    values = image.astype(np.float64)
    power = np.abs(np.fft.fft2((values - values.mean()) * window)) ** 2 / values.size
    frequency = np.hypot(*np.meshgrid(*(np.fft.fftfreq(n) for n in image.shape), indexing="ij"))
    side = min(image.shape)
    ring = np.rint(frequency * side).astype(int).ravel()
    mean = np.bincount(ring, power.ravel()) / np.maximum(np.bincount(ring), 1)
    rings = np.arange(1, side // 2 + 1)
    return rings / side, mean[rings]


def read_grey(path: Path) -> NDArray[np.uint8]:
    """Read an 8-bit grey image, ``(height, width)``.

    Raises:
        FreqbenchError: if the file is missing or something else.
    """
    try:
        with Image.open(path) as image:
            if image.mode != "L":
                raise FreqbenchError(f"{path}: an 8-bit grey image is needed, this is {image.mode}")
            return np.asarray(image, dtype=np.uint8)
    except OSError as error:
        raise FreqbenchError(f"{path}: not a readable image ({error})") from error
