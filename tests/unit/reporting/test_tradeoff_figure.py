"""The trade-off: planted means at their places, intervals of the statistics, the paper's points only where fair."""

import numpy as np
import pandas as pd
import pytest

from freqbench.errors import FreqbenchError
from freqbench.evaluation import SET_COLUMNS, read_metrics
from freqbench.layout import Layout
from freqbench.published.lffl_table import Place, read_lffl_table
from freqbench.reporting.method_styles import KNOWN
from freqbench.reporting.tradeoff_figure import draw_tradeoff
from freqbench.run import runs_of
from freqbench.statistics.own_mean import own_mean
from freqbench.statistics.scores import scores_by_metric

LEVELS = {
    "input": (20.0, 0.60, 90.0),
    "gaussian": (26.0, 0.28, 23.0),
    "clean": (np.inf, 0.0, 0.0),
    "spatial": (28.0, 0.25, 22.0),
    "ffl": (27.0, 0.24, 21.0),
    "lffl_a1": (29.0, 0.27, 20.0),
}
PAPER = {
    "datasets": {
        "tiny": {"source": {"kind": "fmd", "type": "Confocal_FISH"}, "published_as": "fmd_zebrafish"},
    },
    "feature_networks": "imagenet",
}


@pytest.fixture
def make_results(make_study, write_results):
    def make(levels=LEVELS, fovs=4, features="vgg16", **changes):
        evaluation = {"metrics": ["psnr", "lpips"], "frechet_features": features}
        config = make_study(evaluation=evaluation, **changes)
        middle = levels["spatial"]
        means = {}
        for method in config.method_names:
            for metric, value in zip(("psnr", "lpips", _set(features)), levels.get(method, middle), strict=True):
                if metric is not None:
                    means[method, metric] = value
        write_results(config, means, fovs=fovs, spread=0.02, statistics=False)
        return config

    return make


def _set(features):
    return {"vgg16": "fd_vgg16", "inception": "fid", "none": None}[features]


def lines(axes, label):
    return [line for line in axes.lines if line.get_label() == label]


def point(axes, label):
    (line,) = lines(axes, label)
    return float(line.get_xdata()[0]), float(line.get_ydata()[0])


def note(figure):
    return " ".join(figure.texts[1].get_text().split())


def test_every_method_stands_at_its_means_in_its_style(make_results, drawn_figures):
    config = make_results()
    draw_tradeoff(config, "tiny")
    perceptual, sets = drawn_figures[0].axes
    for method in ("spatial", "ffl", "lffl_a1", "gaussian"):
        psnr, lpips, distance = LEVELS[method]
        assert point(perceptual, method) == pytest.approx((psnr, lpips))
        assert point(sets, method) == pytest.approx((psnr, distance))
        (line,) = lines(perceptual, method)
        assert (line.get_color(), line.get_marker()) == (KNOWN[method].colour, KNOWN[method].marker)


def test_intervals_are_those_of_the_bootstrap_over_fields_of_view(make_results, drawn_figures):
    config = make_results()
    draw_tradeoff(config, "tiny")
    axes = drawn_figures[0].axes[0]
    images = read_metrics([Layout.of(config).image_metrics(*run.key) for run in runs_of(config, "tiny")])
    for metric, direction in (("psnr", "x"), ("lpips", "y")):
        found = own_mean(scores_by_metric(images)[metric], "ffl", config)
        (line,) = lines(axes, f"interval {direction} ffl")
        values = line.get_xdata() if direction == "x" else line.get_ydata()
        assert tuple(values) == pytest.approx((found.low, found.high))
        assert found.low < found.mean < found.high


def test_a_set_distance_has_the_mean_of_its_runs_intervals(make_results, drawn_figures):
    config = make_results(seeds=[0, 1])
    layout = Layout.of(config)
    for seed, ends in ((0, (10.0, 30.0)), (1, (14.0, 40.0))):
        path = layout.set_metrics("tiny", "ffl", 1, seed)
        table = pd.read_csv(path)
        table[["ci_low", "ci_high"]] = ends
        table[list(SET_COLUMNS)].to_csv(path, index=False)
    draw_tradeoff(config, "tiny")
    sets = drawn_figures[0].axes[1]
    (line,) = lines(sets, "interval y ffl")
    assert list(line.get_ydata()) == pytest.approx([12.0, 35.0])
    # the other runs have none
    assert not lines(sets, "interval y spatial") and lines(sets, "interval x spatial")


