"""How far a generator looks: the pixels that a tile needs around it to come out as a part of the whole image."""

from collections.abc import Sequence
from dataclasses import dataclass

from freqbench.config.training import CAREGenerator, Generator, Noise2NoiseGenerator, RRDBGenerator
from freqbench.models.noise2noise_unet import LEVELS
from freqbench.models.rrdb import UNSHUFFLE

CONVOLUTIONS_OF_A_BLOCK = 15
"""Convolutions of 3 x 3 one after the other in a residual-in-residual dense block."""

Extent = tuple[int, int]
"""First and last row (or column) that something depends on; rows and columns behave alike."""


@dataclass(frozen=True)
class ReceptiveField:
    """What a tile of a generator needs.

    Attributes:
        halo: pixels on each side of an aligned block on which the output inside it depends at most; a multiple
            of ``divisor``.
        divisor: height and width of the input must be multiples of it, and so must the position of a tile: the
            blocks that are pooled are then those of the whole image.
    """

    halo: int
    divisor: int


def receptive_field(settings: Generator) -> ReceptiveField:
    """Return what a tile needs, from the topology of the generator.

    The dependence is followed backwards from an aligned block of ``divisor`` pixels: a convolution widens it by half
    its width, upsampling by two halves its coordinates, pooling doubles them.
    """
    if isinstance(settings, CAREGenerator):
        return _of_care(settings)
    if isinstance(settings, Noise2NoiseGenerator):
        return _of_noise2noise()
    return _of_rrdb(settings)


def _of_rrdb(settings: RRDBGenerator) -> ReceptiveField:
    chain = 2 + CONVOLUTIONS_OF_A_BLOCK * settings.blocks  # `first`, the blocks, `body_end`
    if not settings.pixel_unshuffle:
        return ReceptiveField(chain + 2, 1)
    needed = _wider((0, UNSHUFFLE - 1), 2)  # `full_resolution` and `last`
    for _ in range(2):
        needed = _halved(_wider(needed, 1))
    first, last = _wider(needed, chain)
    return _around_block((UNSHUFFLE * first, UNSHUFFLE * last + UNSHUFFLE - 1), UNSHUFFLE)


def _of_care(settings: CAREGenerator) -> ReceptiveField:
    level = 2 * (settings.kernel_size // 2)
    levels = [level] * settings.depth
    return _of_unet(encoder=levels, lowest=level, decoder=levels, head=0, skip_is_encoded=True)


def _of_noise2noise() -> ReceptiveField:
    encoder = [2, *[1] * (LEVELS - 1)]
    return _of_unet(encoder=encoder, lowest=1, decoder=[2] * LEVELS, head=1, skip_is_encoded=False)


def _of_unet(
    *, encoder: Sequence[int], lowest: int, decoder: Sequence[int], head: int, skip_is_encoded: bool
) -> ReceptiveField:
    """Return the field of a U-Net from how far the convolutions of each level reach, the full resolution first.

    Args:
        encoder: reach of each level before its pooling.
        lowest: reach after the last pooling.
        decoder: reach of each level after its upsampling.
        head: reach of what follows the last level.
        skip_is_encoded: whether a skip connection starts after the convolutions of its level or before them.
    """
    divisor = 2 ** len(encoder)
    needed = _wider((0, divisor - 1), head)
    seen = [needed]
    for level, reach in enumerate(decoder):
        needed = _wider(needed, reach)
        skip = _wider(needed, encoder[level]) if skip_is_encoded else needed
        seen.append(_through_poolings(skip, encoder[:level]))
        needed = _halved(needed)
    seen.append(_through_poolings(_wider(needed, lowest), encoder))
    return _around_block((min(first for first, _ in seen), max(last for _, last in seen)), divisor)


def _through_poolings(needed: Extent, encoder: Sequence[int]) -> Extent:
    """Follow a dependence from a level up to the image."""
    for reach in reversed(encoder):
        first, last = needed
        needed = _wider((2 * first, 2 * last + 1), reach)
    return needed


def _wider(needed: Extent, reach: int) -> Extent:
    return needed[0] - reach, needed[1] + reach


def _halved(needed: Extent) -> Extent:
    return needed[0] // 2, needed[1] // 2


def _around_block(needed: Extent, divisor: int) -> ReceptiveField:
    reach = max(-needed[0], needed[1] - (divisor - 1))
    return ReceptiveField(-(-reach // divisor) * divisor, divisor)
