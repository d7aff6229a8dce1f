"""Climb from a coarse placement to the best one."""

import numpy as np
import numpy.typing as npt
from scipy import optimize

from freqbench.data.registration.correlation import correlation_at, correlation_turned, score
from freqbench.data.registration.field import SHIFT_SIZE, Field
from freqbench.data.registration.placement_search import Placement

Image = npt.NDArray[np.float64]
Vector = npt.NDArray[np.float64]

LARGEST_ROTATION, SMALLEST_SCALE, LARGEST_SCALE = 9.0, 0.885, 1.13
"""How far the refinement may climb: half a step beyond the search."""


def refine_shift(first: Image, second: Image, coarse: Placement, minimum_area: float) -> Placement:
    """Climb to the best whole-pixel shift around a coarse one, in steps that halve."""

    def score_at(shift: tuple[int, int]) -> float:
        correlation, area = correlation_at(first, second, shift)
        return score(correlation, area) if area >= minimum_area else -np.inf

    shift = (round(coarse.shift[0]), round(coarse.shift[1]))
    step = max(1, round(max(first.shape) / SHIFT_SIZE))
    seen = {shift: score_at(shift)}
    while step:
        around = [(shift[0] + dy * step, shift[1] + dx * step) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]
        seen |= {place: score_at(place) for place in around if place not in seen}
        best = max(around, key=lambda place: seen[place])
        step = step if best != shift else step // 2
        shift = best
    correlation, area = correlation_at(first, second, shift)
    return Placement(shift, 0.0, 1.0, seen[shift], correlation, area)


def refine_turn(first: Field, second: Field, coarse: Placement, minimum_area: float) -> Placement:
    """Climb to the best shift, rotation and scale around a coarse placement."""
    parameters = np.array([*coarse.shift, coarse.rotation, coarse.scale])
    for size, step in ((SHIFT_SIZE, 2.0), (2 * SHIFT_SIZE, 0.5)):
        parameters = _climb((first, second), parameters, size, step, minimum_area)
    shift = (float(parameters[0]), float(parameters[1]))
    rotation, scale = float(parameters[2]), float(parameters[3])
    correlation, area = correlation_turned(first.image, second.image, shift, rotation, scale)
    return Placement(shift, rotation, scale, score(correlation, area), correlation, area)


def _climb(pair: tuple[Field, Field], start: Vector, size: int, step: float, minimum_area: float) -> Vector:
    """Maximise the score over row, column, rotation and scale (Nelder-Mead), on images binned to ``size``."""
    factor = pair[0].factor(size)
    images = (pair[0].binned(size), pair[1].binned(size))
    units = np.array([step * factor, step * factor, step / 2, step / 100])

    def cost(relative: Vector) -> float:
        row, column, rotation, scale = start + relative * units
        if abs(rotation) > LARGEST_ROTATION or not SMALLEST_SCALE <= scale <= LARGEST_SCALE:
            return 0.0
        correlation, area = correlation_turned(*images, (row / factor, column / factor), rotation, scale)
        return -score(correlation, area) if area >= minimum_area else 0.0

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
