"""The sweep figure: each metric over the weight of a loss, or over one of its options, with the baseline as a line."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from freqbench.config import Config
from freqbench.config.names import beside, generator_part
from freqbench.errors import FreqbenchError
from freqbench.evaluation import read_metrics
from freqbench.layout import Layout
from freqbench.metrics.contracts import contract_of, label_for
from freqbench.reporting.figure_files import by_form, figure_style, save_figure
from freqbench.reporting.figure_page import Edges, new_page
from freqbench.reporting.labels import generator_label, method_label, tier_notes
from freqbench.reporting.matrix_table import field_means, tested_differences
from freqbench.reporting.method_rows import metric_order
from freqbench.reporting.method_styles import MethodStyle, further_style
from freqbench.run import runs_of
from freqbench.sweeps import WEIGHT, Sweep, sweeps_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

LOSS_LABELS = {
    "log_focal_frequency": "LFFL",
    "focal_frequency": "FFL",
    "fourier_space": "FSL",
    "fourier_ring_correlation": "FRC",
    "fft": "FFT",
    "bandpass": "band-pass",
}
OPTION_LABELS = {"alpha": "α"}
WEIGHTS = {"calibrated": "the calibrated weight", "paper": "the weight of the loss's paper"}
COLUMNS, PANEL, GAP = 3, 1.35, 0.6
"""Panels side by side; height of one, and room between two rows, in inches."""
DECADE = 4.0
"""Ratio of the largest to the smallest value from which on an axis is logarithmic."""
SIDESTEP = 0.012
"""By how much of the width of a panel curves stand beside each other, so that their intervals do not cover them."""


@dataclass(frozen=True)
class SweptValues:
    """What the curves are drawn from.

    Attributes:
        config: the study.
        means: mean over fields of view of the references, by method and metric.
        differences: tests of all methods against the reference.
        styles: style of each sweep, by its label.
    """

    config: Config
    means: "pd.Series[float]"
    differences: pd.DataFrame
    styles: dict[str, MethodStyle]


def draw_sweeps(config: Config, dataset: str) -> None:
    """Draw the sweeps of a data set from its metrics and statistics, as PNG and PDF.

    Raises:
        FreqbenchError: if the data set has no sweep, or a file is missing or damaged.
    """
    sweeps = sweeps_of(config, dataset)
    if not sweeps:
        raise FreqbenchError(
            f"{dataset}: no sweep among its methods; it takes three that differ in one option, or in the weight, alone"
        )
    layout = Layout.of(config)
    references = {beside(config.comparison.reference, sweep.methods[0].name) for sweep in sweeps}
    files = [layout.image_metrics(*run.key) for run in runs_of(config, dataset) if run.method in references]
    if not files:
        raise FreqbenchError(
            f"comparison.reference: `{config.comparison.reference}` is not trained on {dataset}; name one that is"
        )
    styles = {family_label(sweep) + sweep.quantity: further_style(place) for place, sweep in enumerate(sweeps)}
    found = SweptValues(config, field_means(read_metrics(files)), tested_differences(config, dataset), styles)
    with figure_style(frame=False):
        figure = _figure(found, dataset, sweeps)
        save_figure(figure, by_form(lambda suffix: layout.sweep_figure(dataset, suffix)))


def family_label(sweep: Sweep) -> str:
    """Return what the methods of a sweep have in common."""
    method = sweep.methods[0]
    options = [
        f"{OPTION_LABELS.get(key, key)}={_shown(value)}"
        for key, value in method.options.items()
        if key != sweep.quantity
    ]
    parts = [LOSS_LABELS.get(str(method.loss), str(method.loss)) + "".join(f" {option}" for option in options)]
    parts += [f"λ₄ {sweep.weight}"] if sweep.quantity != WEIGHT else []
    generator = generator_part(method.name)
    return ", ".join(parts) + (f" ({generator_label(generator)})" if generator else "")


def _shown(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _axis_label(sweep: Sweep) -> str:
    if sweep.quantity != WEIGHT:
        return OPTION_LABELS.get(sweep.quantity, sweep.quantity)
    return "λ₄" if sweep.weight == "number" else "multiple of λ₄"


def _figure(found: SweptValues, dataset: str, sweeps: list[Sweep]) -> "Figure":
    config = found.config
    measured = set(found.means.index.get_level_values("metric")) & set(found.differences["metric"])
    metrics = metric_order(measured)[0]
    # curves over one quantity share their panels
    groups: dict[str, list[Sweep]] = {}
    for sweep in sweeps:
        groups.setdefault(_axis_label(sweep), []).append(sweep)
    columns = max(1, min(COLUMNS, len(metrics)))
    rows_each = max(1, -(-len(metrics) // columns))
    rows = rows_each * len(groups)
    figure = new_page(
        f"{dataset} ({config.tier}): what the weight and the options of a loss change",
        [_note(config, sweeps), *tier_notes(config)],
        rows * PANEL + (rows - 1) * GAP,
        Edges(left=0.6, right=0.2, above=0.3, below=0.45),
        legend=_legend(found, sweeps),
    )
    axes = figure.subplots(rows, columns, squeeze=False, gridspec_kw={"wspace": 0.42, "hspace": GAP / PANEL})
    panels = iter(axes.flat)
    for label, members in groups.items():
        for place in range(rows_each * columns):
            axis = next(panels)
            if place >= len(metrics):
                axis.set_axis_off()
                continue
            _draw_panel(axis, found, metrics[place], members)
            axis.set_xlabel(label)
    return figure


def _draw_panel(axis: "Axes", found: SweptValues, metric: str, sweeps: list[Sweep]) -> None:
    config = found.config
    table = found.differences[found.differences["metric"] == metric].set_index("method")
    values = sorted({value for sweep in sweeps for value in sweep.values})
    logarithmic = values[0] > 0 and values[-1] >= DECADE * values[0]
    width = math.log(values[-1] / values[0]) if logarithmic else values[-1] - values[0]
    for place, sweep in enumerate(sweeps):
        style = found.styles[family_label(sweep) + sweep.quantity]
        reference = beside(config.comparison.reference, sweep.methods[0].name)
        baseline = float(found.means[reference, metric])
        axis.axhline(baseline, color="0.3", linewidth=0.8, linestyle="--", zorder=0, label=f"baseline {reference}")
        step = SIDESTEP * width * (place - (len(sweeps) - 1) / 2)
        drawn = [(value, table.loc[one.name]) for value, one in zip(sweep.values, sweep.methods, strict=True)]
        places = [value * math.exp(step) if logarithmic else value + step for value, _ in drawn]
        heights = [baseline + row["mean_difference"] for _, row in drawn]
        axis.plot(places, heights, color=style.colour, linestyle=style.line, linewidth=1.0, label=family_label(sweep))
        for x, y, (_, row) in zip(places, heights, drawn, strict=True):
            if pd.notna(row["ci_low"]):
                ends = [baseline + row["ci_low"], baseline + row["ci_high"]]
                axis.plot([x, x], ends, color=style.colour, linewidth=0.8, label="interval")
            face = "white" if row["better"] == "undecided" else style.colour
            axis.plot(x, y, style.marker, color=style.colour, markersize=4, markerfacecolor=face, label="point")
    if logarithmic:
        axis.set_xscale("log")
        axis.minorticks_off()
    axis.set_xticks(values, [f"{value:g}" for value in values])
    axis.locator_params(axis="y", nbins=5)
    contract = contract_of(metric)
    label = label_for(metric, untrained=config.feature_networks == "untrained")
    unit = f" ({contract.unit})" if contract.unit else ""
    axis.set_title(f"{label}{unit}, better {'↑' if contract.better == 'higher' else '↓'}", fontsize=7)


def _legend(found: SweptValues, sweeps: list[Sweep]) -> "list[Line2D]":
    from matplotlib.lines import Line2D

    config, entries = found.config, []
    for sweep in sweeps:
        style = found.styles[family_label(sweep) + sweep.quantity]
        look = {"color": style.colour, "marker": style.marker, "linestyle": style.line}
        entries.append(Line2D([], [], **look, markersize=4, linewidth=1, label=family_label(sweep)))
    same = ", same generator" if config.generators else ""
    baseline = f"baseline: {method_label(config.comparison.reference)}{same}"
    return [*entries, Line2D([], [], color="0.3", linestyle="--", linewidth=0.8, label=baseline)]


def _note(config: Config, sweeps: list[Sweep]) -> str:
    kinds = {sweep.weight for sweep in sweeps if sweep.quantity == WEIGHT}
    weight = " or ".join(words for kind, words in WEIGHTS.items() if kind in kinds)
    return (
        "Mean over fields of view. Bars: 95 % interval of the difference to the baseline, around the method's mean, so "
        "that a bar that meets the line is a difference whose interval holds 0; no correction widens them. Filled: "
        "decided by the t-test over fields of view, p < "
        f"{config.comparison.significance:g} after Holm's correction; open: undecided, which does not mean equal. "
        "Curves stand a little beside each other where they share values."
        + (f" λ₄, of which multiples are shown: {weight}." if weight else "")
    )
