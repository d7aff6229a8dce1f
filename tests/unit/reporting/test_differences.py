import pandas as pd
import pytest

from freqbench.errors import FreqbenchError
from freqbench.layout import Layout
from freqbench.reporting.differences_figure import draw_differences
from freqbench.reporting.differences_table import write_differences_table
from freqbench.reporting.method_styles import KNOWN

MEANS = {
    ("psnr", "input"): 20.0,
    ("psnr", "clean"): 60.0,
    ("psnr", "gaussian"): 24.0,
    ("psnr", "spatial"): 25.0,
    ("psnr", "ffl"): 25.5,
    ("psnr", "lffl_a1"): 24.0,
    ("lpips", "input"): 0.5,
    ("lpips", "clean"): 0.0,
    ("lpips", "gaussian"): 0.3,
    ("lpips", "spatial"): 0.2,
    ("lpips", "ffl"): 0.1,
    ("lpips", "lffl_a1"): 0.2,
}


@pytest.fixture
def study(make_study, write_results):
    config = make_study(comparison={"significance": 0.05})
    write_results(config, {(method, metric): value for (metric, method), value in MEANS.items()}, fovs=6)
    return config


def rows_of(text, caption):
    """Return the cells of one Markdown table by the name of the row."""
    part = text[text.index(f"**tiny: {caption}") :].split("\n\n")[1]
    lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in part.splitlines()[2:]]
    return {cells[0]: cells[1:] for cells in lines}


def test_every_method_stands_against_the_reference_with_the_sign_of_the_difference(study):
    write_differences_table(study)
    text = Layout.of(study).differences_table("md").read_text(encoding="utf-8")
    psnr = rows_of(text, "PSNR ↑ in dB (6 fields of view)")
    assert list(psnr) == ["FFL − Spatial only", "LFFL α=1 − Spatial only"]
    assert psnr["FFL − Spatial only"][0] == "+0.5000"
    assert psnr["LFFL α=1 − Spatial only"][0] == "-1.0000"
    low, high = map(float, psnr["FFL − Spatial only"][1].split(" to "))
    assert low < 0.5 < high
    # better is marked as better whatever the direction of the metric
    lpips = rows_of(text, "LPIPS (untrained backbone) ↓")
    assert lpips["FFL − Spatial only"][0] == "-0.10000"
    for row, mark in (
        (psnr["FFL − Spatial only"], "▲"),
        (psnr["LFFL α=1 − Spatial only"], "▼"),
        (lpips["FFL − Spatial only"], "▲"),
    ):
        assert row[3].endswith(mark)
        assert row[4].endswith(mark)
    undecided = lpips["LFFL α=1 − Spatial only"]
    assert not set("▲▼") & set(undecided[3] + undecided[4])
    assert "p < 0.05" in text


def test_the_csv_holds_every_comparison_and_the_html_every_pair(study):
    write_differences_table(study)
    layout = Layout.of(study)
    assert set(pd.read_csv(layout.differences_table("csv"))["against"]) == {"best_baseline", "spatial", "pair"}
    html = layout.differences_table("html").read_text(encoding="utf-8")
    assert "LFFL α=1 − FFL" in html
    assert "LFFL α=1 − FFL" not in layout.differences_table("md").read_text(encoding="utf-8")
    assert layout.differences_table("tex").is_file()


def test_without_the_reference_the_pairs_come_first(make_study, write_results):
    methods = [
        {"name": "ffl", "loss": "focal_frequency", "weight": 1.0},
        {"name": "lffl_a1", "loss": "log_focal_frequency", "weight": 1.0},
    ]
    config = make_study(methods=methods, comparison={"baselines": ["ffl"]}, calibration={"reference": "lffl_a1"})
    kept = {(method, metric): value for (metric, method), value in MEANS.items() if method != "spatial"}
    write_results(config, kept)
    write_differences_table(config)
    assert "LFFL α=1 − FFL" in Layout.of(config).differences_table("md").read_text(encoding="utf-8")
    draw_differences(config, "tiny")


def test_a_test_that_was_not_possible_is_said_once(make_study, write_results):
    config = make_study()
    write_results(config, {(method, metric): value for (metric, method), value in MEANS.items()}, fovs=1)
    write_differences_table(config)
    text = Layout.of(config).differences_table("md").read_text(encoding="utf-8")
    row = rows_of(text, "PSNR ↑ in dB (1 field of view)")["FFL − Spatial only"]
    assert row[1] == "n/a"
    assert row[4] == "no test"
    assert text.count("\n- tiny: one pair: no test") == 1


def test_the_figure_shows_the_statistics_in_the_methods_styles_filled_where_decided(
    study, drawn_figures, assert_readable
):
    draw_differences(study, "tiny")
    table = pd.read_csv(Layout.of(study).statistics("tiny"))
    rows = table[(table["against"] == "spatial") & (table["analysis"] == "fov")].set_index(["metric", "method"])
    figure = drawn_figures[0]
    for axes, metric in zip(figure.axes, ("psnr", "lpips"), strict=False):
        for method in ("ffl", "lffl_a1"):
            row = rows.loc[(metric, method)]
            (marker,) = [line for line in axes.lines if line.get_label() == method]
            assert marker.get_xdata()[0] == pytest.approx(row["mean_difference"])
            assert (marker.get_color(), marker.get_marker()) == (KNOWN[method].colour, KNOWN[method].marker)
            assert (marker.get_markerfacecolor() == "white") == (row["better"] == "undecided")
        spans = [tuple(line.get_xdata()) for line in axes.lines if line.get_label() == "interval"]
        assert spans == [
            pytest.approx(tuple(rows.loc[(metric, name), ["ci_low", "ci_high"]])) for name in ("ffl", "lffl_a1")
        ]
    # better lies to the right, also where lower is better
    assert figure.axes[0].get_xlim()[0] < figure.axes[0].get_xlim()[1]
    assert figure.axes[1].get_xlim()[0] > figure.axes[1].get_xlim()[1]
    assert_readable(figure)


def test_the_figure_is_the_same_twice(study):
    paths = [Layout.of(study).differences_figure("tiny", suffix) for suffix in ("png", "pdf")]
    contents = []
    for _ in range(2):
        draw_differences(study, "tiny")
        contents.append([path.read_bytes() for path in paths])
    assert contents[0] == contents[1]
    assert contents[0][0].startswith(b"\x89PNG")


def test_missing_statistics_are_one_error(make_study):
    with pytest.raises(FreqbenchError, match=r"tiny\.csv: no readable"):
        draw_differences(make_study(), "tiny")
