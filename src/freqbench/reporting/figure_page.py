"""The page of a figure: as wide as a paper's text, with heading, legend and notes that fit."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

PAGE = 7.2
"""Width of a figure in inches: both columns of a paper, 183 mm."""
HEADING_POINTS, LABEL_POINTS, NOTE_POINTS, LEGEND_POINTS, SMALLEST_POINTS = 9.0, 7.0, 6.5, 6.5, 6.0
"""Sizes of the text; on the page of a journal it must not be smaller than 5 to 6 points."""
LINE_SPACING, MARGIN, HANDLE = 1.25, 0.08, 0.5
"""Height of a line in its font sizes; empty border of the page and width of a legend's handle with its gaps, in
inches."""
PIXELS = 1.04
"""By how much letters set in the pixels of the PNG can be wider than they are."""
GREY = "0.25"
"""Of the notes."""


@dataclass(frozen=True)
class Edges:
    """Room around all axes of a page for what is written at their sides, in inches.

    Attributes:
        left: for the labels of the first axes of a row.
        right: right of the last ones.
        above: for the titles of the first row.
        below: for the labels of the last row.
    """

    left: float = 0.55
    right: float = 0.1
    above: float = 0.25
    below: float = 0.38


def new_page(
    heading: str,
    notes: Iterable[str],
    body: float,
    edges: Edges = Edges(),
    *,
    legend: "Sequence[Line2D]" = (),
) -> "Figure":
    """Return a figure with its heading above and legend and notes below; `Figure.subplots` then fills the rest.

    Args:
        heading: what is shown.
        notes: how to read it, each on a line of its own; broken where they are longer than the page.
        body: height of all axes with the room between their rows, in inches.
        edges: room around them.
        legend: lines with their labels.
    """
    from matplotlib.figure import Figure

    inside = PAGE - 2 * MARGIN
    upper = wrapped([heading], inside, HEADING_POINTS)
    lower = wrapped(notes, inside, NOTE_POINTS)
    columns = legend_columns([str(line.get_label()) for line in legend], inside)
    rows = -(-len(legend) // columns)
    over = MARGIN + text_height(upper, HEADING_POINTS) + edges.above
    under = edges.below + (rows + 0.5 * bool(rows)) * line_height(LEGEND_POINTS)
    total = over + body + under + text_height(lower, NOTE_POINTS) + 2 * MARGIN
    figure = Figure(figsize=(PAGE, total))
    figure.subplots_adjust(
        left=edges.left / PAGE,
        right=1 - edges.right / PAGE,
        bottom=1 - (over + body) / total,
        top=1 - over / total,
    )
    figure.text(
        0.5, 1 - MARGIN / total, "\n".join(upper), size=HEADING_POINTS, ha="center", va="top", linespacing=LINE_SPACING
    )
    if legend:
        figure.legend(
            handles=list(legend),
            ncols=columns,
            loc="upper center",
            bbox_to_anchor=(0.5, 1 - (over + body + edges.below) / total),
            fontsize=LEGEND_POINTS,
            frameon=False,
            borderaxespad=0,
            borderpad=0,
            labelspacing=LINE_SPACING - 1.0,
            handlelength=2.6,
            columnspacing=1.2,
        )
    where = 1 - (over + body + under + MARGIN) / total
    figure.text(
        MARGIN / PAGE,
        where,
        "\n".join(lower),
        size=NOTE_POINTS,
        color=GREY,
        va="top",
        linespacing=LINE_SPACING,
    )
    return figure


def legend_columns(labels: Sequence[str], inches: float) -> int:
    """Return how many entries of a legend fit side by side, at least one."""
    widest = max((text_width(label, LEGEND_POINTS) for label in labels), default=0.0)
    return max(1, min(len(labels), int(inches / (widest + HANDLE))))


def line_height(points: float) -> float:
    """Return the height of a line of text in inches."""
    return LINE_SPACING * points / 72


def text_height(lines: Sequence[str], points: float) -> float:
    """Return the height of lines of text in inches."""
    return len(lines) * line_height(points)


@lru_cache(maxsize=4096)
def text_width(text: str, points: float) -> float:
    """Return the width of a line of text in inches: at most, since pixels make letters a little wider or narrower."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    width, _, _ = text_to_path.get_text_width_height_descent(text, FontProperties(size=points), False)
    return PIXELS * float(width) / 72


def wrapped(texts: Iterable[str], inches: float, points: float) -> list[str]:
    """Break texts into lines that fit; a word that is longer than a line is broken, too."""
    return [line for text in texts for line in _lines(text, inches, points)]


def _lines(text: str, inches: float, points: float) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, points) <= inches:
            lines[-1] = longer
            continue
        lines.append(word)
        while len(lines[-1]) > 1 and text_width(lines[-1], points) > inches:
            count = _fitting(lines[-1], inches, points)
            lines[-1:] = [lines[-1][:count], lines[-1][count:]]
    return lines


def _fitting(word: str, inches: float, points: float) -> int:
    """Return how many letters of a word fit into a line, at least one."""
    return max((count for count in range(1, len(word)) if text_width(word[:count], points) <= inches), default=1)


def shortened(text: str, inches: float, points: float) -> str:
    """Return a text that fits into a line: one that is longer loses its middle, since names often differ at the end."""
    if text_width(text, points) <= inches:
        return text
    for left_out in range(1, len(text)):
        kept = len(text) - left_out
        short = f"{text[: kept - kept // 2]}…{text[len(text) - kept // 2 :]}"
        if text_width(short, points) <= inches:
            return short
    return "…"
