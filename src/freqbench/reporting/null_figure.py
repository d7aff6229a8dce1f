"""The figure of the null simulation: false positives against the correlation, coverage against fields of view."""

import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from freqbench.errors import FreqbenchError
from freqbench.reporting.figure_files import figure_style, save_figure
from freqbench.statistics.null_simulation import COVERAGE, MIDDLE, PAPER_FOVS, RUN_VARIANCE, SEEDS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

End = tuple[float, str, str]
"""Where a line ends, its label and its colour."""
LEVEL = 0.05
WIDTH, HEIGHT = 11.4, 4.9
"""In inches."""
TESTS = {
    "image_t": ("t-test over patches", "#D55E00", "o"),
    "image_wilcoxon": ("Wilcoxon over patches", "#E69F00", "s"),
    "fov_t": ("t-test over fields of view", "#0072B2", "o"),
    "fov_wilcoxon": ("Wilcoxon over fields of view", "#56B4E9", "s"),
}
INTERVALS = {
    "image_t": ("t interval over patches", "#D55E00", "o"),
    "patch_bootstrap": ("bootstrap of patches", "#E69F00", "s"),
    "fov_t": ("t interval over fields of view", "#0072B2", "o"),
    "cluster_bootstrap": ("bootstrap of fields of view", "#009E73", "D"),
}
"""Label, colour (Okabe and Ito) and marker."""
TRAININGS = {
    "fov_t": (f"t interval, {SEEDS} trainings", "#0072B2", "o"),
    "cluster_bootstrap": (f"bootstrap, {SEEDS} trainings", "#009E73", "D"),
}
STYLES = {"normal": "-", "exponential": "--"}
NOTE = (
    "Simulated paired differences of mean 0, {patches} patches of each field of view. The effect of a field is normal "
    "(filled, solid) or skewed, a centred exponential (open, dashed). Dotted: {seeds} trainings that differ among "
    "themselves by a variance of {variance:g} of a patch's; their mean is 0 over all trainings, not over these. "
    "Horizontal line: nominal. Bars: 95 % of the Monte Carlo error; points lie a little beside their place."
)


def draw_null(source: Path, figures: Mapping[str, Path]) -> None:
    """Draw the null simulation from its table alone.

    Args:
        source: the table that `freqbench null-simulation` writes.
        figures: where to, by suffix, ``png`` and ``pdf``.

    Raises:
        FreqbenchError: if the table is missing or damaged.
    """
    try:
        table = pd.read_csv(source)
        with figure_style(frame=False, points=8):
            figure = _figure(table)
    except (OSError, ValueError, KeyError, IndexError) as error:
        raise FreqbenchError(f"{source}: not readable ({error!r}); run `freqbench null-simulation` first") from error
    save_figure(figure, figures.values())


def _figure(table: pd.DataFrame) -> "Figure":
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, HEIGHT))
    figure.suptitle("What the analyses find where there is nothing to find", fontsize=10, y=0.97, va="top")
    note = NOTE.format(patches=table["patches"].iloc[0], seeds=SEEDS, variance=RUN_VARIANCE)
    figure.text(0.5, 0.02, "\n".join(textwrap.wrap(note, 215)), fontsize=7, color="0.3", ha="center")
    rates, coverage = figure.subplots(1, 2)
    figure.subplots_adjust(left=0.06, right=0.845, bottom=0.2, top=0.85, wspace=0.66)
    _draw_rates(rates, table)
    _draw_coverage(coverage, table)
    return figure


