"""Do two fields of view show the same place? Registration, and the correlation there."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy import fft, ndimage, optimize

from freqbench.data.placement_search import (
    HIGHEST,
    NULL_TRANSFORMS,
    SEARCH_TRANSFORMS,
    Placement,
    Target,
    Template,
    best_placement,
    resampled,
    rotation_matrix,
    template_size,
    turned,
)

Image = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Vector = npt.NDArray[np.float64]

SHIFT_SIZE, TURN_SIZE = 128, 64
"""The search runs on images binned to about this width: by shift alone, and turned and scaled."""

DETAIL = 4
"""Fine detail is what is smaller than this many times the smoothing."""

TURNED_AREA = 0.25
"""Smallest common area of turned or scaled images: over less, two free parameters more fit a few cells by chance."""

LARGEST_ROTATION, SMALLEST_SCALE, LARGEST_SCALE = 9.0, 0.885, 1.13
"""How far the refinement may climb: half a step beyond the search."""

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
        return (_fisher(self.correlation) - _fisher(self.null)) * float(np.sqrt(min(self.independent, 1e6)))

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
    shifted = _refine_shift(first.image, second.field.image, moved, minimum_area)
    refined = _refine_turn(first, second.field, turn if not by_shift else shifted, turned_area)
    best = refined if refined.correlation > shifted.correlation + NO_TURN or not by_shift else shifted
    if not by_shift and shifted.score >= refined.score:
        best = shifted
    return _overlap(best, null, independent, _detail(first, second.field, best))


def prepare(clean: npt.NDArray[np.generic], smoothing: float) -> Field:
    """Return the smoothed logarithm of an image: bright cells then do not dominate the correlation.

    Args:
        clean: clean image of shape (H, W), any real type, values >= 0.
        smoothing: Gaussian sigma in pixels.
    """
    return Field(np.asarray(ndimage.gaussian_filter(np.log1p(clean.astype(np.float64)), smoothing)), smoothing)


def correlation_at(first: Image, second: Image, shift: tuple[int, int]) -> tuple[float, float]:
    """Return the Pearson correlation over the common area at a shift, and that area's share of the image.

    A constant area correlates with nothing: 0.
    """
    a, b = first[common_area(first.shape, shift)], second[common_area(second.shape, (-shift[0], -shift[1]))]
    return pearson(a.ravel(), b.ravel()), a.size / first.size


def pearson(a: Image, b: Image) -> float:
    """Return the Pearson correlation of two vectors; 0 if one is empty or constant."""
    if not a.size:
        return 0.0
    a, b = a - a.mean(), b - b.mean()
    norm = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / norm if norm > 0 else 0.0


def common_area(shape: tuple[int, ...], shift: tuple[int, int]) -> tuple[slice, slice]:
    """Return the part of the first image on which the second, moved by ``shift``, lies."""
    rows, columns = (
        slice(max(0, step), max(0, length + min(0, step))) for step, length in zip(shift, shape, strict=True)
    )
    return rows, columns


def shown_by_first(shape: tuple[int, ...], overlap: Overlap) -> Mask:
    """Return the pixels of the second image that lie on the first, as a mask of its shape."""
    centre = (np.array(shape) - 1) / 2
    forward = overlap.scale * rotation_matrix(overlap.rotation)
    rows, columns = (np.arange(length) - middle for length, middle in zip(shape, centre, strict=True))
    inside = np.ones(shape, dtype=bool)
    for axis in (0, 1):
        moved = forward[axis, 0] * rows[:, None] + forward[axis, 1] * columns[None, :]
        moved = moved + centre[axis] + overlap.shift[axis]
        inside &= (moved >= -1e-6) & (moved <= shape[axis] - 1 + 1e-6)
    return inside


def unrelated_copies(image: Image) -> list[Image]:
    """Return the mirrored and turned copies of an image that have its shape."""
    quarters = [np.rot90(image, turns) for turns in range(4)]
    copies = [*quarters[1:], *(copy[:, ::-1] for copy in quarters)]
    return [copy for copy in copies if copy.shape == image.shape]


def _whole(image: Image) -> Template:
    return Template(image, (image.shape[0], image.shape[1]))


def _central(image: Image, rotation: float, scale: float) -> Template:
    part = turned(image, rotation, scale, template_size(image.shape))
    return Template(part, (image.shape[0], image.shape[1]), rotation, scale)


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


def _refine_shift(first: Image, second: Image, coarse: Placement, minimum_area: float) -> Placement:
    """Climb to the best whole-pixel shift around a coarse one, in steps that halve."""

    def score(shift: tuple[int, int]) -> float:
        correlation, area = correlation_at(first, second, shift)
        return _score(correlation, area) if area >= minimum_area else -np.inf

    shift = (round(coarse.shift[0]), round(coarse.shift[1]))
    step = max(1, round(max(first.shape) / SHIFT_SIZE))
    seen = {shift: score(shift)}
    while step:
        around = [(shift[0] + dy * step, shift[1] + dx * step) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]
        seen |= {place: score(place) for place in around if place not in seen}
        best = max(around, key=lambda place: seen[place])
        step = step if best != shift else step // 2
        shift = best
    correlation, area = correlation_at(first, second, shift)
    return Placement(shift, 0.0, 1.0, seen[shift], correlation, area)


def _refine_turn(first: Field, second: Field, coarse: Placement, minimum_area: float) -> Placement:
    """Climb to the best shift, rotation and scale around a coarse placement."""
    parameters = np.array([*coarse.shift, coarse.rotation, coarse.scale])
    for size, step in ((SHIFT_SIZE, 2.0), (2 * SHIFT_SIZE, 0.5)):
        parameters = _climb((first, second), parameters, size, step, minimum_area)
    shift = (float(parameters[0]), float(parameters[1]))
    rotation, scale = float(parameters[2]), float(parameters[3])
    correlation, area = _correlation_turned(first.image, second.image, shift, rotation, scale)
    return Placement(shift, rotation, scale, _score(correlation, area), correlation, area)


def _climb(pair: tuple[Field, Field], start: Vector, size: int, step: float, minimum_area: float) -> Vector:
    """Maximise the score over row, column, rotation and scale (Nelder-Mead), on images binned to ``size``."""
    factor = pair[0].factor(size)
    images = (pair[0].binned(size), pair[1].binned(size))
    units = np.array([step * factor, step * factor, step / 2, step / 100])

    def cost(relative: Vector) -> float:
        row, column, rotation, scale = start + relative * units
        if abs(rotation) > LARGEST_ROTATION or not SMALLEST_SCALE <= scale <= LARGEST_SCALE:
            return 0.0
        correlation, area = _correlation_turned(*images, (row / factor, column / factor), rotation, scale)
        return -_score(correlation, area) if area >= minimum_area else 0.0

    found = optimize.minimize(
        cost,
        np.zeros(4),
        method="Nelder-Mead",
        options={
            "initial_simplex": np.vstack([np.zeros(4), np.eye(4)]),
            "xatol": 0.05,
            "fatol": 1e-4,
            "maxfev": 120,
        },
    )
    return np.asarray(start + found.x * units)


def _correlation_turned(
    first: Image, second: Image, shift: tuple[float, float], rotation: float, scale: float
) -> tuple[float, float]:
    pixels, inside = resampled(second, shift, rotation, scale, (first.shape[0], first.shape[1]))
    return pearson(first[inside], pixels[inside]), float(inside.mean())


def _detail(first: Field, second: Field, placement: Placement) -> float:
    return _correlation_turned(first.detail, second.detail, placement.shift, placement.rotation, placement.scale)[0]


def _score(correlation: float, area: float) -> float:
    return _fisher(correlation) * float(np.sqrt(area))


def _fisher(correlation: float) -> float:
    return float(np.arctanh(np.clip(correlation, -HIGHEST, HIGHEST)))


def _bin(image: Image, factor: int) -> Image:
    height, width = (length // factor * factor for length in image.shape)
    blocks = image[:height, :width].reshape(height // factor, factor, width // factor, factor)
    return np.asarray(blocks.mean(axis=(1, 3)))