def test_controls_that_would_dwarf_the_methods_are_told_instead(make_results, drawn_figures):
    draw_tradeoff(make_results(), "tiny")
    figure = drawn_figures[0]
    assert not lines(figure.axes[0], "input") and not lines(figure.axes[0], "clean")
    assert "Input (degraded) (20.000 dB, LPIPS 0.6000)" in note(figure)
    assert "Clean (target) (∞ dB, LPIPS " in note(figure)
    low, high = figure.axes[0].get_xlim()
    assert low > 20.5 and high < 30


def test_the_axes_say_where_better_lies(make_results, drawn_figures):
    draw_tradeoff(make_results(), "tiny")
    for axes in drawn_figures[0].axes:
        assert axes.get_xlabel() == "PSNR (dB), better →"
        assert axes.get_ylabel().startswith("← better, ")
        assert axes.get_title(loc="right") == "better ↘"
        assert axes.get_ylim()[0] < axes.get_ylim()[1]


def test_without_a_paper_s_data_set_no_point_of_the_paper_is_drawn(make_results, drawn_figures):
    draw_tradeoff(make_results(), "tiny")
    figure = drawn_figures[0]
    assert not [line for axes in figure.axes for line in axes.lines if line.get_label().startswith("paper")]
    assert "No number of the LFFL paper is of the same quantities" in note(figure)


def test_the_paper_s_points_are_open_where_both_quantities_are_the_same(make_results, drawn_figures):
    config = make_results(features="vgg16", **PAPER)
    draw_tradeoff(config, "tiny")
    perceptual, sets = drawn_figures[0].axes
    table = read_lffl_table().values
    for method in ("spatial", "ffl", "lffl_a1"):
        printed = tuple(table[Place("fmd_zebrafish", metric)][method].value for metric in ("PSNR", "LPIPS"))
        assert point(perceptual, f"paper {method}") == pytest.approx(printed)
        (line,) = lines(perceptual, f"paper {method}")
        assert line.get_markerfacecolor() == "white"
        assert (line.get_color(), line.get_marker()) == (KNOWN[method].colour, KNOWN[method].marker)
    # a Fréchet distance of other features stands in the place of FID, but is none
    assert not [line for line in sets.lines if line.get_label().startswith("paper")]
    labels = [text.get_text() for text in drawn_figures[0].legends[0].get_texts()]
    assert labels[-1] == "open: LFFL paper, Table 1"
    assert "The two experiments differ" in note(drawn_figures[0])


def test_an_fid_stands_beside_the_paper_s(make_results, drawn_figures):
    draw_tradeoff(make_results(features="inception", **PAPER), "tiny")
    sets = drawn_figures[0].axes[1]
    printed = read_lffl_table().values[Place("fmd_zebrafish", "FID")]["spatial"].value
    assert point(sets, "paper spatial")[1] == pytest.approx(printed)


def test_an_lpips_of_an_untrained_network_is_never_beside_the_paper_s(make_results, drawn_figures):
    draw_tradeoff(make_results(**(PAPER | {"feature_networks": "untrained"})), "tiny")
    assert not [line for line in drawn_figures[0].axes[0].lines if line.get_label().startswith("paper")]


@pytest.mark.parametrize("fovs", [1, 4])
def test_one_field_of_view_has_no_interval_and_everything_is_readable(
    make_results, drawn_figures, assert_readable, fovs
):
    draw_tradeoff(make_results(fovs=fovs), "tiny")
    shown = [line for line in drawn_figures[0].axes[0].lines if line.get_label().startswith("interval")]
    assert bool(shown) == (fovs > 1)
    assert_readable(drawn_figures[0])


def test_without_a_distance_between_sets_the_second_panel_says_so(make_results, drawn_figures, assert_readable):
    draw_tradeoff(make_results(features="none"), "tiny")
    assert [text.get_text() for text in drawn_figures[0].axes[1].texts] == ["no distance between sets was measured"]
    assert_readable(drawn_figures[0])


def test_without_psnr_the_page_says_so(make_study, write_results, drawn_figures):
    config = make_study()
    write_results(config, {(method, "gmsd"): 0.1 for method in config.method_names})
    draw_tradeoff(config, "tiny")
    assert {text.get_text() for axes in drawn_figures[0].axes for text in axes.texts} == {
        "not measured: PSNR, and LPIPS or a distance between sets"
    }


def test_twelve_methods_with_long_names_are_readable(make_results, twelve_methods, drawn_figures, assert_readable):
    draw_tradeoff(make_results(methods=twelve_methods), "tiny")
    assert len(drawn_figures[0].legends[0].get_texts()) == 13
    assert_readable(drawn_figures[0])


def test_missing_metrics_are_one_error(make_study):
    with pytest.raises(FreqbenchError, match="no readable metrics"):
        draw_tradeoff(make_study(), "tiny")
