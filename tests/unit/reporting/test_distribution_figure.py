"""The distributions: fields of view as planted, means whose differences are those of the statistics."""

import numpy as np
import pandas as pd
import pytest

from freqbench.errors import FreqbenchError
from freqbench.evaluation import COLUMNS, read_metrics
from freqbench.layout import Layout
from freqbench.reporting.distribution_figure import draw_distributions, field_values, run_values
from freqbench.run import runs_of
from freqbench.statistics.compare import compare_methods

LEVELS = {"input": 22.0, "gaussian": 24.0, "clean": np.inf, "spatial": 25.0, "ffl": 25.5, "lffl_a1": 24.0}


def write(config, *, fovs=3, value_of=None, metrics=("psnr",), pairs=True):
    """Write metrics with a planted value of each method, field of view, capture, split and seed; and statistics.

    Without pairs the statistics hold a difference to the reference of each method and metric that means nothing.
    """
    layout, paths = Layout.of(config), []
    for run in runs_of(config, "tiny"):
        rows = [
            (*run.key, f"tiny/{fov}/{capture}", str(fov), str(capture), "patch", metric, value)
            for metric in metrics
            for fov in range(1, fovs + 1)
            for capture in range(2)
            for value in [(value_of or planted)(run.method, fov, capture, run.seed + 10 * (run.split - 1))]
        ]
        path = layout.image_metrics(*run.key)
        path.parent.mkdir(parents=True, exist_ok=True)
        pd.DataFrame(rows, columns=list(COLUMNS)).to_csv(path, index=False)
        paths.append(path)
    layout.statistics("tiny").parent.mkdir(parents=True, exist_ok=True)
    if pairs:
        statistics = compare_methods(read_metrics(paths), config)
    else:
        rows = [(metric, method.name) for metric in metrics for method in config.methods[1:]]
        statistics = pd.DataFrame(rows, columns=["metric", "method"]).assign(
            dataset="tiny", baseline="spatial", against="spatial", analysis="fov", fovs=fovs, better="undecided"
        )
        statistics = statistics.assign(mean_difference=1.0, ci_low=-2.0, ci_high=3.0)
    statistics.to_csv(layout.statistics("tiny"), index=False)


def planted(method, fov, capture, run):
    pull = {"spatial": 0.0, "ffl": 0.1}.get(method, 0.02) * fov
    return LEVELS.get(method, 23.0) + 0.5 * fov + pull + 0.05 * capture + 0.01 * run


def lines(axes, start):
    return [line for line in axes.lines if str(line.get_label()).startswith(start)]


@pytest.mark.parametrize("changes", [{}, {"seeds": [3, 5]}])
def test_points_are_the_fields_of_view_of_each_training_and_lines_join_their_means(make_study, drawn_figures, changes):
    config = make_study(**changes)
    write(config)
    draw_distributions(config, "tiny")
    values = drawn_figures[0].axes[0]
    seeds = config.seeds
    (points,) = lines(values, "ffl")
    expected = [planted("ffl", fov, 0.5, seed) for seed in seeds for fov in (1, 2, 3)]
    assert sorted(points.get_xdata()) == pytest.approx(sorted(expected))
    place = config.method_names_of("tiny").index("ffl")
    assert set(points.get_ydata()) == {place}
    for fov in (1, 2, 3):
        (joined,) = lines(values, f"field {fov}")
        assert joined.get_xdata()[place] == pytest.approx(planted("ffl", fov, 0.5, np.mean(seeds)))
    assert len(lines(values, "field")) == 3


def test_the_difference_beside_is_that_of_the_statistics_and_of_the_means(make_study, drawn_figures):
    config = make_study(seeds=[0, 1])
    write(config)
    draw_distributions(config, "tiny")
    values, beside = drawn_figures[0].axes[:2]
    table = pd.read_csv(Layout.of(config).statistics("tiny"))
    rows = table[(table["against"] == "spatial") & (table["analysis"] == "fov")].set_index("method")
    means = {name: lines(values, f"mean {name}")[0].get_xdata()[0] for name in ("spatial", "ffl", "lffl_a1")}
    intervals = lines(beside, "interval")
    for number, method in enumerate(("ffl", "lffl_a1")):
        (marker,) = lines(beside, method)
        shown = float(np.ravel(marker.get_xdata())[0])
        assert shown == pytest.approx(rows.loc[method, "mean_difference"])
        assert shown == pytest.approx(means[method] - means["spatial"])
        assert list(intervals[number].get_xdata()) == pytest.approx(list(rows.loc[method, ["ci_low", "ci_high"]]))


