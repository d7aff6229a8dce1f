"""Error maps: restored minus clean of the shown patch, on one scale, with a rule that the page states."""

import numpy as np
import pytest

from freqbench.data.image_files import to_unit_range
from freqbench.data.patches import read_patches
from freqbench.errors import FreqbenchError
from freqbench.layout import Layout
from freqbench.reporting.error_figure import SMALLEST, draw_errors, error_limit

PSNR = {"input": 20.0, "gaussian": 25.0, "clean": np.inf, "spatial": 28.0, "ffl": 27.0, "lffl_a1": 29.0}


@pytest.fixture
def make_results(make_study, write_results):
    """Return a function that writes restored patches: the clean ones with a planted offset in a planted corner."""

    def make(offsets=None, **changes):
        config = make_study(**changes)
        layout, test = Layout.of(config), read_patches(Layout.of(config), "tiny", 1).side("test")
        clean = to_unit_range(test.clean)
        given = {name: 0.01 * place for place, name in enumerate(config.method_names)} | {"clean": 0.0}
        for method, offset in (given | (offsets or {})).items():
            restored = clean.copy()
            restored[:, :4, :8] += np.float32(offset)
            path = layout.restored("tiny", method, 1, 0)
            path.parent.mkdir(parents=True, exist_ok=True)
            np.save(path, restored)
        means = {(method, "psnr"): PSNR.get(method, 26.0) for method in config.method_names}
        write_results(config, means, spread=0.1, statistics=False)
        return config

    return make


def maps(figure):
    """Return the axes of the whole pictures by their title."""
    return {axes.get_title(): axes for axes in figure.axes if axes.get_title()}


def test_each_map_shows_the_planted_error_with_its_sign(make_results, drawn_figures):
    config = make_results({"spatial": -0.05, "ffl": 0.03})
    draw_errors(config, "tiny")
    found = maps(drawn_figures[0])
    assert next(iter(found)) == "Clean (target)"
    assert "Clean (target)" not in list(found)[1:]
    for title, offset in (("Spatial only", -0.05), ("FFL", 0.03)):
        error = np.asarray(found[title].images[0].get_array())
        assert error[:4, :8] == pytest.approx(offset, abs=1e-6)
        assert not error[4:].any() and not error[:, 8:].any()
        rms = abs(offset) * np.sqrt(32 / 32**2)
        expected = f"RMS {rms:.4f}, mean {offset * 32 / 32**2:+.4f}".replace("-", "−")
        assert found[title].get_xlabel() == expected


def test_all_maps_have_one_scale_symmetric_about_zero_which_the_page_states(make_results, drawn_figures):
    config = make_results({"input": 0.9, "spatial": 0.2, "ffl": -0.2, "lffl_a1": 0.2})
    draw_errors(config, "tiny")
    figure = drawn_figures[0]
    limits = {axes.images[0].get_clim() for title, axes in maps(figure).items() if title != "Clean (target)"}
    ((low, high),) = limits
    # the input's errors are larger than the end of the scale
    assert -low == high == pytest.approx(0.2, abs=1e-6)
    assert f"±{high:.3g}" in figure.texts[-1].get_text()
    bar = figure.axes[-1]
    assert bar.get_xlabel() == "restored minus clean (the data range is 1)"
    assert bar.get_xlim() == pytest.approx((low, high))


def test_the_page_says_which_patch_and_which_regions_and_by_what_rule(make_results, drawn_figures):
    draw_errors(make_results(), "tiny")
    note = " ".join(drawn_figures[0].texts[-1].get_text().split())
    assert "of 6 test patches, that of the median PSNR under Spatial only" in note
    assert "the 2 windows of 8 pixels with the largest mean squared gradient in the clean patch" in note


@pytest.mark.parametrize(
    ("errors", "limit"),
    [
        ({"spatial": np.zeros((4, 4)), "input": np.ones((4, 4))}, SMALLEST),
        ({"input": np.full((4, 4), -0.5)}, 0.5),
        ({}, SMALLEST),
        ({"spatial": np.linspace(-1, 1, 201)[None]}, 0.99),
    ],
)
def test_where_the_scale_ends(errors, limit):
    assert error_limit(errors) == pytest.approx(limit, abs=0.006)


def test_twelve_methods_with_long_names_are_readable(make_results, twelve_methods, drawn_figures, assert_readable):
    config = make_results(methods=twelve_methods)
    draw_errors(config, "tiny")
    assert len(maps(drawn_figures[0])) == 15
    assert_readable(drawn_figures[0])


def test_restored_patches_that_are_not_finite_are_named(make_results):
    config = make_results({"ffl": np.nan})
    with pytest.raises(FreqbenchError, match=r"ffl/split1_seed0\.npy: .* not finite; run `freqbench restore-patches`"):
        draw_errors(config, "tiny")
    assert not Layout.of(config).error_figure("tiny", "png").exists()


def test_both_files_are_the_same_twice(make_results):
    config = make_results()
    paths = [Layout.of(config).error_figure("tiny", suffix) for suffix in ("png", "pdf")]
    contents = []
    for _ in range(2):
        draw_errors(config, "tiny")
        contents.append([path.read_bytes() for path in paths])
    assert contents[0] == contents[1]
    assert contents[0][0].startswith(b"\x89PNG") and contents[0][1].startswith(b"%PDF")
