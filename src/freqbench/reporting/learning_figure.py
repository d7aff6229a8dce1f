"""The learning curves: metrics of test patches over the iterations (Fig. 4 of the FRC loss paper)."""

from typing import TYPE_CHECKING, Any

import pandas as pd

from freqbench.config import CONTROLS, Config
from freqbench.layout import Layout
from freqbench.learning_curves.summary import control_lines, mean_curves, read_learning_curves, run_curves
from freqbench.metrics.contracts import contract_of
from freqbench.reporting.axis_limits import axis_limits
from freqbench.reporting.figure_files import by_form, figure_style, save_figure
from freqbench.reporting.figure_page import Edges, new_page
from freqbench.reporting.labels import method_label, tier_notes
from freqbench.reporting.method_styles import MethodStyle, method_styles
from freqbench.reporting.numbers import ARROWS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

COLUMNS, PANEL, GAP = 3, 1.5, 0.55
"""Panels side by side; height of one, and room between two rows, in inches."""


def draw_learning(config: Config, dataset: str) -> None:
    """Draw the learning curves of a data set from the tidy files, as PNG and PDF.

    Raises:
        FreqbenchError: if a tidy file is missing or damaged.
    """
    layout = Layout.of(config)
    curves = read_learning_curves(config, dataset)
    controls = control_lines(config, dataset, curves)
    with figure_style(frame=False):
        figure = _figure(config, dataset, curves, controls)
        save_figure(figure, by_form(lambda suffix: layout.learning_figure(dataset, suffix)))


def _figure(config: Config, dataset: str, curves: pd.DataFrame, controls: pd.DataFrame) -> "Figure":
    metrics, methods = list(config.learning_metrics), [method.name for method in config.methods_of(dataset)]
    drawn = [*dict.fromkeys(controls["method"]), *methods]
    styles = method_styles(config)
    summary = mean_curves(run_curves(curves))
    runs = len(curves[["split", "seed"]].drop_duplicates())
    # two rows of two, not three and one
    columns = 2 if len(metrics) == 4 else min(COLUMNS, len(metrics))
    rows = -(-len(metrics) // columns)
    outside: dict[str, list[str]] = {}
    limits = {name: _limits(name, summary, controls, outside) for name in metrics}
    figure = new_page(
        f"{dataset} ({config.tier}): what {_trainings(runs)} of each method can do after 1, 2, 4, … iterations",
        [_note(curves, runs, outside), *tier_notes(config)],
        rows * PANEL + (rows - 1) * GAP,
        Edges(left=0.55, right=0.15, above=0.3, below=0.45),
        legend=_legend(drawn, styles),
    )
    axes = figure.subplots(rows, columns, squeeze=False, gridspec_kw={"wspace": 0.34, "hspace": GAP / PANEL})
    for place, axis in enumerate(axes.flat):
        if place >= len(metrics):
            axis.set_axis_off()
            continue
        name = metrics[place]
        _draw_metric(axis, summary[summary["metric"] == name], methods, styles)
        for control in controls[controls["metric"] == name].itertuples():
            look = styles[str(control.method)]
            axis.axhline(float(str(control.value)), color=look.colour, linestyle=look.line, linewidth=0.9, zorder=1)
        _finish_axis(axis, int(summary["iteration"].max()), limits[name])
        contract = contract_of(name)
        unit = f" ({contract.unit})" if contract.unit else ""
        axis.set_title(f"{contract.label}{unit} {ARROWS[contract.better]}", fontsize=7.5, pad=4)
        # the lowest panel of each column
        if place + columns >= len(metrics):
            axis.set_xlabel("iterations")
    return figure


def _trainings(number: int) -> str:
    return "1 training" if number == 1 else f"{number} trainings"


def _limits(
    metric: str, summary: pd.DataFrame, controls: pd.DataFrame, outside: dict[str, list[str]]
) -> tuple[float, float]:
    """Return the ends of a metric's axis, and note the controls that lie beyond them."""
    rows = summary[summary["metric"] == metric]
    lines = controls[controls["metric"] == metric]
    beside = {str(name): values.to_numpy() for name, values in lines.groupby("method", sort=False)["value"]}
    ends, beyond = axis_limits(rows[["low", "high"]].to_numpy().ravel(), beside)
    for name in beside:
        if name in beyond:
            outside.setdefault(name, []).append(metric)
    return ends


def _draw_metric(axis: "Axes", summary: pd.DataFrame, methods: list[str], styles: dict[str, MethodStyle]) -> None:
    for method in methods:
        rows, style = summary[summary["method"] == method], styles[method]
        axis.fill_between(rows["iteration"], rows["low"], rows["high"], color=style.colour, alpha=0.15, linewidth=0)
        axis.plot(
            rows["iteration"],
            rows["mean"],
            color=style.colour,
            linestyle=style.line,
            marker=style.marker,
            markersize=2.5,
            linewidth=1.1,
            label=method,
        )


def _finish_axis(axis: "Axes", last: int, ends: tuple[float, float]) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    axis.set_xscale("log", base=2)
    axis.set_xlim(2**-0.3, last * 2**0.3)
    axis.xaxis.set_major_locator(LogLocator(base=2, numticks=7))
    axis.xaxis.set_minor_locator(NullLocator())
    axis.xaxis.set_major_formatter(FuncFormatter(lambda iteration, _: f"{iteration:.0f}"))
    axis.set_ylim(*ends)


def _legend(methods: list[str], styles: dict[str, MethodStyle]) -> "list[Line2D]":
    from matplotlib.lines import Line2D

    entries = []
    for name in methods:
        style = styles[name]
        point: Any = {} if name in CONTROLS else {"marker": style.marker, "markersize": 3}
        entries.append(Line2D([], [], color=style.colour, linestyle=style.line, label=method_label(name), **point))
    return entries


def _note(curves: pd.DataFrame, runs: int, outside: dict[str, list[str]]) -> str:
    patches, fovs = curves["patch_id"].nunique(), curves["fov"].nunique()
    fields = "1 field" if fovs == 1 else f"{fovs} fields"
    parts = [
        f"Measured on TEST patches: {patches} of {fields} of view. Nothing was selected by these curves, neither an "
        "iteration nor a method; to do so would use up the test.",
        "Means of patches, then of fields of view, with restored patches clamped to [0, 1].",
    ]
    if runs > 1:
        parts.append("Lines: mean of the trainings; bands: the lowest and the highest of them.")
    for name, metrics in outside.items():
        labels = ", ".join(contract_of(metric).label for metric in metrics)
        parts.append(f"{method_label(name)} lies outside the panels of {labels}.")
    return " ".join(parts)
