"""The bias of each method: the error of the mean of restored captures, against their number."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from freqbench.averaging.summary import FEW, averaged_runs_of, curves, fewest_captures, parts, read_averaging
from freqbench.config import Config
from freqbench.layout import Layout
from freqbench.reporting.figure_files import by_form, figure_style, save_figure
from freqbench.reporting.figure_page import Edges, new_page
from freqbench.reporting.labels import method_label, tier_notes
from freqbench.reporting.method_styles import MethodStyle, method_styles
from freqbench.reporting.protocol_notes import fit_bias_notes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

TITLES = {
    "rmse": "root mean squared error of the mean ↓",
    "frc_area": "area under the FRC of the mean ↑",
}
PANEL = 2.2
"""Height of the panels in inches."""
LIMIT = 2.0
"""How many times as far as the last point the limit of ever more captures is drawn."""
DOTS: Any = {"linestyle": ":", "linewidth": 0.8}
OPEN: Any = {"linestyle": "none", "markersize": 4, "markerfacecolor": "none", "markeredgewidth": 0.8}


def draw_averaging(config: Config, dataset: str) -> None:
    """Draw the error of means of restored captures of a data set from the tidy files, as PNG and PDF.

    Raises:
        FreqbenchError: if a tidy file is missing or damaged.
    """
    layout = Layout.of(config)
    table = read_averaging(config, dataset)
    with figure_style(frame=False):
        figure = _figure(config, dataset, table)
        save_figure(figure, by_form(lambda suffix: layout.averaging_figure(dataset, suffix)))


def captures_note(captures: int) -> str:
    """Return what a number of captures allows to say; empty where it is enough.

    Args:
        captures: of the field of view with the fewest.
    """
    if captures == 1:
        return (
            "TOO FEW CAPTURES: fields of view with a single one have no mean of several, and bias and variance cannot "
            "be told apart."
        )
    if captures < FEW:
        return (
            f"TOO FEW CAPTURES: a field of view has {captures}, so that the bias is an extrapolation and uncertain; "
            f"{FEW} or more are wanted."
        )
    return ""


def _figure(config: Config, dataset: str, table: pd.DataFrame) -> "Figure":
    summary, split = curves(table), parts(table)
    bias = dict(zip(split["method"], split["squared_bias"].to_numpy(dtype=np.float64), strict=True))
    methods = list(dict.fromkeys(run.method for run in averaged_runs_of(config, dataset)))
    styles = method_styles(config)
    captures = fewest_captures(table)
    fovs = table["fov"].nunique()
    fields = "1 field" if fovs == 1 else f"{fovs} fields"
    figure = new_page(
        f"{dataset} ({config.tier}): what is left of the error when restored captures are averaged, {fields} of view",
        [note for note in (captures_note(captures), _note(), *fit_bias_notes(config), *tier_notes(config)) if note],
        PANEL,
        Edges(left=0.6, right=0.15, above=0.3, below=0.45),
        legend=_legend(methods, styles),
    )
    axes = figure.subplots(1, len(TITLES), squeeze=False, gridspec_kw={"wspace": 0.24})[0]
    for axis, (quantity, title) in zip(axes, TITLES.items(), strict=True):
        rows = summary[summary["quantity"] == quantity]
        for method in methods:
            curve, style = rows[rows["method"] == method], styles[method]
            look: Any = {"color": style.colour, "marker": style.marker, "markersize": 3, "linewidth": 1.1}
            axis.plot(curve["captures"], curve["value"], **look, linestyle=style.line, label=method)
            if quantity == "rmse" and bias.get(method, 0.0) > 0:
                _draw_limit(axis, curve, float(np.sqrt(bias[method])), look)
        _finish_axis(axis, captures, with_limit=quantity == "rmse" and max(bias.values(), default=0.0) > 0)
        axis.set_title(title, fontsize=7.5, pad=4)
        axis.set_xlabel("restored captures averaged")
    axes[0].set_yscale("log")
    _plain_decades(axes[0])
    return figure


def _draw_limit(axis: "Axes", curve: pd.DataFrame, limit: float, look: dict[str, Any]) -> None:
    """Draw what an error falls to with ever more captures, as an open marker right of the last point."""
    last = curve.iloc[-1]
    places = [last["captures"], last["captures"] * LIMIT]
    axis.plot(places, [last["value"], limit], color=look["color"], **DOTS, label="_to the bias")
    axis.plot(places[1], limit, color=look["color"], marker=look["marker"], **OPEN, label="_bias")


def _finish_axis(axis: "Axes", captures: int, *, with_limit: bool) -> None:
    from matplotlib.ticker import NullLocator

    axis.set_xscale("log", base=2)
    powers = [1 << power for power in range(captures.bit_length())]
    ends = [*powers, captures * LIMIT] if with_limit else powers
    axis.set_xticks(ends, [*map(str, powers), *(["∞"] if with_limit else [])])
    axis.xaxis.set_minor_locator(NullLocator())
    axis.set_xlim(2**-0.2, max(ends[-1], 2) * 2**0.2)


def _plain_decades(axis: "Axes") -> None:
    """Label a logarithmic axis that spans less than a decade with plain numbers, too."""
    from matplotlib.ticker import FuncFormatter, LogLocator

    axis.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.yaxis.set_minor_formatter(FuncFormatter(lambda *_: ""))


def _legend(methods: list[str], styles: dict[str, MethodStyle]) -> "list[Line2D]":
    from matplotlib.lines import Line2D

    return [
        Line2D(
            [],
            [],
            color=styles[name].colour,
            linestyle=styles[name].line,
            marker=styles[name].marker,
            markersize=3,
            label=method_label(name),
        )
        for name in methods
    ]


def _note() -> str:
    return (
        "Noise that is left differs from capture to capture and averages out; what a method removes or invents in all "
        "captures alike does not: its bias, at ∞, open, where its estimate is above zero. Errors of images in "
        "[0, 1], means of disjoint groups of captures, then of fields of view. A clean image that is the mean of the "
        "same captures, as FMD's is, holds their noise: the mean of all degraded captures is that image, and the bias "
        "of the input comes out below zero. Restored images are clamped to [0, 1], which is a bias, too."
    )
