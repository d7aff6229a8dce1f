"""How the microscope blurs: sharp and out-of-focus light."""

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft2, next_fast_len, rfft2
from scipy.ndimage import gaussian_filter

Array = NDArray[np.float64]

PIXEL_UM = 0.3  # declared scale of the phantom: cells of 24 pixels are then 7 um wide, nuclei 14 um
WAVELENGTH_UM = 0.461  # emission peak of DAPI
NUMERICAL_APERTURE = 0.45  # of a dry 20x objective, as used for screens of nuclei
DEFOCUS_UM = 5.0

_TRUNCATE = 4.0


def gaussian_blur(image: Array, sigma: float) -> Array:
    """Convolve with a Gaussian of standard deviation `sigma` pixels; the border is mirrored."""
    return np.asarray(gaussian_filter(image, sigma, mode="reflect", truncate=_TRUNCATE), dtype=np.float64)


def defocused_point_spread(defocus_um: float, size: int) -> Array:
    """Return the point-spread function of a defocused pupil, the sum being 1.

    Scalar theory: the pupil is 1 within the aperture NA / wavelength, where the defocus adds the phase
    2 pi z sqrt(1 / wavelength**2 - k**2); the point-spread function is the squared modulus of its
    Fourier transform (Goodman, Introduction to Fourier Optics, chapter 6; refractive index 1).

    Args:
        defocus_um: distance from the focal plane, um.
        size: side of the returned square in pixels of `PIXEL_UM`; its centre is at index (0, 0).
    """
    frequency = np.fft.fftfreq(size, PIXEL_UM)
    squared = frequency[:, None] ** 2 + frequency[None, :] ** 2
    inside = squared <= (NUMERICAL_APERTURE / WAVELENGTH_UM) ** 2
    axial = np.sqrt(np.where(inside, 1 / WAVELENGTH_UM**2 - squared, 0))
    pupil = np.where(inside, np.exp(2j * np.pi * defocus_um * axial), 0)
    intensity = np.abs(np.fft.ifft2(pupil)) ** 2
    return np.asarray(intensity / intensity.sum(), dtype=np.float64)


def defocus_margin(defocus_um: float) -> int:
    """Return how far, in pixels, light from outside a window reaches into its defocused image.

    That is the geometric radius of the cone of light, with room for the diffraction at its edge.
    """
    tangent = NUMERICAL_APERTURE / np.sqrt(1 - NUMERICAL_APERTURE**2)
    return int(np.ceil(1.5 * abs(defocus_um) * tangent / PIXEL_UM)) + 8


def defocus(image: Array, defocus_um: float) -> Array:
    """Blur a plane as a microscope focused `defocus_um` away from it does; light is conserved.

    The image is periodic for this function: give it a margin of `defocus_margin` and cut that off.
    """
    rows, columns = image.shape
    side = next_fast_len(max(rows, columns), real=True)
    padded = np.pad(image, ((0, side - rows), (0, side - columns)), mode="symmetric")
    spread = rfft2(defocused_point_spread(defocus_um, side))
    blurred = irfft2(rfft2(padded) * spread, s=padded.shape)
    return np.maximum(np.asarray(blurred[:rows, :columns], dtype=np.float64), 0)
