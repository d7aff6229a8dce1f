"""Zebrafish-like tissue with labelled cell membranes.

Modelled on Confocal_FISH of FMD (EGFP, membrane label, embryo two days old): lobes of packed cells with
curved, bright borders, dark gaps and lumens between the lobes, cells of unequal brightness, dim lobes that lie
below the focal plane, and haze from the cells above and below.

Everything is geometry: lobes are the cells of a coarse, warped Voronoi tessellation of space, some of them
empty; within the lobes, cells are those of a fine one. A confocal image is the in-focus section of that volume,
blurred by the point-spread function, plus what the neighbouring sections send out of focus.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from freqbench.data.phantom.camera import ZEBRAFISH_CAMERA
from freqbench.data.phantom.fields import Array, Grid, Lattice, SmoothField
from freqbench.data.phantom.optics import PIXEL_UM, gaussian_blur
from freqbench.data.phantom.streams import Stream, generator

_LOBE_SPACING = 150.0
_EMPTY_LOBES = 0.36
_CORNER_RADIUS = 9.0
_MEMBRANE_SIGMA = 0.6
_MARGIN = 40
# Sections out of focus: distance in pixels, standard deviation of their blur in pixels, weight.
_HAZE = ((-22.0, 8.0, 0.13), (-9.0, 3.2, 0.26), (9.0, 3.2, 0.26), (22.0, 8.0, 0.13))
_SCATTER_UM = 150.0  # depth over which light is lost by a factor of e, and the blur doubles
_MEAN_SIGNAL = 17.5
_BRIGHTEST = 195.0


@dataclass(frozen=True)
class _Lobes:
    """The lobe at each pixel: signed distance to its border in pixels (inside > 0) and its properties."""

    border: Array
    brightness: Array
    sunk: Array


class TissueSpecimen:
    """One embryo: a volume without end, of which any window can be drawn.

    Args:
        seed: of the phantom.
        index: number of the specimen.
    """

    camera = ZEBRAFISH_CAMERA
    coverage_range = (0.32, 0.50)

    def __init__(self, seed: int, index: int) -> None:
        rng = generator(seed, Stream.SPECIMEN, index)
        self._lobes = Lattice(seed, (index, 0), _LOBE_SPACING, 0.45)
        self._cells = Lattice(seed, (index, 1), rng.uniform(22, 26), 0.42)
        self._sway = (SmoothField(rng, 260), SmoothField(rng, 260))
        self._bend = (SmoothField(rng, 95), SmoothField(rng, 95))
        self._shear = (SmoothField(rng, 170), SmoothField(rng, 170))
        self._wobble = (SmoothField(rng, 34), SmoothField(rng, 34))
        self._gap = SmoothField(rng, 200)
        self._patches = SmoothField(rng, 60)
        self._grain = SmoothField(rng, 6, waves=48)
        self._sheet = SmoothField(rng, 330)
        self._sheet_parts = SmoothField(rng, 160)

    @staticmethod
    def draw_depth(rng: np.random.Generator) -> float:
        """Draw the depth of a field's focal plane in um."""
        return float(rng.uniform(5, 50))

    @staticmethod
    def plane(depth_um: float) -> float:
        """Return the height z of a section, pixels."""
        return depth_um / PIXEL_UM

    @staticmethod
    def exposure(light: Array, depth_um: float, rng: np.random.Generator) -> float:
        """Return the counts that a unit of light gives, as an operator sets laser and gain for a field.

        The mean signal of Confocal_FISH, 16 counts, sets its input PSNR of 22.9 dB. It varies
        from field to field, is lower deep in the embryo, and never so high that much is saturated.
        """
        wanted = _MEAN_SIGNAL * np.exp(rng.normal(0, 0.16) - (depth_um - 27.5) / _SCATTER_UM)
        return float(min(wanted / light.mean(), _BRIGHTEST / np.percentile(light, 99.9)))

    def coverage(self, grid: Grid) -> Array:
        """Return 1 where there is bright tissue and 0 elsewhere, at each pixel of a grid."""
        lobes = self._lobes_at(grid)
        return np.where((lobes.border > 0) & (lobes.brightness > 0.5), 1.0, 0.0)

    def draw(self, y: int, x: int, size: int, depth_um: float) -> Array:
        """Return the light (arbitrary units, sharp and haze) from a window, ``(size, size)``."""
        z = self.plane(depth_um)
        spread = 1 + depth_um / _SCATTER_UM
        inside = slice(_MARGIN, _MARGIN + size)
        emitted, sunk = self._section(Grid.window(y, x, z, size, margin=_MARGIN))
        # What lies below the focal plane is blurred more: two blurs, mixed by how deep the lobe has sunk.
        sharp = gaussian_blur(emitted * (1 - sunk), 0.72 * spread)
        soft = gaussian_blur(emitted * sunk, 1.6 * spread)
        light = (sharp + soft)[inside, inside]
        for distance, sigma, weight in _HAZE:
            light = light + weight * self._out_of_focus(y, x, z + distance, size, sigma * spread)
        glow = gaussian_blur(emitted, _MARGIN / 2)[inside, inside]
        return light + 0.14 * glow

    def _out_of_focus(self, y: int, x: int, z: float, size: int, sigma: float) -> Array:
        """Return a blurred section; drawn on every second pixel, since the blur leaves no finer detail."""
        emitted, _ = self._section(Grid.window(y, x, z, size, margin=_MARGIN, step=2))
        blurred = gaussian_blur(emitted, sigma / 2).repeat(2, axis=0).repeat(2, axis=1)
        return gaussian_blur(blurred, 1.0)[_MARGIN : _MARGIN + size, _MARGIN : _MARGIN + size]

    def _lobes_at(self, grid: Grid) -> _Lobes:
        """Return the lobe that each pixel belongs to: warped Voronoi cells with rounded corners."""
        y, x = grid.mesh()
        y = y + 42 * self._sway[0](grid) + 9 * self._bend[0](grid)
        x = x + 42 * self._sway[1](grid) + 9 * self._bend[1](grid)
        seeds, attributes = self._lobes.points(grid, 3.2 * _LOBE_SPACING)
        where = np.stack([np.full(y.shape, grid.z), y, x], axis=-1)
        distance, order = _nearest(seeds, where, 5)
        walls = _wall_distances(seeds, distance, order)
        # A soft minimum of the distances to the walls rounds the corners.
        border = -_CORNER_RADIUS * np.log(np.exp(-walls / _CORNER_RADIUS).sum(axis=-1))
        border -= np.maximum(5 + 9 * self._gap(grid), -4)
        own = attributes[order[..., 0]]
        filled = own[..., 0] >= _EMPTY_LOBES
        brightness = np.where(filled, np.exp(0.35 * (3 * own[..., 1] - 1.5)), 0)
        sunk = np.where(own[..., 2] < 0.25, 0.9, 0.1)
        dim = np.where(own[..., 2] < 0.25, 0.16, 1.0)
        return _Lobes(border, brightness * dim, sunk)

    def _section(self, grid: Grid) -> tuple[Array, Array]:
        """Return the light emitted by a section without blur, and how far below the focus it lies (0..1)."""
        lobes = self._lobes_at(grid)
        y, x = grid.mesh()
        y = y + 9 * self._shear[0](grid) + 1.8 * self._wobble[0](grid)
        x = x + 9 * self._shear[1](grid) + 1.8 * self._wobble[1](grid)
        patches, grain = self._patches(grid), self._grain(grid)
        light = np.zeros(y.shape)
        tissue = (lobes.brightness > 0) & (lobes.border > -4)
        if tissue.any():
            membrane, interior = self._cells_at(grid, y[tissue], x[tissue])
            border = lobes.border[tissue]
            inside = 1 / (1 + np.exp(-border / 0.6))
            skin = np.exp(-0.5 * (border / 1.1) ** 2 + 0.3 * patches[tissue])
            texture = np.exp(0.22 * patches[tissue] + 0.32 * grain[tissue])
            content = inside * (membrane + (0.05 + 0.015 * grain[tissue]) * interior) + skin
            light[tissue] = lobes.brightness[tissue] * texture * content
        return np.maximum(light, 0) + self._strands(grid, grain), lobes.sunk

    def _cells_at(self, grid: Grid, y: Array, x: Array) -> tuple[Array, Array]:
        """Return the light of the membranes, and the expression of the cell around, at points of a section."""
        seeds, attributes = self._cells.points(grid, 4 * self._cells.spacing)
        where = np.stack([np.full(y.shape, grid.z), y, x], axis=-1)
        distance, order = _nearest(seeds, where, 4)
        walls = _wall_distances(seeds, distance, order)
        expression = _expression(attributes)
        own, others = expression[order[..., 0]], expression[order[..., 1:]]
        label = attributes[:, 2]
        # A number of the pair of cells alone: both sides of a membrane must find the same.
        pair = np.modf(997 * (label[order[..., 0]][..., None] + label[order[..., 1:]]))[0]
        strength = 0.5 * (own[..., None] + others) * np.exp(1.2 * (pair - 0.5))
        membrane = (strength * np.exp(-0.5 * (walls / _MEMBRANE_SIGMA) ** 2)).max(axis=-1)
        return membrane, own

    def _strands(self, grid: Grid, grain: Array) -> Array:
        """Return the light of the thin sheets that wrap the embryo, cut across: curves that come and go."""
        sheet = self._sheet(grid)
        slope = np.hypot(*np.gradient(sheet, grid.y, grid.x))
        distance = np.abs(sheet) / np.maximum(slope, 1e-4)
        present = np.maximum(self._sheet_parts(grid) - 0.6, 0)
        return np.asarray(0.7 * present * np.exp(-0.5 * (distance / 1.2) ** 2 + 0.4 * grain))


def _nearest(seeds: Array, points: Array, count: int) -> tuple[Array, NDArray[np.intp]]:
    """Return distances and numbers of the nearest seeds of each point, nearest first."""
    distance, order = cKDTree(seeds).query(points, k=count)
    return np.asarray(distance, dtype=np.float64), np.asarray(order, dtype=np.intp)


def _wall_distances(seeds: Array, distance: Array, order: NDArray[np.intp]) -> Array:
    """Return the distance of each pixel to the walls between its own seed and the next nearest ones."""
    apart = np.linalg.norm(seeds[order[..., 1:]] - seeds[order[..., :1]], axis=-1)
    return np.asarray((distance[..., 1:] ** 2 - distance[..., :1] ** 2) / (2 * apart))


def _expression(attributes: Array) -> Array:
    """Return how strongly each cell is labelled: unequal, and a few cells much more than the others."""
    level = np.exp(0.42 * (3 * attributes[:, 0] - 1.5))
    return np.asarray(np.where(attributes[:, 1] < 0.05, 2 * level, level))
