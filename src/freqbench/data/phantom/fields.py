"""Structure without borders: smooth random fields and jittered lattices, defined on the whole plane.

A specimen has no edge and no size: any window onto it can be drawn by itself, and two windows that meet
would continue one another. That makes a field of view independent of how many there are.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from freqbench.data.phantom.streams import Stream, generator

Array = NDArray[np.float64]

_BLOCK = 8  # lattice nodes along one side of the block that shares a random stream
_ORIGIN = 2**30  # keys of random streams are not negative, lattice indices are


@dataclass(frozen=True)
class Grid:
    """The pixel centres of a window, ``y`` rows by ``x`` columns, at height ``z``; all in pixels."""

    y: Array
    x: Array
    z: float

    @staticmethod
    def window(y: float, x: float, z: float, size: int, *, margin: int = 0, step: int = 1) -> "Grid":
        """Return the square window whose first pixel is (y, x), widened by a margin, every `step` pixels."""
        offsets = np.arange(-margin, size + margin, step, dtype=np.float64)
        return Grid(y + offsets, x + offsets, z)

    def mesh(self) -> tuple[Array, Array]:
        """Return the coordinates of each pixel, twice ``(rows, columns)``."""
        y, x = np.meshgrid(self.y, self.x, indexing="ij")
        return y, x


class SmoothField:
    """A Gaussian-like random field: a sum of plane waves, mean 0, variance 1.

    Args:
        rng: source of the directions, lengths and phases.
        wavelength: typical length of the waves in pixels; they spread by a factor of 1.6 around it.
        waves: number of waves.
    """

    def __init__(self, rng: np.random.Generator, wavelength: float, waves: int = 24) -> None:
        number = 2 * np.pi / (wavelength * np.exp(rng.uniform(-0.5, 0.5, waves)))
        angle = rng.uniform(0, 2 * np.pi, waves)
        self._ky, self._kx = number * np.sin(angle), number * np.cos(angle)
        self._kz = 0.7 * number * rng.uniform(-1, 1, waves)
        self._phase = rng.uniform(0, 2 * np.pi, waves)
        self._scale = np.sqrt(2 / waves)

    def __call__(self, grid: Grid) -> Array:
        """Return the field at each pixel of a grid."""
        # The cosine of a sum is a sum of products, so a plane of waves is one product of two thin matrices.
        along_y = np.outer(grid.y, self._ky) + (self._kz * grid.z + self._phase)
        along_x = np.outer(self._kx, grid.x)
        left = np.concatenate([np.cos(along_y), np.sin(along_y)], axis=1)
        right = np.concatenate([np.cos(along_x), -np.sin(along_x)], axis=0)
        return np.asarray(self._scale * (left @ right))


@dataclass(frozen=True)
class Lattice:
    """Points near the nodes of a cubic or, with `layers` False, a square lattice.

    Attributes:
        seed: of the phantom.
        key: of the random streams: specimen and purpose.
        spacing: distance of the nodes in pixels.
        jitter: largest displacement along an axis, as a fraction of the spacing.
        layers: whether the lattice is repeated along z.
    """

    seed: int
    key: tuple[int, int]
    spacing: float
    jitter: float
    layers: bool = True

    def points(self, grid: Grid, reach: float) -> tuple[Array, Array]:
        """Return the points within `reach` pixels of a window, and four uniform numbers of each.

        Returns:
            Positions ``(n, 3)``, as z, y, x in pixels, and attributes ``(n, 4)`` in [0, 1).
        """
        low = [np.floor((axis.min() - reach) / self.spacing) // _BLOCK for axis in (grid.y, grid.x)]
        high = [np.floor((axis.max() + reach) / self.spacing) // _BLOCK for axis in (grid.y, grid.x)]
        if self.layers:
            layers = range(
                int(np.floor((grid.z - reach) / self.spacing)), int(np.ceil((grid.z + reach) / self.spacing)) + 1
            )
        else:
            layers = range(1)
        blocks = [
            self._block(layer, row, column)
            for layer in layers
            for row in range(int(low[0]), int(high[0]) + 1)
            for column in range(int(low[1]), int(high[1]) + 1)
        ]
        positions = np.concatenate([block[0] for block in blocks])
        attributes = np.concatenate([block[1] for block in blocks])
        near = np.ones(len(positions), dtype=bool)
        for axis, coordinates in ((1, grid.y), (2, grid.x)):
            near &= positions[:, axis] >= coordinates.min() - reach
            near &= positions[:, axis] <= coordinates.max() + reach
        return positions[near], attributes[near]

    def _block(self, layer: int, row: int, column: int) -> tuple[Array, Array]:
        """Return the points of one block and their attributes."""
        rng = generator(self.seed, Stream.LATTICE, *self.key, layer + _ORIGIN, row + _ORIGIN, column + _ORIGIN)
        node = np.stack(np.meshgrid([0.0], np.arange(_BLOCK), np.arange(_BLOCK), indexing="ij"), axis=-1)
        node = node.reshape(-1, 3) + np.array([layer, row * _BLOCK, column * _BLOCK], dtype=np.float64)
        # Every other layer is shifted by half a node, as in a body-centred packing.
        node[:, 1:] += 0.5 * (layer % 2)
        positions = self.spacing * (node + self.jitter * rng.uniform(-1, 1, node.shape))
        if not self.layers:
            positions[:, 0] = 0.0
        return positions, rng.random((len(positions), 4))
