"""The differences figure: every method against the reference, metric by metric, with intervals over fields of view."""

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from freqbench.config import Config
from freqbench.evaluation import read_metrics
from freqbench.layout import Layout
from freqbench.metrics.contracts import contract_of, label_for
from freqbench.reporting.figure_files import by_form, figure_style, save_figure
from freqbench.reporting.labels import method_label
from freqbench.reporting.method_rows import metric_order

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = {"method": "#0072B2", "baseline": "#D55E00", "undecided": "0.45"}
MARKERS = {"method": ">", "baseline": "<", "undecided": "o"}
"""Okabe and Ito; better, worse and undecided differ in their marker, too."""
COLUMNS, PANEL, ROW, MARGINS = 4, 2.5, 0.26, {"left": 1.35, "bottom": 0.75, "top": 0.75}
"""Panels side by side; inches."""


def draw_differences(config: Config, dataset: str) -> None:
    """Draw the differences of a data set to ``comparison.reference`` from its statistics alone, as PNG and PDF.

    Without the reference among the methods, the differences to the best baseline are drawn.

    Raises:
        FreqbenchError: if the statistics are missing or damaged.
    """
    layout = Layout.of(config)
    table = read_metrics([layout.statistics(dataset)])
    against = config.comparison.reference
    if against not in set(table["against"]):
        against = "best_baseline"
    chosen = table[(table["against"] == against) & table["analysis"].isin(("fov", "set"))]
    chosen = chosen[chosen["method"].isin([method.name for method in config.methods])]
    with figure_style(frame=False):
        figure = _figure(config, dataset, chosen, against)
        save_figure(figure, by_form(lambda suffix: layout.differences_figure(dataset, suffix)))


def _figure(config: Config, dataset: str, table: pd.DataFrame, against: str) -> "Figure":
    from matplotlib.figure import Figure

    metrics = metric_order(table["metric"])[0]
    methods = [name for name in config.method_names_of(dataset) if name in set(table["method"])]
    columns = max(1, min(COLUMNS, len(metrics)))
    rows = max(1, -(-len(metrics) // columns))
    height = MARGINS["bottom"] + MARGINS["top"] + rows * (ROW * (len(methods) + 1) + 0.55)
    width = MARGINS["left"] + columns * PANEL
    figure = Figure(figsize=(width, height))
    fovs = int(table["fovs"].max()) if len(table) else 0
    heading = f"{dataset} ({config.tier}): differences to {_named(against)}, {fovs} fields of view"
    figure.suptitle(heading, fontsize=10, y=1 - 0.12 / height, va="top")
    note = textwrap.fill(_note(config), int(17 * width))
    figure.text(0.5, 0.1 / height, note, fontsize=7, color="0.3", ha="center", va="bottom")
    axes = figure.subplots(rows, columns, squeeze=False)
    figure.subplots_adjust(
        left=MARGINS["left"] / width,
        right=1 - 0.2 / width,
        bottom=(MARGINS["bottom"] + 0.3) / height,
        top=1 - MARGINS["top"] / height,
        wspace=0.18,
        hspace=0.65 / (ROW * (len(methods) + 1)),
    )
    for place, axis in enumerate(axes.flat):
        if place >= len(metrics):
            axis.set_axis_off()
            continue
        _draw_metric(axis, table[table["metric"] == metrics[place]], methods, metrics[place], config)
        axis.tick_params(axis="y", length=0, labelleft=place % columns == 0)
    return figure


def _named(against: str) -> str:
    return "the best baseline" if against == "best_baseline" else method_label(against)


def _draw_metric(axis: "Axes", table: pd.DataFrame, methods: list[str], metric: str, config: Config) -> None:
    contract = contract_of(metric)
    numbers: Any = table.set_index("method")
    for place, method in enumerate(methods):
        if method not in numbers.index:
            continue
        row = numbers.loc[method]
        colour, marker = COLOURS[row["better"]], MARKERS[row["better"]]
        if pd.notna(row["ci_low"]):
            axis.plot([row["ci_low"], row["ci_high"]], [place, place], color=colour, linewidth=1.4)
        axis.plot(row["mean_difference"], place, marker, color=colour, markersize=5)
    axis.axvline(0, color="0.3", linewidth=0.7, zorder=0)
    axis.set_yticks(np.arange(len(methods)), [method_label(name) for name in methods])
    axis.set_ylim(len(methods) - 0.4, -0.6)
    axis.margins(x=0.12)
    if contract.better == "lower":
        # better lies to the right in every panel
        axis.invert_xaxis()
    unit = f" ({contract.unit})" if contract.unit else ""
    axis.set_title(f"{label_for(metric, untrained=config.feature_networks == 'untrained')}{unit}", fontsize=8.5)
    axis.tick_params(axis="x", labelsize=7)
    axis.locator_params(axis="x", nbins=4)


def _note(config: Config) -> str:
    return (
        "Mean difference over fields of view with its 95 % interval, which no correction widens; better lies to the "
        f"right in every panel. Triangles: decided by the t-test over fields of view, p < "
        f"{config.comparison.significance:g} after Holm's correction; circles: undecided, which does not mean equal."
    )
