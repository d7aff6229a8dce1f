"""The training curves: every term of the loss over the iterations, one panel a term, one colour a method."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from freqbench.config import Config
from freqbench.layout import Layout
from freqbench.reporting.figure_files import by_form, figure_style, save_figure
from freqbench.reporting.figure_page import Edges, new_page
from freqbench.reporting.labels import method_label, tier_notes
from freqbench.reporting.method_styles import MethodStyle, method_styles
from freqbench.training.read_log import frequency_weights, read_logs

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

TERMS = {
    "l1": "L1",
    "perceptual": "perceptual",
    "frequency": "frequency loss, each its own",
    "adversarial": "adversarial, of the generator",
    "total": "total of the generator, weighted",
    "discriminator": "discriminator",
    "discriminator_updates": "share of iterations in which\nthe discriminator learns",
    "train_psnr": "PSNR of train patches (dB)",
    "held_out_psnr": "PSNR of held-out fields of view (dB)",
    "held_out_loss": "loss on held-out fields of view",
    "learning_rate_factor": "factor on the learning rates",
}
"""Titles, in the order of the panels; a term that is not here has its own name and comes last."""
NEVER_LOGARITHMIC = ("discriminator_updates", "train_psnr", "held_out_psnr")
DECADES = 10.0
"""Ratio of the largest to the smallest value from which on an axis is logarithmic."""
FEW = 12
"""Records up to which each has a marker."""
COLUMNS, PANEL, GAP = 3, 1.35, 0.55
"""Panels side by side; height of one, and room between two rows, in inches."""


def draw_training(config: Config, dataset: str) -> None:
    """Draw the logs of all trainings on a data set, as PNG and PDF.

    Raises:
        FreqbenchError: if a log or a manifest is missing or damaged.
    """
    logs, weights = read_logs(config, dataset), frequency_weights(config, dataset)
    with figure_style(frame=False):
        figure = _figure(config, dataset, logs, weights)
        save_figure(figure, by_form(lambda suffix: Layout.of(config).training_figure(dataset, suffix)))


def weight_text(weights: list[float]) -> str:
    """Return the weights of a method's trainings in words; calibrations of several splits differ."""
    low, high = (f"{end:.3g}" for end in (min(weights), max(weights)))
    return f"λ₄ = {low}" if low == high else f"λ₄ = {low} to {high}"


def _figure(config: Config, dataset: str, logs: pd.DataFrame, weights: dict[str, list[float]]) -> "Figure":
    from matplotlib.ticker import MaxNLocator

    present = set(logs["term"])
    terms = [term for term in dict.fromkeys((*TERMS, *logs["term"])) if term in present]
    methods = [name for name in config.method_names_of(dataset) if name in set(logs["method"])]
    styles = method_styles(config)
    runs = len(logs[["split", "seed"]].drop_duplicates())
    columns = max(1, min(COLUMNS, len(terms)))
    rows = max(1, -(-len(terms) // columns))
    figure = new_page(
        f"{dataset} ({config.tier}): {runs} {'training' if runs == 1 else 'trainings'} of each method",
        [_note(config, logs, runs), *tier_notes(config)],
        rows * PANEL + (rows - 1) * GAP,
        Edges(left=0.5, right=0.15, above=0.3, below=0.45),
        legend=_legend(methods, styles, weights),
    )
    axes = figure.subplots(rows, columns, squeeze=False, gridspec_kw={"wspace": 0.3, "hspace": GAP / PANEL})
    for place, axis in enumerate(axes.flat):
        if place >= len(terms):
            axis.set_axis_off()
            continue
        term = terms[place]
        _draw_term(axis, logs[logs["term"] == term], methods, styles)
        axis.set_xlim(0, max(logs["iteration"].max(), 1) * 1.03)
        if _is_logarithmic(term, logs.loc[logs["term"] == term, "value"]):
            axis.set_yscale("log")
        axis.set_title(TERMS.get(term, term), fontsize=7, pad=4)
        # the lowest panel of each column
        if place + columns >= len(terms):
            axis.set_xlabel("iteration")
        axis.xaxis.set_major_locator(MaxNLocator(4, integer=True))
        if term == "discriminator_updates":
            axis.set_ylim(-0.05, 1.08)
    return figure


def _draw_term(axis: "Axes", term: pd.DataFrame, methods: list[str], styles: dict[str, MethodStyle]) -> None:
    for method in methods:
        rows, style = term[term["method"] == method], styles[method]
        if rows.empty:
            continue
        curves = rows.pivot_table(index="iteration", columns=["split", "seed"], values="value", dropna=False)
        # a value that is not finite is a gap
        curves = curves.where(np.isfinite(curves)).sort_index()
        marker: Any = {"marker": style.marker, "markersize": 2.5} if len(curves) <= FEW else {}
        if curves.shape[1] > 1:
            for key in curves:
                axis.plot(
                    curves.index, curves[key], color=style.colour, linewidth=0.5, alpha=0.45, label=f"{method} {key}"
                )
        # the mean of all trainings: where one has no value, that of the others would jump
        mean = curves.mean(axis=1, skipna=False)
        axis.plot(mean.index, mean, color=style.colour, linestyle=style.line, linewidth=1.3, label=method, **marker)


def _is_logarithmic(term: str, values: pd.Series) -> bool:
    finite = values[np.isfinite(values)]
    if term in NEVER_LOGARITHMIC or finite.empty or finite.min() <= 0:
        return False
    return bool(finite.max() >= DECADES * finite.min())


def _legend(methods: list[str], styles: dict[str, MethodStyle], weights: dict[str, list[float]]) -> "list[Line2D]":
    from matplotlib.lines import Line2D

    labels = {
        name: f"{method_label(name)}, {weight_text(weights[name])}" if name in weights else method_label(name)
        for name in methods
    }
    return [
        Line2D(
            [],
            [],
            color=styles[name].colour,
            linestyle=styles[name].line,
            marker=styles[name].marker,
            markersize=3,
            linewidth=1.3,
            label=label,
        )
        for name, label in labels.items()
    ]


def _note(config: Config, logs: pd.DataFrame, runs: int) -> str:
    parts = [
        "Means of the terms since the last record, without their weights; the total is the weighted sum. λ₄: weight of "
        "the frequency loss. Frequency losses are different quantities: their heights cannot be compared with each "
        "other.",
    ]
    if "train_psnr" in set(logs["term"]):
        parts.append("Train patches are seen in training: their PSNR says that it works, not how well.")
    if config.training.target == "second_capture":
        parts.append("Targets are noisy captures: no PSNR can exceed what their noise allows.")
    if runs > 1:
        parts.append("Thin: each training (split, seed); thick: their mean, where all have a value.")
    lost = int((~np.isfinite(logs["value"])).sum())
    if lost:
        parts.append(f"{lost} values are not finite and are gaps.")
    return " ".join(parts)
