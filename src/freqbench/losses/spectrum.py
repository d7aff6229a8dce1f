"""The half spectrum of real images, and means over the full spectrum taken from it."""

import torch
from torch import Tensor


def full_spectrum(images: Tensor) -> Tensor:
    """Return the orthonormal 2D DFT of real images (..., H, W) at all frequencies, complex, (..., H, W)."""
    spectrum: Tensor = torch.fft.fft2(images, norm="ortho")
    return spectrum


def half_spectrum(images: Tensor) -> Tensor:
    """Return the orthonormal 2D DFT of real images at the non-negative horizontal frequencies.

    The other half of the spectrum is its complex conjugate and carries nothing new.

    Args:
        images: (..., H, W), real.

    Returns:
        (..., H, W // 2 + 1), complex: rows in the order of `torch.fft.fftfreq`, columns from 0 upwards.
    """
    spectrum: Tensor = torch.fft.rfft2(images, norm="ortho")
    return spectrum


def hermitian_multiplicity(width: int, *, like: Tensor) -> Tensor:
    """Return how often each column of the half spectrum occurs in the full one: 1 or 2.

    Once: the zero frequency and, for an even width, the Nyquist frequency. A sum over the half spectrum
    with these weights equals the sum over the full one for every quantity that conjugation leaves alone.

    Args:
        width: W of the images.
        like: real tensor whose precision and device are wanted.

    Returns:
        (W // 2 + 1,)
    """
    multiplicity = like.new_full((width // 2 + 1,), 2.0)
    multiplicity[:1].fill_(1.0)
    if width % 2 == 0:
        multiplicity[-1:].fill_(1.0)
    return multiplicity
