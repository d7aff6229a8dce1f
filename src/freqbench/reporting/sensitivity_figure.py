"""The loss sensitivity figure (Fig. 3 of the FRC paper, with more losses): which frequencies each loss sees."""

import textwrap
from typing import TYPE_CHECKING

import pandas as pd

from freqbench.config import Config
from freqbench.errors import FreqbenchError
from freqbench.layout import Layout
from freqbench.reporting.figure_files import by_form, figure_style, save_figure
from freqbench.reporting.labels import split_label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

REFERENCE = "L1"
"""Drawn in every panel."""
FAMILIES = {
    "Spatial": ("L2", "MS-SSIM + L1", "perceptual (conv2_2)"),
    "FFT, band-pass, FRC": ("FFT", "band-pass", "FRC"),
    "FFL and FSL": ("FFL", "FSL"),
    "LFFL": ("LFFL α=0.5", "LFFL α=1", "LFFL α=2"),
}
OWN = "Other methods of this study"
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
"""Okabe and Ito; the lines differ in style too."""
STYLES = ("-", "--", "-.", (0, (4, 1, 1, 1, 1, 1)), (0, (1, 1)), (0, (6, 2)))
COLUMN, HEIGHT = 2.7, 6.2
MARGINS = {"left": 0.75, "right": 0.12, "bottom": 0.95, "top": 0.62}
"""In inches."""
ROWS = {
    "low_pass": ("cut-off (cycles per pixel)", "loss of the low-passed image,\nscaled to [0, 1]"),
    "gradient": ("frequency (cycles per pixel)", "power of the gradient at\nthe noisy image (mean 1)"),
}


def draw_sensitivity(config: Config, dataset: str) -> None:
    """Draw the sensitivity of all losses on a data set from the tidy file, as PNG and PDF.

    Raises:
        FreqbenchError: if the tidy file is missing or damaged.
    """
    layout = Layout.of(config)
    path = layout.sensitivity(dataset)
    try:
        values = pd.read_csv(path)
        curves = values.groupby(["quantity", "loss", "frequency"], sort=False)["value"]
        summary = curves.agg(["mean", "min", "max"]).reset_index()
    except (OSError, ValueError, KeyError) as error:
        raise FreqbenchError(f"{path}: not readable ({error}); run `freqbench sensitivity` first") from error
    with figure_style(frame=False):
        figure = _figure(summary, _heading(config, dataset, values), _note(config))
        save_figure(figure, by_form(lambda suffix: layout.sensitivity_figure(dataset, suffix)))


def panels(losses: list[str]) -> dict[str, list[str]]:
    """Return the losses of each column; those that belong to no family share the last one."""
    known = {REFERENCE, *(loss for family in FAMILIES.values() for loss in family)}
    columns = {title: [loss for loss in family if loss in losses] for title, family in FAMILIES.items()}
    columns[OWN] = [loss for loss in losses if loss not in known]
    return {title: family for title, family in columns.items() if family}


def _heading(config: Config, dataset: str, values: pd.DataFrame) -> str:
    number = values["patch_id"].nunique()
    patches = "1 patch" if number == 1 else f"{number} patches; band: their range"
    where = f"{dataset}{split_label(config, dataset, config.splits_of(dataset)[0])}"
    return f"{where} ({config.tier}): which frequencies each loss sees ({patches})"


def _note(config: Config) -> str:
    network = " Its feature network is untrained." if config.feature_networks == "untrained" else ""
    return (
        "Above: a clean patch behind a radial Hann window, low-passed with a sharp edge, compared with itself; each "
        "curve is moved and scaled to [0, 1], as in the FRC paper. One that falls early belongs to a loss that does "
        "not see fine detail. Below: at which frequencies the gradient pulls on the noisy patch. The Laplace loss at a "
        f"fixed scale is L1.{network}"
    )


def _figure(summary: pd.DataFrame, heading: str, note: str) -> "Figure":
    from matplotlib.figure import Figure

    columns = panels(list(dict.fromkeys(summary["loss"])))
    width = MARGINS["left"] + COLUMN * len(columns)
    figure = Figure(figsize=(width, HEIGHT))
    figure.suptitle(heading, fontsize=10, y=1 - 0.12 / HEIGHT, va="top")
    figure.text(
        0.5,
        0.1 / HEIGHT,
        "\n".join(textwrap.wrap(note, int(16 * width))),
        fontsize=7,
        color="0.3",
        ha="center",
        va="bottom",
    )
    axes = figure.subplots(len(ROWS), len(columns), sharey="row", squeeze=False)
    figure.subplots_adjust(
        left=MARGINS["left"] / width,
        right=1 - MARGINS["right"] / width,
        bottom=MARGINS["bottom"] / HEIGHT,
        top=1 - MARGINS["top"] / HEIGHT,
        wspace=0.12,
        hspace=0.28,
    )
    for row, (quantity, (frequency, value)) in zip(axes, ROWS.items(), strict=True):
        part = summary[summary["quantity"] == quantity]
        for axis, (title, losses) in zip(row, columns.items(), strict=True):
            _draw_panel(axis, part, losses)
            axis.set_xlabel(frequency)
            if quantity == "low_pass":
                axis.set_title(title, fontsize=9)
                axis.legend(fontsize=7, frameon=False)
            else:
                axis.set_yscale("log")
                # a single frequency of a single patch can have next to no power: the band may leave the panel
                axis.set_ylim(part["mean"].min() / 2, part["mean"].max() * 2)
        row[0].set_ylabel(value)
    return figure


def _draw_panel(axis: "Axes", summary: pd.DataFrame, losses: list[str]) -> None:
    for number, loss in enumerate([REFERENCE, *losses]):
        curve = summary[summary["loss"] == loss]
        colour, style = ("0.6", "-") if number == 0 else (COLOURS[(number - 1) % 6], STYLES[(number - 1) % 6])
        axis.fill_between(curve["frequency"], curve["min"], curve["max"], color=colour, alpha=0.15, linewidth=0)
        axis.plot(curve["frequency"], curve["mean"], color=colour, linestyle=style, linewidth=1.4, label=loss)
    axis.set_xlim(0, 0.5)
