"""Do two fields of view show the same place? Registration, and the correlation there."""

from dataclasses import dataclass, replace

import numpy as np

from freqbench.data.registration.correlation import correlation_turned, fisher
from freqbench.data.registration.field import SHIFT_SIZE, TURN_SIZE, Candidate, Field
from freqbench.data.registration.geometry import rotation_matrix
from freqbench.data.registration.placement_search import Placement, best_placement
from freqbench.data.registration.refinement import refine_shift, refine_turn

TURNED_AREA = 0.25
"""Smallest common area of turned or scaled images: over less, two free parameters more fit a few cells by chance."""

NO_TURN = 0.005
"""A rotation or scale must raise the correlation by this much to be believed."""


@dataclass(frozen=True)
class Overlap:
    """The best placement of one field of view on another.

    Attributes:
        shift: rows and columns by which the second image has to move to lie on the first, after it was turned
            and scaled about its centre; whole pixels where it was neither.
        correlation: Pearson correlation over the common area there, in [-1, 1].
        area: common area as a share of the field of view.
        null: the correlation that chance reaches over this area: that of the best placement of the seven
            mirrored and turned copies of the second image. They have the same cells, sizes and brightness
            but cannot show the same place: on sparse nuclei it can pass 0.9.
        detail: correlation of the fine detail there; 0 where the placement was not refined.
        rotation: degrees by which the second image is turned, counter-clockwise as displayed.
        scale: factor by which the second image is scaled.
        independent: number of independent pixels in the common area (Clifford, Richardson and Hemon 1989): its
            pixels divided by the sum over all lags of the product of both autocorrelations. A dozen nuclei are
            about a dozen independent pixels, whatever the size of the image.
    """

    shift: tuple[float, float]
    correlation: float
    area: float
    null: float
    detail: float = 0.0
    rotation: float = 0.0
    scale: float = 1.0
    independent: float = np.inf

    @property
    def beyond_chance(self) -> float:
        """By how many standard errors the correlation passes that of mirrored copies (Fisher's transform)."""
        return (fisher(self.correlation) - fisher(self.null)) * float(np.sqrt(min(self.independent, 1e6)))

    def inverse(self) -> "Overlap":
        """Return the placement of the first image on the second."""
        shift = rotation_matrix(self.rotation).T @ np.array(self.shift) / -self.scale
        # a shift by whole pixels stays one
        back = (float(shift[0]), float(shift[1])) if self.turned else (-self.shift[0], -self.shift[1])
        return replace(self, shift=back, rotation=-self.rotation, scale=1 / self.scale)

    @property
    def turned(self) -> bool:
        """Whether the second image is rotated or scaled."""
        return self.rotation != 0 or self.scale != 1


def measure_overlap(first: Field, second: Candidate, minimum_area: float) -> Overlap:
    """Register two images by translation, small rotation (8 degrees) and scale (0.9 to 1.1).

    A search by normalised correlation on binned images finds the best placement and what mirrored copies reach;
    only a placement that beats these is refined at full size.

    Args:
        first: the image that stays.
        second: the image that moves, of the same size.
        minimum_area: smallest common area to consider, as a share of the image.
    """
    moved = best_placement(first.shift_target, second.moved, minimum_area)
    moved_null = max(best_placement(first.shift_target, copy, minimum_area).score for copy in second.moved_null)
    turned_area = max(minimum_area, TURNED_AREA)
    turns = [best_placement(first.turn_target, template, turned_area) for template in second.turned]
    turned_null = max(best_placement(first.turn_target, copy, turned_area).score for copy in second.turned_null)
    turn = max(turns, key=lambda placement: placement.score)
    by_shift = moved.score - moved_null >= turn.score - turned_null
    null = moved_null if by_shift else turned_null
    independent = _independent_pixels(first, second.field)
    moved, turn = _scaled(moved, first.factor(SHIFT_SIZE)), _scaled(turn, first.factor(TURN_SIZE))
    if max(moved.score - moved_null, turn.score - turned_null) <= 0:
        # which of two chance placements is reported does not matter; the less often wrong is the finer search
        return _overlap(moved, moved_null, independent)
    shifted = refine_shift(first.image, second.field.image, moved, minimum_area)
    refined = refine_turn(first, second.field, turn if not by_shift else shifted, turned_area)
    best = refined if refined.correlation > shifted.correlation + NO_TURN or not by_shift else shifted
    if not by_shift and shifted.score >= refined.score:
        best = shifted
    return _overlap(best, null, independent, _detail(first, second.field, best))


def _scaled(placement: Placement, factor: int) -> Placement:
    shift = (factor * placement.shift[0], factor * placement.shift[1])
    return Placement(shift, placement.rotation, placement.scale, placement.score, placement.correlation, placement.area)


def _overlap(placement: Placement, null: float, independent: float, detail: float = 0.0) -> Overlap:
    return Overlap(
        placement.shift,
        placement.correlation,
        placement.area,
        float(np.tanh(null / np.sqrt(placement.area))),
        detail,
        placement.rotation,
        placement.scale,
        independent * placement.area,
    )


def _independent_pixels(first: Field, second: Field) -> float:
    """Return the number of independent pixels of a pair of whole images."""
    lags = float((first.autocorrelation * second.autocorrelation).sum())
    return first.binned(TURN_SIZE).size / max(lags, 1.0)


def _detail(first: Field, second: Field, placement: Placement) -> float:
    return correlation_turned(first.detail, second.detail, placement.shift, placement.rotation, placement.scale)[0]
