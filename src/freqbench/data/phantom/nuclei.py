"""Nuclei of adherent cells under a DNA stain, in focus and out of focus.

Modelled on Confocal_BPAE_B of FMD: scattered elliptic nuclei with a mottle of chromatin, dark nucleoli,
unequal brightness, now and then a pair of daughter nuclei or a dim one with micronuclei, and the faint glow
of the spread-out cell bodies.
"""

from dataclasses import dataclass

import numpy as np

from freqbench.data.phantom.camera import NUCLEI_CAMERA
from freqbench.data.phantom.fields import Array, Grid, Lattice, SmoothField
from freqbench.data.phantom.optics import DEFOCUS_UM, PIXEL_UM, defocus, defocus_margin, gaussian_blur
from freqbench.data.phantom.streams import Stream, generator

_SPACING = 124.0
_REACH = 190.0  # no part of a cell is further from its centre, pixels
_OCCUPIED = 0.70
_PAIRS = 0.07
_DIM = 0.08
_MARGIN = 16
_SHARP_SIGMA = 0.75
_BRIGHTEST = 215.0


@dataclass(frozen=True)
class _Cell:
    """One cell: where its nuclei lie, and the stream that its details come from."""

    y: float
    x: float
    key: tuple[int, int]


class NucleiSpecimen:
    """One culture dish: a plane without end, of which any window can be drawn.

    Args:
        seed: of the phantom.
        index: number of the specimen.
    """

    camera = NUCLEI_CAMERA
    coverage_range = (0.05, 0.30)

    def __init__(self, seed: int, index: int) -> None:
        rng = generator(seed, Stream.SPECIMEN, index)
        self._seed, self._index = seed, index
        self._centres = Lattice(seed, (index, 0), _SPACING, 0.27, layers=False)
        self._fine = SmoothField(rng, 5.5, waves=64)
        self._coarse = SmoothField(rng, 13, waves=48)
        self._glow = SmoothField(rng, 240)
        self._grain = SmoothField(rng, 16, waves=40)

    @staticmethod
    def draw_depth(rng: np.random.Generator) -> float:
        """Draw the height of the focal plane above the cover slip in um."""
        return float(rng.uniform(2, 6))

    @staticmethod
    def plane(depth_um: float) -> float:
        """Return the height z of a section, pixels: it shifts the mottle of the chromatin."""
        return depth_um / PIXEL_UM

    @staticmethod
    def exposure(light: Array, depth_um: float, rng: np.random.Generator) -> float:  # noqa: ARG004
        """Return the counts that a unit of light, the brightness of a usual nucleus, gives in a field.

        About 95, as in Confocal_BPAE_B. Adherent cells are all at the cover slip: the depth has no part in it.
        """
        return float(min(95 * np.exp(rng.normal(0, 0.20)), _BRIGHTEST / np.percentile(light, 99.9)))

    def coverage(self, grid: Grid) -> Array:
        """Return 1 within nuclei and 0 elsewhere, at each pixel of a grid (round nuclei: an estimate)."""
        covered = np.zeros((grid.y.size, grid.x.size))
        for cell in self._cells(grid):
            rows, columns = _span(grid.y, cell.y, 22), _span(grid.x, cell.x, 22)
            near = np.hypot(grid.y[rows, None] - cell.y, grid.x[columns] - cell.x) < 22
            covered[rows, columns] = np.maximum(covered[rows, columns], near)
        return covered

    def draw(self, y: int, x: int, size: int, depth_um: float) -> Array:
        """Return the light (arbitrary units) of a window in focus, ``(size, size)``."""
        emitted = self._emission(Grid.window(y, x, self.plane(depth_um), size, margin=_MARGIN))
        inside = slice(_MARGIN, _MARGIN + size)
        sharp = gaussian_blur(emitted, _SHARP_SIGMA) + 0.02 * gaussian_blur(emitted, 12)
        return sharp[inside, inside]

    def draw_defocused(self, y: int, x: int, size: int, depth_um: float) -> Array:
        """Return the light of the same window with the objective moved by `DEFOCUS_UM`."""
        margin = defocus_margin(DEFOCUS_UM)
        emitted = self._emission(Grid.window(y, x, self.plane(depth_um), size, margin=margin))
        return defocus(emitted, DEFOCUS_UM)[margin : margin + size, margin : margin + size]

    def _cells(self, grid: Grid) -> list[_Cell]:
        """Return the cells of which some part may lie in a window."""
        positions, attributes = self._centres.points(grid, _REACH)
        return [
            _Cell(float(position[1]), float(position[2]), (int(draw[1] * 2**31), int(draw[2] * 2**31)))
            for position, draw in zip(positions, attributes, strict=True)
            if draw[0] < _OCCUPIED
        ]

    def _emission(self, grid: Grid) -> Array:
        """Return the light emitted, without blur."""
        dapi = 0.010 * np.exp(0.5 * self._glow(grid))
        fine, coarse, grain = self._fine(grid), self._coarse(grid), self._grain(grid)
        texture = np.exp(0.15 * fine + 0.13 * coarse) + 0.4 * np.maximum(coarse + 0.5 * fine - 2.0, 0)
        for cell in self._cells(grid):
            rng = generator(self._seed, Stream.LATTICE, self._index, 1, *cell.key)
            self._add_body(dapi, grid, cell, rng, grain)
            for nucleus in _nuclei(cell, rng):
                nucleus.add(dapi, grid, texture, rng)
        return np.asarray(dapi)

    @staticmethod
    def _add_body(dapi: Array, grid: Grid, cell: _Cell, rng: np.random.Generator, grain: Array) -> None:
        """Add the glow of a cell body: a spread-out shape with a few long processes."""
        radius, orders = rng.uniform(45, 75), np.arange(1, 6)
        amplitude = rng.normal(0, 0.30, 5) / np.sqrt(orders)
        phase, brightness = rng.uniform(0, 2 * np.pi, 5), rng.uniform(0.012, 0.065)
        rows, columns = _span(grid.y, cell.y, _REACH), _span(grid.x, cell.x, _REACH)
        dy, dx = grid.y[rows, None] - cell.y, grid.x[columns] - cell.x
        distance, angle = np.hypot(dy, dx), np.arctan2(dy, dx)
        exponent = sum(a * np.cos(m * angle + p) for a, m, p in zip(amplitude, orders, phase, strict=True))
        outline = np.minimum(radius * np.exp(exponent), _REACH - 20)
        # The cell is a dome: thin at its rim, thick over the nucleus.
        height = np.exp(-((distance / 70) ** 2)) + 0.35
        edge = 1 / (1 + np.exp(np.clip((distance - outline) / 2.5, -50, 50)))
        dapi[rows, columns] += brightness * edge * height * (1 + 0.05 * grain[rows, columns])


