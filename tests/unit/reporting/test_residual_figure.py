"""The spectra of residuals: planted noise and planted waves, at their frequencies, relative to the input."""

import numpy as np
import pytest

from freqbench.data.image_files import to_unit_range
from freqbench.data.patches import read_patches
from freqbench.errors import FreqbenchError
from freqbench.layout import Layout
from freqbench.reporting.residual_figure import common_limit, draw_residuals, measure_residuals


def write(config, restored_of):
    """Write what a function makes of the method's name, the noisy and the clean test patches."""
    layout, test = Layout.of(config), read_patches(Layout.of(config), "tiny", 1).side("test")
    noisy, clean = to_unit_range(test.noisy), to_unit_range(test.clean)
    for method in config.method_names_of("tiny"):
        path = layout.restored("tiny", method, 1, config.seeds_of(method)[0])
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, restored_of(method, noisy, clean).astype(np.float32))


def share(method, noisy, clean):
    """Return the input with a known part of its error: spatial a half, ffl all, lffl_a1 none."""
    part = {"spatial": 0.5, "lffl_a1": 0.0, "clean": 0.0}.get(method, 1.0)
    return clean + part * (noisy - clean)


def maps(figure):
    return {axes.get_title(): axes for axes in figure.axes if axes.get_title()}


@pytest.mark.parametrize("window", ["hann", "none"])
def test_a_share_of_the_input_s_error_is_that_share_at_every_frequency(make_study, window):
    config = make_study(spectra={"window": window})
    write(config, share)
    decibels, totals, count = measure_residuals(config, "tiny")
    assert set(decibels) == {"gaussian", "spatial", "ffl", "lffl_a1"}
    assert count == 6
    # below the power of rounding to 16 bits nothing counts: there the noise has no power anyway
    assert np.median(decibels["spatial"]) == pytest.approx(20 * np.log10(0.5), abs=1e-3)
    assert totals["spatial"] == pytest.approx(20 * np.log10(0.5), abs=1e-3)
    np.testing.assert_allclose(decibels["ffl"], 0, atol=1e-3)
    assert decibels["lffl_a1"].max() < -20 and np.isfinite(decibels["lffl_a1"]).all()


def test_a_planted_wave_is_red_at_its_frequency_alone(make_study, drawn_figures):
    config = make_study(spectra={"window": "none"})
    size = 32
    x = np.arange(size)
    write(config, lambda method, noisy, _: noisy + (method == "ffl") * 0.2 * np.cos(2 * np.pi * 8 * x / size))
    draw_residuals(config, "tiny")
    image = maps(drawn_figures[0])["FFL"].images[0]
    values = np.asarray(image.get_array())
    assert set(zip(*np.nonzero(values > 3), strict=True)) == {(16, 8), (16, 24)}
    # the middle of the pixel lies at its frequency, in cycles per pixel
    left, right, bottom, top = image.get_extent()
    width = (right - left) / size
    assert left + (24 + 0.5) * width == pytest.approx(8 / size)
    assert bottom + (16 + 0.5) * (top - bottom) / size == pytest.approx(0)


def test_all_panels_have_one_scale_about_zero_and_the_page_states_it(make_study, drawn_figures):
    config = make_study()
    write(config, share)
    draw_residuals(config, "tiny")
    figure = drawn_figures[0]
    limits = {axes.images[0].get_clim() for axes in maps(figure).values()}
    ((low, high),) = limits
    assert -low == high == common_limit(measure_residuals(config, "tiny")[0])
    assert f"Colours end at ±{high:g} dB" in " ".join(figure.texts[-1].get_text().split())
    assert "total −6.0 dB" in maps(figure)["Spatial only"].get_xlabel()


def test_a_known_pixel_size_gives_an_axis_in_cycles_per_micrometre(make_study, drawn_figures, assert_readable):
    config = make_study(datasets={"tiny": {"pixel_size": 0.25}})
    write(config, share)
    draw_residuals(config, "tiny")
    (axes, *_) = maps(drawn_figures[0]).values()
    (physical,) = axes.child_axes
    assert physical.get_xlabel() == "cycles per µm"
    assert_readable(drawn_figures[0])
    assert physical.get_xlim() == pytest.approx(np.array(axes.get_xlim()) / 0.25)


def test_only_the_first_split_and_the_first_seed_are_read(make_study, drawn_figures):
    config = make_study(datasets={"tiny": {"split": {"repeats": 2}}}, seeds=[4, 9])
    write(config, share)
    draw_residuals(config, "tiny")
    assert drawn_figures[0].texts[0].get_text().startswith("tiny, split 1 of 2 (smoke)")


def test_twelve_methods_with_long_names_are_readable(make_study, twelve_methods, drawn_figures, assert_readable):
    config = make_study(methods=twelve_methods, datasets={"tiny": {"pixel_size": 0.25}})
    write(config, share)
    draw_residuals(config, "tiny")
    assert len(maps(drawn_figures[0])) == 13
    assert_readable(drawn_figures[0])


def test_without_any_residual_to_show_the_scale_has_a_length():
    assert common_limit({}) == 1.0
    assert common_limit({"spatial": np.zeros((2, 2))}) == 1.0
    assert common_limit({"spatial": np.full((2, 2), -3.2), "gaussian": np.full((2, 2), 40.0)}) == 4.0


def test_a_restored_file_that_is_missing_or_not_finite_is_named(make_study):
    config = make_study()
    with pytest.raises(FreqbenchError, match=r"split1_seed0\.npy: no readable restored patches"):
        draw_residuals(config, "tiny")
    write(config, lambda method, noisy, _: noisy + (np.inf if method == "ffl" else 0.0))
    with pytest.raises(FreqbenchError, match=r"ffl/split1_seed0\.npy: .*finite.*freqbench restore"):
        draw_residuals(config, "tiny")
