"""The matrix as a figure: the difference of each loss to the baseline, with one symbol for each generator."""

from typing import TYPE_CHECKING

import pandas as pd

from freqbench.config import Config
from freqbench.config.names import base_name, generator_part
from freqbench.layout import Layout
from freqbench.metrics.contracts import contract_of, label_for
from freqbench.reporting.differences_figure import draw_difference, named
from freqbench.reporting.figure_files import by_form, figure_style, save_figure
from freqbench.reporting.figure_page import SMALLEST_POINTS, Edges, new_page, shortened, text_width
from freqbench.reporting.labels import generator_label, method_label, tier_notes
from freqbench.reporting.matrix_table import tested_differences
from freqbench.reporting.method_rows import metric_order
from freqbench.reporting.method_styles import COLOURS, MethodStyle

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

MARKERS = "osD^v<>Ph"
COLUMNS, ROW, GAP, WIDEST_LABEL, SPREAD = 3, 0.13, 0.55, 1.5, 0.6
"""Panels side by side; height of a generator in a row, room between two rows of panels, and width of the names at most,
in inches; share of a row over which its generators are spread."""


def draw_matrix(config: Config, dataset: str) -> None:
    """Draw the differences of a data set to the baseline of the same generator from its statistics, as PNG and PDF.

    Raises:
        FreqbenchError: if the statistics are missing or damaged.
    """
    table = tested_differences(config, dataset)
    with figure_style(frame=False):
        figure = _figure(config, dataset, table)
        save_figure(figure, by_form(lambda suffix: Layout.of(config).matrix_figure(dataset, suffix)))


def generator_styles(config: Config) -> dict[str, MethodStyle]:
    """Return the style of each generator; beyond six the colours, beyond nine the markers begin again."""
    return {
        name: MethodStyle(COLOURS[place % len(COLOURS)], MARKERS[place % len(MARKERS)], "-")
        for place, name in enumerate(config.generators)
    }


def _figure(config: Config, dataset: str, table: pd.DataFrame) -> "Figure":
    metrics = metric_order(table["metric"])[0]
    drawn = {base_name(name) for name in table["method"]}
    losses = [
        name for name in dict.fromkeys(base_name(method.name) for method in config.methods_of(dataset)) if name in drawn
    ]
    columns = max(1, min(COLUMNS, len(metrics)))
    rows = max(1, -(-len(metrics) // columns))
    labels = [shortened(method_label(name), WIDEST_LABEL, SMALLEST_POINTS + 0.5) for name in losses]
    widest = max((text_width(each, SMALLEST_POINTS + 0.5) for each in labels), default=0.3)
    tall = ROW * len(config.generators) * max(len(losses), 1)
    fovs = int(table["fovs"].max()) if len(table) else 0
    against = config.comparison.reference if config.comparison.reference in set(table["against"]) else "best_baseline"
    figure = new_page(
        f"{dataset} ({config.tier}): differences to {named(against)} with the same generator, {fovs} "
        f"{'field' if fovs == 1 else 'fields'} of view",
        [_note(config), *tier_notes(config)],
        rows * tall + (rows - 1) * GAP,
        Edges(left=widest + 0.2, right=0.25, below=0.3),
        legend=_legend(config),
    )
    axes = figure.subplots(rows, columns, squeeze=False, gridspec_kw={"wspace": 0.12, "hspace": GAP / tall})
    for place, axis in enumerate(axes.flat):
        if place >= len(metrics):
            axis.set_axis_off()
            continue
        _draw_metric(axis, config, table[table["metric"] == metrics[place]], losses)
        axis.set_yticks(range(len(losses)), labels if place % columns == 0 else [])
        contract = contract_of(metrics[place])
        if contract.better == "lower":
            # better lies to the right in every panel
            axis.invert_xaxis()
        label = label_for(metrics[place], untrained=config.feature_networks == "untrained")
        axis.set_title(f"{label} ({contract.unit})" if contract.unit else label, fontsize=7)
    return figure


def _draw_metric(axis: "Axes", config: Config, table: pd.DataFrame, losses: list[str]) -> None:
    axis.axvline(0, color="0.3", linewidth=0.7, zorder=0)
    styles, count = generator_styles(config), len(config.generators)
    for row in table.itertuples():
        name = generator_part(str(row.method))
        offset = (list(config.generators).index(name) - (count - 1) / 2) * SPREAD / count
        draw_difference(axis, row, losses.index(base_name(str(row.method))) + offset, styles[name])
    for place in range(1, len(losses)):
        axis.axhline(place - 0.5, color="0.9", linewidth=0.5, zorder=0)
    axis.set_ylim(len(losses) - 0.5, -0.5)
    axis.margins(x=0.12)
    axis.tick_params(axis="y", length=0)
    axis.locator_params(axis="x", nbins=4, prune="both")


def _legend(config: Config) -> "list[Line2D]":
    from matplotlib.lines import Line2D

    return [
        Line2D([], [], color=style.colour, marker=style.marker, markersize=4, linewidth=1, label=generator_label(name))
        for name, style in generator_styles(config).items()
    ]


def _note(config: Config) -> str:
    return (
        "Mean difference over fields of view with its 95 % interval, which no correction widens; better lies to the "
        "right in every panel. Filled: decided by the t-test over fields of view, p < "
        f"{config.comparison.significance:g} after Holm's correction over all losses, generators and metrics; open: "
        "undecided, which does not mean equal. Each generator has a zero of its own: its baseline."
    )
