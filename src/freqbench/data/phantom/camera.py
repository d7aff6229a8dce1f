"""The detector of a confocal microscope: photon pulses cut at pixel borders, a pedestal, 8 bits.

The averages obey the Poisson-Gaussian law of FMD (Zhang et al., CVPR 2019): the variance of a pixel is a
straight line in its mean,

    variance = gain * (mean - pedestal) + read_noise**2 + 1 / 12      (counts**2)

with 1 / 12 from the rounding where the noise is wider than a count.

A scaled Poisson variable has that variance too, but its histogram is a comb with one tooth per photon,
which no FMD image shows. There, a dark pixel reads 3 or 4, and a single photon anything up to about twice
its mean height, small heights as often as large ones. A photomultiplier does exactly this: the height of a
pulse varies from photon to photon, and a pulse that is still running at the end of a pixel is cut there.
The model therefore draws every photon, with its arrival time and its height.

Measured on FMD's own captures: `ZEBRAFISH_CAMERA` on Confocal_FISH FOV 19 (four captures), `NUCLEI_CAMERA`
on Confocal_BPAE_B FOV 1 (fifty captures) and FOV 19. The histograms at clean levels of 5 to 30 counts gave
the pedestal, the read noise, the spread of the heights and the pulse duration; the latter two came out the
same, 0.39 and 0.46, for both data sets. The gain is the slope of variance against mean, and the carry-over
gives the correlation of neighbours, 0.053 along x, none along y.

On FOV 19, different ways of fitting the line give slopes of 20.4 to 22 counts and intercepts of -57 to -82
counts**2 (21.1 * mean - 57 is one of them). The pedestal is not the zero of such a line, 2.7 to 3.7, but what
the dark pixels read: 95 % of them 3 or 4, about equally often.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from freqbench.data.phantom.streams import quantise

FULL_SCALE = 255
_ROUNDING_VARIANCE = 1 / 12


@dataclass(frozen=True)
class Camera:
    """A detector with photon pulses of random height; every number in 8-bit counts.

    Attributes:
        gain: slope of variance against mean, counts.
        pedestal: reading without light, counts.
        read_noise: standard deviation of the electronic noise, counts.
        height_cv: coefficient of variation of the pulse height (a gamma distribution).
        pulse_duration: length of a pulse as a fraction of the time spent on a pixel, 0 to 1.
        carry_over: fraction of a cut pulse's remainder that the next pixel of the row still collects;
            the rest falls into the integrator's dead time.
    """

    gain: float
    pedestal: float
    read_noise: float
    height_cv: float = 0.39
    pulse_duration: float = 0.46
    carry_over: float = 0.5

    @property
    def _collected(self) -> float:
        """Mean charge that a photon leaves, in both pixels together, per mean pulse height."""
        return 1 - self.pulse_duration / 2 * (1 - self.carry_over)

    @property
    def _second_moment(self) -> float:
        """Sum over both pixels of the mean squared fraction of a pulse (cut point uniform)."""
        return 1 - 2 / 3 * self.pulse_duration + self.carry_over**2 * self.pulse_duration / 3

    @property
    def pulse_height(self) -> float:
        """Mean height of a photon's pulse in counts: what makes the variance rise by `gain` per count."""
        return self.gain * self._collected / ((1 + self.height_cv**2) * self._second_moment)

    @property
    def neighbour_correlation(self) -> float:
        """Correlation of the noise of two neighbours along the scan direction (x); across it, zero."""
        return self.carry_over * self.pulse_duration / 6 / self._second_moment

    def variance(self, mean: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the variance (counts**2) that an unclipped pixel of this mean (counts) has."""
        noise: NDArray[np.float64] = self.gain * (mean - self.pedestal)
        return noise + self.read_noise**2 + _ROUNDING_VARIANCE

    def capture(self, signal: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.uint8]:
        """Draw one image.

        Args:
            signal: expected counts above the pedestal, ``(height, width)``, not negative.
            rng: source of randomness; it alone decides the outcome.

        Returns:
            The readings, rounded and clipped to 0..255, of the same shape.

        Raises:
            ValueError: if the signal is not a plane or holds a negative or undefined value.
        """
        if signal.ndim != 2 or not np.all(signal >= 0):
            raise ValueError("signal: a plane of counts, none of them negative or undefined, is needed")
        # The beam comes in from outside the field: without a column before the first one, the first
        # column would miss the charge carried over to it.
        photons = quantise(signal / (self.pulse_height * self._collected))
        photons = np.concatenate([photons[:, :1], photons], axis=1)
        counts = rng.poisson(photons).ravel()
        pixel = np.repeat(np.arange(counts.size), counts)
        heights = rng.gamma(1 / self.height_cv**2, self.height_cv**2 * self.pulse_height, pixel.size)
        time_left = 1 - rng.random(pixel.size)
        here = heights * np.minimum(time_left / self.pulse_duration, 1)
        charge = np.bincount(pixel, here, minlength=counts.size).reshape(photons.shape)
        carried = np.bincount(pixel, (heights - here) * self.carry_over, minlength=counts.size)
        pedestal = rng.normal(self.pedestal, self.read_noise, signal.shape)
        reading = pedestal + charge[:, 1:] + carried.reshape(photons.shape)[:, :-1]
        return np.asarray(np.clip(np.rint(reading), 0, FULL_SCALE), dtype=np.uint8)


ZEBRAFISH_CAMERA = Camera(gain=21.9, pedestal=3.48, read_noise=0.39)
NUCLEI_CAMERA = Camera(gain=3.9, pedestal=3.39, read_noise=0.26)
