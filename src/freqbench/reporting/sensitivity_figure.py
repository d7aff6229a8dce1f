"""The loss sensitivity figure (Fig. 3 of the FRC paper, with more losses): which frequencies each loss sees."""

from typing import TYPE_CHECKING, Any

import pandas as pd

from freqbench.config import Config
from freqbench.errors import FreqbenchError
from freqbench.layout import Layout
from freqbench.reporting.figure_files import by_form, figure_style, save_figure
from freqbench.reporting.figure_page import PAGE, SMALLEST_POINTS, Edges, new_page, shortened
from freqbench.reporting.labels import method_label, split_label
from freqbench.reporting.method_styles import KNOWN, MethodStyle, further_style, method_styles

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
OWN = "Other methods"
REFERENCE_STYLE = MethodStyle("0.6", "v", "-")
PANEL, GAP, SHORT_HANDLE = 1.6, 0.42, 0.22
"""Height of a panel, room between the two rows, and width of a legend's handle with its gaps, in inches."""
ROWS = {
    "low_pass": ("cut-off (cycles/pixel)", "loss of the low-passed image,\nscaled to [0, 1]"),
    "gradient": ("frequency (cycles/pixel)", "power of the gradient at\nthe noisy image (mean 1)"),
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
        styles = loss_styles(config, list(dict.fromkeys(summary["loss"])))
        figure = _figure(summary, styles, _heading(config, dataset, values), _note(config))
        save_figure(figure, by_form(lambda suffix: layout.sensitivity_figure(dataset, suffix)))


def panels(losses: list[str]) -> dict[str, list[str]]:
    """Return the losses of each column; those that belong to no family share the last one."""
    known = {REFERENCE, *(loss for family in FAMILIES.values() for loss in family)}
    columns = {title: [loss for loss in family if loss in losses] for title, family in FAMILIES.items()}
    columns[OWN] = [loss for loss in losses if loss not in known]
    return {title: family for title, family in columns.items() if family}


def loss_styles(config: Config, losses: list[str]) -> dict[str, MethodStyle]:
    """Return the style of each loss: a method's where it is one's, also on features; others have their own.

    Args:
        config: the study.
        losses: labels as in the tidy file.
    """
    by_label = {method_label(name): style for name, style in (KNOWN | method_styles(config)).items()}
    by_label[REFERENCE] = REFERENCE_STYLE
    # in a panel of its own a loss on features has the style of its method
    found = {loss: by_label[name] for loss in losses if (name := loss.split(" (")[0]) in by_label}
    free = iter(further_style(place) for place in range(len(losses) + len(by_label)))
    unused = (style for style in free if style not in by_label.values())
    return {loss: found[loss] if loss in found else next(unused) for loss in losses}


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


def _figure(summary: pd.DataFrame, styles: dict[str, MethodStyle], heading: str, note: str) -> "Figure":
    columns = panels(list(dict.fromkeys(summary["loss"])))
    most = max(map(len, columns.values())) + 1
    figure = new_page(
        heading,
        [note],
        len(ROWS) * PANEL + GAP,
        # the legends stand above the panels, where no curve is
        Edges(left=0.62, right=0.1, above=0.28 + 0.125 * most, below=0.4),
    )
    width = (PAGE - 0.75) / (len(columns) + 0.14 * (len(columns) - 1))
    layout = {"wspace": 0.14, "hspace": GAP / PANEL}
    axes = figure.subplots(len(ROWS), len(columns), sharey="row", squeeze=False, gridspec_kw=layout)
    for row, (quantity, (frequency, value)) in zip(axes, ROWS.items(), strict=True):
        part = summary[summary["quantity"] == quantity]
        for axis, (title, losses) in zip(row, columns.items(), strict=True):
            _draw_panel(axis, part, losses, styles)
            axis.set_xlabel(frequency)
            if quantity == "low_pass":
                axis.set_title(shortened(title, width, 7.5), fontsize=7.5, pad=5 + 9 * most)
                lines, labels = axis.get_legend_handles_labels()
                labels = [shortened(label, width - SHORT_HANDLE, SMALLEST_POINTS) for label in labels]
                place: Any = {"loc": "lower left", "bbox_to_anchor": (0, 1), "borderaxespad": 0, "borderpad": 0.2}
                place |= {"handlelength": 2.0, "handletextpad": 0.4}
                axis.legend(lines, labels, fontsize=SMALLEST_POINTS, frameon=False, **place)
            else:
                axis.set_yscale("log")
                # a single frequency of a single patch can have next to no power: the band may leave the panel
                axis.set_ylim(part["mean"].min() / 2, part["mean"].max() * 2)
        row[0].set_ylabel(value)
    return figure


def _draw_panel(axis: "Axes", summary: pd.DataFrame, losses: list[str], styles: dict[str, MethodStyle]) -> None:
    for loss in dict.fromkeys([REFERENCE, *losses]):
        curve, style = summary[summary["loss"] == loss], styles.get(loss, REFERENCE_STYLE)
        axis.fill_between(curve["frequency"], curve["min"], curve["max"], color=style.colour, alpha=0.15, linewidth=0)
        axis.plot(
            curve["frequency"], curve["mean"], color=style.colour, linestyle=style.line, linewidth=1.1, label=loss
        )
    axis.set_xlim(0, 0.5)
    axis.set_xticks([0, 0.1, 0.2, 0.3, 0.4, 0.5], ["0", "0.1", "0.2", "0.3", "0.4", "0.5"])
