"""The differences figure: every method against the reference, metric by metric, with intervals over fields of view."""

from typing import TYPE_CHECKING, Any

import pandas as pd

from freqbench.config import Config
from freqbench.evaluation import read_metrics
from freqbench.layout import Layout
from freqbench.metrics.contracts import contract_of, label_for
from freqbench.reporting.figure_files import by_form, figure_style, save_figure
from freqbench.reporting.figure_page import SMALLEST_POINTS, Edges, new_page, shortened, text_width
from freqbench.reporting.labels import method_label
from freqbench.reporting.method_rows import metric_order
from freqbench.reporting.method_styles import MethodStyle, method_styles

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS, ROW, GAP, WIDEST_LABEL = 4, 0.19, 0.55, 1.5
"""Panels side by side; height of a method, room between two rows of panels, and width of the method names at most, in
inches."""


def draw_differences(config: Config, dataset: str) -> None:
    """Draw the differences of a data set to ``comparison.reference`` from its statistics alone, as PNG and PDF.

    Without the reference among the methods, the differences to the best baseline are drawn.

    Raises:
        FreqbenchError: if the statistics are missing or damaged.
    """
    table, against = against_reference(config, dataset)
    with figure_style(frame=False):
        figure = _figure(config, dataset, table, against)
        save_figure(figure, by_form(lambda suffix: Layout.of(config).differences_figure(dataset, suffix)))


def against_reference(config: Config, dataset: str) -> tuple[pd.DataFrame, str]:
    """Return the tests of trained methods over fields of view and sets, and what they are against.

    Raises:
        FreqbenchError: if the statistics are missing or damaged.
    """
    table = read_metrics([Layout.of(config).statistics(dataset)])
    against = config.comparison.reference
    if against not in set(table["against"]):
        against = "best_baseline"
    chosen = table[(table["against"] == against) & table["analysis"].isin(("fov", "set"))]
    return chosen[chosen["method"].isin([method.name for method in config.methods])], against


def named(against: str) -> str:
    """Return in words what differences are taken to."""
    return "the best baseline" if against == "best_baseline" else method_label(against)


def draw_difference(axis: "Axes", row: Any, place: float, style: MethodStyle) -> None:
    """Draw a mean difference with its interval at a height: filled where it is decided, open where it is not.

    Args:
        axis: where to.
        row: of the statistics.
        place: height of the method.
        style: of the method.
    """
    if pd.notna(row.ci_low):
        axis.plot(
            [row.ci_low, row.ci_high],
            [place, place],
            marker="|",
            markersize=4,
            color=style.colour,
            linewidth=1.0,
            zorder=3,  # above the marker, which would hide a short interval
            label="interval",
        )
    axis.plot(
        row.mean_difference,
        place,
        style.marker,
        color=style.colour,
        markersize=4,
        markeredgewidth=0.8,
        markerfacecolor="white" if row.better == "undecided" else style.colour,
        label=str(row.method),
    )


def _figure(config: Config, dataset: str, table: pd.DataFrame, against: str) -> "Figure":
    metrics = metric_order(table["metric"])[0]
    methods = [name for name in config.method_names_of(dataset) if name in set(table["method"])]
    columns = max(1, min(COLUMNS, len(metrics)))
    rows = max(1, -(-len(metrics) // columns))
    labels = [shortened(method_label(name), WIDEST_LABEL, SMALLEST_POINTS + 0.5) for name in methods]
    tall = ROW * (len(methods) + 0.6)
    fovs = int(table["fovs"].max()) if len(table) else 0
    fields = f"{fovs} {'field' if fovs == 1 else 'fields'} of view"
    same = " with the same generator" if config.generators else ""
    figure = new_page(
        f"{dataset} ({config.tier}): differences to {named(against)}{same}, {fields}",
        [_note(config)],
        rows * tall + (rows - 1) * GAP,
        Edges(left=max((text_width(each, SMALLEST_POINTS + 0.5) for each in labels), default=0.3) + 0.2, below=0.3),
    )
    axes = figure.subplots(rows, columns, squeeze=False, gridspec_kw={"wspace": 0.16, "hspace": GAP / tall})
    styles = method_styles(config)
    for place, axis in enumerate(axes.flat):
        if place >= len(metrics):
            axis.set_axis_off()
            continue
        _draw_metric(axis, table[table["metric"] == metrics[place]], methods, styles)
        axis.set_yticks(range(len(methods)), labels if place % columns == 0 else [])
        axis.tick_params(axis="y", length=0)
        contract = contract_of(metrics[place])
        if contract.better == "lower":
            # better lies to the right in every panel
            axis.invert_xaxis()
        label = label_for(metrics[place], untrained=config.feature_networks == "untrained")
        axis.set_title(f"{label} ({contract.unit})" if contract.unit else label, fontsize=7)
    return figure


def _draw_metric(axis: "Axes", table: pd.DataFrame, methods: list[str], styles: dict[str, MethodStyle]) -> None:
    axis.axvline(0, color="0.3", linewidth=0.7, zorder=0)
    for row in table.itertuples():
        method = str(row.method)
        draw_difference(axis, row, methods.index(method), styles[method])
    axis.set_ylim(len(methods) - 0.4, -0.6)
    axis.margins(x=0.15)
    axis.locator_params(axis="x", nbins=4, prune="both")


def _note(config: Config) -> str:
    return (
        "Mean difference over fields of view with its 95 % interval, which no correction widens; better lies to the "
        f"right in every panel. Filled: decided by the t-test over fields of view, p < "
        f"{config.comparison.significance:g} after Holm's correction; open: undecided, which does not mean equal."
    )
