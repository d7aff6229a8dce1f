import numpy as np
import pandas as pd
import pytest

from freqbench.averaging.measure import COLUMNS
from freqbench.averaging.summary import averaged_runs_of
from freqbench.errors import FreqbenchError
from freqbench.evaluation import write_metrics
from freqbench.layout import Layout
from freqbench.reporting.averaging_figure import captures_note, draw_averaging
from freqbench.reporting.averaging_table import write_averaging_table

BIAS = {"input": -0.0001, "gaussian": 0.0016, "spatial": 0.0009, "ffl": 0.0025, "lffl_a1": 0.0004}
VARIANCE = 0.0016


def write(config, captures=8):
    """Write planted errors: a squared bias of each method, one variance, and means that fall as these say."""
    sizes = [size for size in (1, 2, 4, 8) if size <= captures]
    for run in averaged_runs_of(config, "tiny"):
        bias = BIAS[run.method]
        rows = []
        for fov in ("3", "4"):
            rows += [(*run.key, fov, "mse", size, bias + VARIANCE / size) for size in sizes]
            rows += [(*run.key, fov, "frc_area", size, 0.5 + 0.01 * size) for size in sizes]
            if captures > 1:
                rows.append((*run.key, fov, "squared_bias", captures, bias))
                rows.append((*run.key, fov, "variance", captures, VARIANCE))
        write_metrics(pd.DataFrame(rows, columns=list(COLUMNS)), COLUMNS, Layout.of(config).averaging(*run.key))


def note_of(figure):
    return " ".join(" ".join(each.get_text() for each in figure.texts).split())


def test_the_error_falls_to_the_bias_at_infinity(make_study, drawn_figures):
    config = make_study()
    write(config)
    draw_averaging(config, "tiny")
    axes = drawn_figures[0].axes[0]
    (line,) = [each for each in axes.lines if each.get_label() == "ffl"]
    assert line.get_xdata().tolist() == [1, 2, 4, 8]
    assert line.get_ydata() == pytest.approx(np.sqrt([0.0025 + VARIANCE / size for size in (1, 2, 4, 8)]))
    limits = sorted(float(each.get_ydata()[0]) for each in axes.lines if each.get_label() == "_bias")
    # the input's estimate is below zero and has no root
    assert limits == pytest.approx([0.02, 0.03, 0.04, 0.05])
    assert [label.get_text() for label in axes.get_xticklabels()] == ["1", "2", "4", "8", "∞"]
    assert "TOO FEW" not in note_of(drawn_figures[0])


@pytest.mark.parametrize(("captures", "words"), [(1, "cannot be told apart"), (4, "a field of view has 4")])
def test_few_captures_are_named_as_too_few_in_figure_and_table(make_study, drawn_figures, captures, words):
    config = make_study()
    write(config, captures)
    draw_averaging(config, "tiny")
    assert words in captures_note(captures)
    assert captures_note(captures) in note_of(drawn_figures[0])
    write_averaging_table(config)
    assert words in Layout.of(config).averaging_table("md").read_text(encoding="utf-8")


def test_the_table_has_roots_and_shares_of_the_means(make_study):
    config = make_study()
    write(config)
    write_averaging_table(config)
    layout = Layout.of(config)
    text = layout.averaging_table("md").read_text(encoding="utf-8")
    assert "| Method | one capture ↓ | mean of 8 ↓ | bias ↓ | noise ↓ | squared bias in the MSE (%) |" in text
    assert "| FFL | 0.0640 | 0.0520 | 0.0500 | 0.0400 | 61.0 |" in text
    assert "| Input (degraded) | 0.0387 | 0.0100 | ≤ 0 | 0.0400 | ≤ 0 |" in text
    assert "Clean (target)" not in text
    numbers = pd.read_csv(layout.averaging_table("csv")).set_index("method")
    assert numbers.loc["input", "squared_bias"] == pytest.approx(BIAS["input"])
    assert all(layout.averaging_table(form).exists() for form in ("html", "tex"))


def test_without_a_second_capture_the_table_says_that_there_are_no_parts(make_study):
    config = make_study()
    write(config, captures=1)
    write_averaging_table(config)
    assert "| 0.0640 | 0.0640 | n/a | n/a | n/a |" in Layout.of(config).averaging_table("md").read_text(
        encoding="utf-8"
    )


def test_the_files_are_the_same_each_time(make_study):
    config = make_study()
    write(config)
    paths = [Layout.of(config).averaging_figure("tiny", suffix) for suffix in ("png", "pdf")]
    draw_averaging(config, "tiny")
    first = [path.read_bytes() for path in paths]
    draw_averaging(config, "tiny")
    assert [path.read_bytes() for path in paths] == first


def test_a_study_that_is_not_measured_names_the_file(make_study):
    with pytest.raises(FreqbenchError, match=r"split1_seed0_averaging\.csv"):
        draw_averaging(make_study(), "tiny")


@pytest.mark.parametrize("fit", ["none", "affine"])
def test_a_fit_is_named_as_a_bias_where_there_is_one(make_study, drawn_figures, fit):
    config = make_study(evaluation={"intensity_fit": fit})
    write(config)
    draw_averaging(config, "tiny")
    write_averaging_table(config)
    table = Layout.of(config).averaging_table("md").read_text(encoding="utf-8")
    assert ("The fit is a bias, too" in note_of(drawn_figures[0])) == (fit == "affine")
    assert ("The fit is a bias, too" in table) == (fit == "affine")