def test_a_planted_interval_is_drawn_as_it_stands_and_never_computed(make_study, drawn_figures):
    config = make_study()
    write(config)
    path = Layout.of(config).statistics("tiny")
    table = pd.read_csv(path)
    table[["mean_difference", "ci_low", "ci_high"]] = [7.0, 6.5, 7.25]
    table["better"] = table["better"].fillna("").astype(str)
    table.loc[table["method"] == "ffl", "better"] = "method"
    table.loc[table["method"] == "lffl_a1", "better"] = "undecided"
    table.to_csv(path, index=False)
    draw_distributions(config, "tiny")
    beside = drawn_figures[0].axes[1]
    assert {tuple(line.get_xdata()) for line in lines(beside, "interval")} == {(6.5, 7.25)}
    # filled where decided, open where not
    (ffl,), (lffl,) = lines(beside, "ffl"), lines(beside, "lffl_a1")
    assert ffl.get_markerfacecolor() == ffl.get_color()
    assert lffl.get_markerfacecolor() == "white"


def test_an_infinite_psnr_stands_at_the_edge_and_is_counted(make_study, drawn_figures):
    config = make_study()
    write(config)
    draw_distributions(config, "tiny")
    values = drawn_figures[0].axes[0]
    edge = {text.get_text(): text for text in values.texts}
    assert "∞ ▸" in edge
    assert edge["∞ ▸"].get_position()[1] == config.method_names_of("tiny").index("clean")
    assert not lines(values, "clean")
    assert "6 of 36 values are not finite" in " ".join(drawn_figures[0].texts[-1].get_text().split())


def test_better_lies_to_the_right_for_every_metric(make_study, drawn_figures):
    config = make_study()

    def quality(method, fov, capture, run):
        return 0.1 if method == "clean" else 50 / planted(method, fov, capture, run)

    write(config, metrics=("gmsd", "psnr"), value_of=quality)
    draw_distributions(config, "tiny")
    figure = drawn_figures[0]
    psnr, _, gmsd, difference = figure.axes
    assert [axes.get_title() for axes in (psnr, gmsd)] == ["PSNR (dB)", "GMSD"]
    assert psnr.get_xlim()[0] < psnr.get_xlim()[1]
    assert gmsd.get_xlim()[0] > gmsd.get_xlim()[1]
    assert difference.get_xlim()[0] > difference.get_xlim()[1]


def test_one_field_of_view_has_points_but_no_interval_and_the_page_says_so(make_study, drawn_figures, assert_readable):
    config = make_study()
    write(config, fovs=1)
    draw_distributions(config, "tiny")
    values, beside = drawn_figures[0].axes[:2]
    assert len(lines(values, "field")) == 1
    assert not lines(beside, "interval") and lines(beside, "ffl")
    assert "One field of view: no interval" in " ".join(drawn_figures[0].texts[-1].get_text().split())
    assert_readable(drawn_figures[0])


def test_a_value_that_is_missing_or_nan_breaks_a_line_and_shifts_no_other(make_study, drawn_figures):
    config = make_study()

    def gap(method, fov, capture, run):
        return np.nan if (method, fov) == ("ffl", 2) else planted(method, fov, capture, run)

    write(config, value_of=gap)
    draw_distributions(config, "tiny")
    values = drawn_figures[0].axes[0]
    (joined,) = lines(values, "field 2")
    names = config.method_names_of("tiny")
    assert np.isnan(joined.get_xdata()[names.index("ffl")])
    assert joined.get_xdata()[names.index("lffl_a1")] == pytest.approx(planted("lffl_a1", 2, 0.5, 0))
    mean = lines(values, "mean ffl")[0].get_xdata()[0]
    assert mean == pytest.approx(np.mean([planted("ffl", fov, 0.5, 0) for fov in (1, 3)]))


def test_twelve_methods_with_long_names_and_many_fields_are_readable(
    make_study, twelve_methods, drawn_figures, assert_readable
):
    config = make_study(methods=twelve_methods)
    write(config, fovs=12, metrics=("psnr", "ssim", "gmsd"), pairs=False)
    draw_distributions(config, "tiny")
    labels = [label.get_text() for label in drawn_figures[0].axes[0].get_yticklabels()]
    assert len(labels) == len(set(labels)) == 15
    assert_readable(drawn_figures[0])


def test_seeds_weigh_within_their_split_and_captures_within_their_field():
    rows = [
        ("m", "psnr", "1", 1, 0, 1.0),
        ("m", "psnr", "1", 1, 0, 3.0),
        ("m", "psnr", "1", 1, 1, 4.0),
        ("m", "psnr", "1", 2, 0, np.inf),
        ("m", "psnr", "1", 2, 0, 9.0),
    ]
    table = pd.DataFrame(rows, columns=["method", "metric", "fov", "split", "seed", "value"])
    assert list(run_values(table)["value"]) == [2.0, 4.0, 9.0]
    assert list(field_values(run_values(table))["value"]) == [6.0]


def test_missing_metrics_and_missing_statistics_are_one_error(make_study):
    config = make_study()
    with pytest.raises(FreqbenchError, match="no readable metrics"):
        draw_distributions(config, "tiny")
    write(config)
    Layout.of(config).statistics("tiny").unlink()
    with pytest.raises(FreqbenchError, match=r"statistics.tiny\.csv: no readable"):
        draw_distributions(config, "tiny")