@dataclass(frozen=True)
class _Nucleus:
    """One nucleus: centre and semi-axes in pixels, orientation in radians, brightness, mottle."""

    y: float
    x: float
    axes: tuple[float, float]
    angle: float
    brightness: float
    mottle: float

    def add(self, dapi: Array, grid: Grid, texture: Array, rng: np.random.Generator) -> None:
        """Add the nucleus to an image; where two meet the brighter one covers the other."""
        reach = 1.5 * max(self.axes)
        bumps, phase = rng.normal(0, [0.03, 0.02, 0.012]), rng.uniform(0, 2 * np.pi, 3)
        count = int(rng.integers(2, 6))
        holes = rng.uniform([-0.6, -0.6, 2.2, 0.15], [0.6, 0.6, 5.0, 0.40], (count, 4))
        rows, columns = _span(grid.y, self.y, reach), _span(grid.x, self.x, reach)
        dy, dx = grid.y[rows, None] - self.y, grid.x[columns] - self.x
        cosine, sine = np.cos(self.angle), np.sin(self.angle)
        along = (cosine * dx + sine * dy) / self.axes[0]
        across = (cosine * dy - sine * dx) / self.axes[1]
        radius, angle = np.hypot(along, across), np.arctan2(across, along)
        outline = 1 + sum(b * np.cos(m * angle + p) for b, m, p in zip(bumps, (2, 3, 4), phase, strict=True))
        depth = (outline - radius) * min(self.axes)  # about the distance to the border, pixels
        edge = 1 / (1 + np.exp(np.clip(-depth / 0.5, -50, 50)))
        rim = 1 + 0.10 * np.exp(-((depth - 2) ** 2) / 4)
        body = 1 + self.mottle * (texture[rows, columns] - 1)
        for v, u, size, depletion in holes:
            squared = ((along - u) * self.axes[0]) ** 2 + ((across - v) * self.axes[1]) ** 2
            body = body * (1 - depletion * np.exp(-((squared / size**2) ** 2) / 2))
        light = self.brightness * edge * rim * np.maximum(body, 0.1)
        dapi[rows, columns] = np.where(edge > 0.5, np.maximum(light, dapi[rows, columns]), dapi[rows, columns] + light)


def _nuclei(cell: _Cell, rng: np.random.Generator) -> list[_Nucleus]:
    """Draw the nuclei of a cell: one as a rule, a pair after division, a dim one with micronuclei at times."""
    kind, angle = rng.random(), rng.uniform(0, np.pi)
    long = rng.uniform(22, 30)
    axes = (long, long * rng.uniform(0.68, 0.92))
    brightness = np.exp(rng.normal(0, 0.28))
    if kind < _PAIRS:
        axes = (0.92 * axes[1], 0.88 * axes[1])
        dy, dx = 1.02 * axes[0] * np.sin(angle), 1.02 * axes[0] * np.cos(angle)
        return [_Nucleus(cell.y + side * dy, cell.x + side * dx, axes, angle, brightness, 1.0) for side in (-1, 1)]
    nucleus = _Nucleus(cell.y, cell.x, axes, angle, brightness, rng.uniform(0.7, 1.3))
    if kind > 1 - _DIM:
        away = rng.uniform(1.2, 1.45, 2) * axes[0]
        bearing = rng.uniform(0, 2 * np.pi, 2)
        sizes = rng.uniform(3, 6, (2, 2))
        fragments = [
            _Nucleus(
                cell.y + r * np.sin(b), cell.x + r * np.cos(b), (float(s[0]), float(s[1])), b, 0.6 * brightness, 1.0
            )
            for r, b, s in zip(away, bearing, sizes, strict=True)
        ]
        return [_Nucleus(cell.y, cell.x, axes, angle, 0.55 * brightness, 0.6), *fragments]
    return [nucleus]


def _span(axis: Array, centre: float, reach: float) -> slice:
    """Return the part of a rising axis within `reach` of a centre."""
    low, high = np.searchsorted(axis, [centre - reach, centre + reach])
    return slice(int(low), int(high))