def _draw_rates(axis: "Axes", table: pd.DataFrame) -> None:
    shown = table["quantity"].eq("false_positives") & table["level"].eq(LEVEL) & table["fovs"].eq(PAPER_FOVS)
    rows = table[shown & table["seeds"].eq(1)]
    places = {value: value for value in rows["correlation"].unique()}
    ends = _draw_lines(axis, rows, column="correlation", places=places, analyses=TESTS, styles=STYLES)
    axis.axhline(LEVEL, color="0.3", linewidth=0.8, zorder=0)
    axis.set(
        xlabel="correlation of patches of one field of view", ylabel=f"false positives at p < {LEVEL}", ylim=(0, 0.85)
    )
    axis.set_title(f"Tests, {PAPER_FOVS} fields of view", fontsize=9)
    axis.set_yticks([0, LEVEL, 0.2, 0.4, 0.6, 0.8])
    axis.yaxis.set_major_formatter("{x:.0%}")
    _label_ends(axis, ends)


def _draw_coverage(axis: "Axes", table: pd.DataFrame) -> None:
    rows = table[table["quantity"].eq("coverage") & table["correlation"].eq(MIDDLE)]
    places = {fovs: float(place) for place, fovs in enumerate(sorted(rows["fovs"].unique()))}
    ends: list[End] = []
    for seeds, analyses, styles in ((1, INTERVALS, STYLES), (SEEDS, TRAININGS, {"normal": ":"})):
        chosen = rows[rows["seeds"].eq(seeds)]
        ends += _draw_lines(axis, chosen, column="fovs", places=places, analyses=analyses, styles=styles)
    axis.axhline(COVERAGE, color="0.3", linewidth=0.8, zorder=0)
    axis.set(xlabel="fields of view", ylabel="intervals that hold the true mean", ylim=(0.15, 1.0))
    axis.set_xticks(list(places.values()), [str(count) for count in places])
    axis.set_title(f"95 % intervals, correlation {MIDDLE:g}", fontsize=9)
    axis.set_yticks([0.2, 0.4, 0.6, 0.8, COVERAGE])
    axis.yaxis.set_major_formatter("{x:.0%}")
    _label_ends(axis, ends)


def _draw_lines(
    axis: "Axes",
    rows: pd.DataFrame,
    *,
    column: str,
    places: Mapping[float, float],
    analyses: Mapping[str, tuple[str, str, str]],
    styles: Mapping[str, str],
) -> list[End]:
    """Draw the rates of each analysis against a column, and return where its lines end and what they are."""
    ends: list[End] = []
    width = max(places.values()) - min(places.values())
    for number, (analysis, (label, colour, marker)) in enumerate(analyses.items()):
        for distribution, style in styles.items():
            line = rows[rows["analysis"].eq(analysis) & rows["distribution"].eq(distribution)].sort_values(column)
            # beside each other, so that no bar hides another
            shift = width * (0.006 * number - 0.009 + (0.003 if distribution == "exponential" else 0.0))
            axis.errorbar(
                line[column].map(places) + shift,
                line["value"],
                yerr=1.96 * line["standard_error"],
                color=colour,
                linestyle=style,
                elinewidth=0.8,
                linewidth=1.2,
                marker=marker,
                markersize=4,
                markerfacecolor="white" if style == "--" else colour,
            )
            if style != "--" and len(line):
                ends.append((float(line["value"].iloc[-1]), label, colour))
    return ends


def _label_ends(axis: "Axes", ends: list[End]) -> None:
    """Write the label of each line right of its end, moved so that none covers another."""
    low, high = axis.get_ylim()
    gap = 0.045 * (high - low)
    below = low - gap
    heights = []
    for value, _, _ in sorted(ends):
        below = max(value, below + gap)
        heights.append(below)
    # the uppermost may not leave the panel: those below it move down
    above = high + gap
    for place in reversed(range(len(heights))):
        above = heights[place] = min(heights[place], above - gap)
    for height, (value, label, colour) in zip(heights, sorted(ends), strict=True):
        axis.annotate(
            label,
            (1.0, value),
            xytext=(1.06, height),
            xycoords=axis.get_yaxis_transform(),
            textcoords=axis.get_yaxis_transform(),
            color=colour,
            va="center",
            fontsize=7.5,
            annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": colour, "linewidth": 0.6, "relpos": (0, 0.5), "shrinkB": 0},
        )
