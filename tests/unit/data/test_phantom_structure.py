import numpy as np
import pytest

from freqbench.data.phantom.fields import Grid, Lattice, SmoothField
from freqbench.data.phantom.nuclei import NucleiSpecimen
from freqbench.data.phantom.optics import DEFOCUS_UM, defocus, defocused_point_spread
from freqbench.data.phantom.placement import place
from freqbench.data.phantom.tissue import TissueSpecimen

KINDS = pytest.mark.parametrize("kind", [TissueSpecimen, NucleiSpecimen], ids=["tissue", "nuclei"])


@KINDS
@pytest.mark.parametrize("size", [64, 100, 512])
def test_fields_of_one_specimen_never_overlap(kind, size):
    specimen, rng = kind(5, 0), np.random.default_rng(0)
    corners = [place(specimen, slot, size, specimen.draw_depth(rng), rng) for slot in range(12)]
    for i, (y, x) in enumerate(corners):
        for v, u in corners[:i]:
            assert abs(y - v) >= size or abs(x - u) >= size


@KINDS
@pytest.mark.parametrize("size", [64, 96, 128])
def test_no_small_field_is_empty(kind, size):
    for seed in range(8):
        rng = np.random.default_rng(seed)
        specimen = kind(seed, 0)
        depth = specimen.draw_depth(rng)
        y, x = place(specimen, seed, size, depth, rng)
        light = specimen.draw(y, x, size, depth)
        counts = light * specimen.exposure(light, depth, rng)
        assert (counts > 20).mean() > 0.03, f"seed {seed}: no structure"
        assert np.percentile(counts, 99) > 3 * np.percentile(counts, 20), f"seed {seed}: no contrast"


@KINDS
def test_a_window_shows_the_same_specimen_wherever_it_begins(kind):
    specimen = kind(1, 0)
    one, shifted = specimen.draw(500, 700, 96, 10.0), specimen.draw(516, 720, 96, 10.0)
    # Only the haze, which is drawn on a coarser raster and mirrored at the border, may differ.
    a, b = one[16:, 20:], shifted[:-16, :-20]
    assert np.corrcoef(a.ravel(), b.ravel())[0, 1] > 0.99


@KINDS
def test_another_depth_or_specimen_is_another_image(kind):
    one, other = kind(1, 0), kind(1, 1)
    windows = [(place, place + 50) for place in range(200, 1200, 130)]
    pairs = [(one.draw(y, x, 96, 5.0), other.draw(y, x, 96, 5.0)) for y, x in windows]
    # a window with few nuclei can resemble another one by chance; not all of them can
    assert np.mean([np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in pairs]) < 0.5
    assert not np.array_equal(pairs[0][0], one.draw(*windows[0], 96, 6.0))


def test_smooth_field_has_mean_zero_variance_one_and_the_sum_of_waves_on_a_grid():
    grid = Grid.window(0, 0, 3.0, 900)
    field = SmoothField(np.random.default_rng(0), 9, waves=40)
    values = field(grid)
    assert abs(values.mean()) < 0.02
    assert values.var() == pytest.approx(1, abs=0.05)
    part = field(Grid.window(100, 200, 3.0, 50))
    assert np.allclose(part, values[100:150, 200:250], atol=1e-9)


def test_lattice_points_do_not_depend_on_the_window():
    lattice = Lattice(3, (0, 0), 20.0, 0.4)
    large, _ = lattice.points(Grid.window(-200, -200, 0.0, 400), 0)
    small, _ = lattice.points(Grid.window(-30, -40, 0.0, 80), 0)
    inside = (np.abs(large[:, 1] - 9.5) <= 39.5) & (large[:, 2] >= -40) & (large[:, 2] <= 39)
    assert len(small) > 10
    assert {tuple(p) for p in small} == {tuple(p) for p in large[inside]}


def test_defocus_keeps_the_light_and_spreads_it_over_the_cone():
    point = np.zeros((128, 128))
    point[64, 64] = 1.0
    blurred = defocus(point, DEFOCUS_UM)
    y, x = np.mgrid[:128, :128] - 64
    radius = np.hypot(y, x)
    assert blurred.sum() == pytest.approx(1, rel=1e-9)
    # Geometric optics: 5 um * tan(arcsin 0.45) = 2.52 um = 8.4 pixels of 0.3 um.
    assert blurred[radius < 6.4].sum() < 0.75
    # Diffraction spreads some of it further.
    assert blurred[radius < 10.4].sum() > 0.9


def test_in_focus_the_pupil_gives_the_airy_pattern():
    spread = defocused_point_spread(0.0, 256)
    # First dark ring at 0.61 * wavelength / NA = 0.625 um = 2.08 pixels; 84 % of the light within it.
    assert spread[0, 0] == spread.max()
    assert spread[0, 2] < 0.01 * spread[0, 0]
    assert np.allclose(spread, spread.T)


def test_defocused_nuclei_are_the_same_nuclei_blurred():
    specimen = NucleiSpecimen(2, 0)
    y, x = place(specimen, 0, 128, 4.0, np.random.default_rng(0))
    sharp, blurred = specimen.draw(y, x, 128, 4.0), specimen.draw_defocused(y, x, 128, 4.0)
    assert np.corrcoef(sharp.ravel(), blurred.ravel())[0, 1] > 0.85
    detail = [np.abs(np.diff(image, axis=0)).mean() for image in (sharp, blurred)]
    assert detail[1] < 0.5 * detail[0]
