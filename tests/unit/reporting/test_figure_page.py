"""Text fits the page: broken, shortened, and a legend in as many columns as there is room for."""

import pytest
from matplotlib.lines import Line2D

from freqbench.reporting.figure_files import DOTS_PER_INCH, figure_style
from freqbench.reporting.figure_page import (
    PAGE,
    Edges,
    legend_columns,
    new_page,
    shortened,
    text_width,
    wrapped,
)


def test_lines_fit_and_no_word_is_lost():
    text = "A remark on what a number means, and on what it does not mean. " * 12
    lines = wrapped([text, "short"], 3.0, 7)
    assert max(text_width(line, 7) for line in lines) <= 3.0
    assert " ".join(lines).split() == f"{text} short".split()
    assert lines[-1] == "short"


def test_a_word_longer_than_a_line_is_broken():
    lines = wrapped(["see " + "x" * 300 + " there"], 1.0, 7)
    assert max(text_width(line, 7) for line in lines) <= 1.0
    assert "".join(lines).replace(" ", "").count("x") == 300


def test_a_name_that_is_too_long_keeps_its_ends():
    name = "a_very_long_name_of_a_loss_with_alpha_0.5"
    short = shortened(name, 1.0, 7)
    assert text_width(short, 7) <= 1.0
    assert short.startswith("a_very") and short.endswith("0.5") and "…" in short
    assert shortened("FFL", 1.0, 7) == "FFL"


@pytest.mark.parametrize("points", [6, 6.5, 7, 9])
def test_a_drawn_text_is_not_wider_than_measured_and_little_narrower(points):
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    for words in ("LFFL α=0.5, λ₄ = 4", "A note. " * 12, "_".join("abcdefghij"), "−1.25 dB, WWW 0.0001"):
        figure = Figure(figsize=(20, 1), dpi=DOTS_PER_INCH)
        text = figure.text(0, 0.5, words, fontsize=points)
        FigureCanvasAgg(figure).draw()
        drawn = text.get_window_extent().width / DOTS_PER_INCH
        assert 0.9 * text_width(words, points) < drawn <= text_width(words, points) + 0.01


@pytest.mark.parametrize("count", [0, 1, 12])
def test_heading_axes_legend_and_notes_follow_each_other(count, assert_readable):
    legend = [Line2D([], [], label=f"method number {number} with a name") for number in range(count)]
    with figure_style():
        figure = new_page("A heading " * 12, ["A note. " * 60, "Another."], 2.0, Edges(below=0.4), legend=legend)
        axes = figure.subplots(1, 2)
    for axis in axes:
        axis.set_xlabel("frequency")
    assert figure.get_figwidth() == PAGE
    assert axes[0].get_position().height * figure.get_figheight() == pytest.approx(2.0)
    assert_readable(figure)


def test_a_legend_of_nothing_and_of_one_long_entry_has_a_column():
    assert legend_columns([], 7.0) == 1
    assert legend_columns(["x" * 300, "y"], 7.0) == 1
