"""What two images have in each ring of their spectra: common power and power of each."""

from typing import NamedTuple

import torch
from torch import Tensor

from freqbench.losses.rings import ring_sums
from freqbench.losses.spectrum import hermitian_multiplicity


class RingProducts(NamedTuple):
    """Sums over the channels and over the frequencies of each ring of the full spectrum.

    Attributes:
        common: real part of the product of one spectrum with the conjugate of the other, (N, R).
        power: squared modulus of the first spectrum, (N, R).
        other_power: squared modulus of the second spectrum, (N, R).
        sizes: number of frequencies of each ring, (R,).
    """

    common: Tensor
    power: Tensor
    other_power: Tensor
    sizes: Tensor


def ring_products(spectrum: Tensor, other: Tensor, width: int, numbers: Tensor, count: int) -> RingProducts:
    """Sum the products of two half spectra over rings.

    Args:
        spectrum: (N, C, H, W // 2 + 1), of `freqbench.losses.spectrum.half_spectrum`.
        other: of the same shape.
        width: W of the images.
        numbers: of `freqbench.losses.rings.ring_numbers`.
        count: number of rings, R.
    """
    counts = hermitian_multiplicity(width, like=spectrum.real)

    def total(values: Tensor) -> Tensor:
        return ring_sums(counts * values.sum(1), numbers, count)

    # the conjugate half of a ring adds the conjugate sum: what remains is twice the real part
    common = total((spectrum * other.conj()).real)
    power, other_power = (total(torch.view_as_real(each).square().sum(-1)) for each in (spectrum, other))
    return RingProducts(common, power, other_power, total(torch.ones_like(spectrum.real[:1, :1]))[0])
