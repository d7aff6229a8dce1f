"""Where the fields of view lie on a specimen: never overlapping, never empty."""

import numpy as np

from freqbench.data.phantom.fields import Array, Grid
from freqbench.data.phantom.nuclei import NucleiSpecimen
from freqbench.data.phantom.tissue import TissueSpecimen

Specimen = TissueSpecimen | NucleiSpecimen

_STEP = 8
_ROOM = 320  # pixels by which a tile exceeds its field: several cells or nuclei, whatever the field's size
_TILES_PER_ROW = 8


def place(specimen: Specimen, slot: int, size: int, depth_um: float, rng: np.random.Generator) -> tuple[int, int]:
    """Choose the position of a field, as someone does who looks for cells before pressing the button.

    Each slot owns a tile of the specimen, so the fields of two slots cannot overlap. Within its tile a field
    lies at random among the positions that show a usual amount of structure, or where there is the nearest
    to it.

    Args:
        specimen: what is looked at.
        slot: number of the field among those of this specimen, from 0.
        size: side of the field, pixels.
        depth_um: depth of the focal plane, um.
        rng: source of randomness of the field.

    Returns:
        First row and column of the field, pixels.
    """
    tile = size + _ROOM
    row, column = divmod(slot, _TILES_PER_ROW)
    y, x = row * tile, column * tile
    share = _window_means(
        specimen.coverage(Grid.window(y, x, specimen.plane(depth_um), tile, step=_STEP)), size // _STEP
    )
    # The last positions could reach into the next tile when the size is no multiple of the step.
    share = share[: _ROOM // _STEP, : _ROOM // _STEP]
    low, high = specimen.coverage_range
    amiss = np.maximum(np.maximum(low - share, share - high), 0)
    choices = np.argwhere(amiss <= amiss.min())
    chosen = choices[rng.integers(len(choices))]
    return y + _STEP * int(chosen[0]), x + _STEP * int(chosen[1])


def _window_means(values: Array, width: int) -> Array:
    """Return the mean of each `width` by `width` window of a square array."""
    total = np.pad(values.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
    sums = total[width:, width:] - total[:-width, width:] - total[width:, :-width] + total[:-width, :-width]
    return np.asarray(sums / width**2)
