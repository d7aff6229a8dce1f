"""The spectra figure: Fourier ring correlation as in Fig. 2 of the FRC paper, and power, of all methods."""

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from freqbench.config import CONTROLS, Config
from freqbench.layout import Layout
from freqbench.reporting.figure_files import by_form, figure_style, save_figure
from freqbench.reporting.labels import method_label
from freqbench.spectra.summary import field_curves, mean_curves, read_spectra
from freqbench.spectra.thresholds import ONE_SEVENTH, half_bit

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TITLES = {
    "frc_clean": "FRC to the clean image",
    "frc_captures": "FRC between restored captures",
    "power": "power (clean: black)",
}
Values = npt.NDArray[np.float64]
Styles = dict[str, tuple[Any, Any]]
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
"""Okabe and Ito; the lines differ in style too."""
STYLES = ("-", "--", "-.", (0, (4, 1, 1, 1, 1, 1)), (0, (1, 1)), (0, (6, 2)))
CONTROL_STYLES = {
    "input": ("0.6", "-"),
    "gaussian": ("0.6", "--"),
    "tv": ("0.6", "-."),
    "nlm": ("0.6", (0, (1, 1))),
    "bm3d": ("0.6", (0, (6, 2))),
    "gat_gaussian": ("0.35", "--"),
    "gat_tv": ("0.35", "-."),
    "gat_nlm": ("0.35", (0, (1, 1))),
    "gat_bm3d": ("0.35", (0, (6, 2))),
    "average16": ("black", (0, (4, 1, 1, 1))),
    "clean": ("black", "-"),
}
"""Light: on the intensities; dark: behind the generalised Anscombe transformation."""
COLUMN, HEIGHT, LEGEND = 3.2, 6.0, 1.5
MARGINS = {"left": 0.7, "bottom": 0.95, "top": 1.05}
"""In inches."""


def draw_frc(config: Config, dataset: str) -> None:
    """Draw the spectra of a data set from the tidy curves alone, as PNG and PDF.

    Raises:
        FreqbenchError: if a tidy file is missing or damaged.
    """
    layout = Layout.of(config)
    spectra = read_spectra(config, dataset)
    with figure_style(frame=False):
        figure = _figure(config, dataset, spectra)
        save_figure(figure, by_form(lambda suffix: layout.frc_figure(dataset, suffix)))


def reference_of(config: Config, dataset: str) -> str | None:
    """Return the method that the others are set against: spatial, or the first that is trained."""
    trained = [name for name in config.method_names_of(dataset) if name not in CONTROLS]
    return "spatial" if "spatial" in trained else next(iter(trained), None)


def _figure(config: Config, dataset: str, spectra: pd.DataFrame) -> "Figure":
    from matplotlib.figure import Figure

    curves = [name for name in TITLES if name in set(spectra["curve"])]
    methods = config.method_names_of(dataset)
    reference = reference_of(config, dataset)
    width = MARGINS["left"] + COLUMN * len(curves) + LEGEND
    figure = Figure(figsize=(width, HEIGHT))
    fovs, images = (
        spectra["fov"].nunique(),
        int(_of(spectra, "power").query("ring == 0 and method == 'input'")["n"].sum()),
    )
    fields = "1 field" if fovs == 1 else f"{fovs} fields"
    heading = f"{dataset} ({config.tier}): spectra of restored patches ({images} of {fields} of view)"
    figure.suptitle(heading, fontsize=10, y=1 - 0.12 / HEIGHT, va="top")
    note = textwrap.fill(_note(config, reference, curves), int(17 * width))
    figure.text(0.5, 0.1 / HEIGHT, note, fontsize=7, color="0.3", ha="center", va="bottom")
    axes = figure.subplots(2, len(curves), squeeze=False, height_ratios=(1.3, 1))
    figure.subplots_adjust(
        left=MARGINS["left"] / width,
        right=1 - LEGEND / width,
        bottom=MARGINS["bottom"] / HEIGHT,
        top=1 - MARGINS["top"] / HEIGHT,
        wspace=0.28,
        hspace=0.22,
    )
    style = styles(methods)
    summary = mean_curves(spectra)
    by_field: Any = field_curves(spectra)
    places = spectra.drop_duplicates("ring").sort_values("ring")["frequency"].to_numpy()
    for column, curve in zip(axes.T, curves, strict=True):
        upper, lower = column
        _draw_means(upper, _of(summary, curve), methods, style)
        upper.set_title(TITLES[curve], fontsize=9)
        if curve == "power":
            _draw_ratios(lower, by_field.loc[curve], places, style)
        elif reference is not None:
            _draw_differences(lower, by_field.loc[curve], places, reference, style)
        lower.set_xlabel("frequency (cycles per pixel)")
        _add_physical_axis(upper, config.datasets[dataset].pixel_size)
    handles, labels = axes[0, -1].get_legend_handles_labels()
    more, more_labels = axes[0, 0].get_legend_handles_labels()
    known = dict(zip([*labels, *more_labels], [*handles, *more], strict=True))
    figure.legend(
        known.values(),
        known.keys(),
        loc="upper right",
        fontsize=7,
        frameon=False,
        bbox_to_anchor=(1, 1 - MARGINS["top"] / HEIGHT),
    )
    return figure


def styles(methods: tuple[str, ...]) -> Styles:
    """Return colour and line style of each method; controls are grey and black."""
    trained = [name for name in methods if name not in CONTROLS]
    found: Styles = {name: CONTROL_STYLES[name] for name in methods if name in CONTROLS}
    for place, name in enumerate(trained):
        # with more methods than colours, the same colour comes with another line
        line = STYLES[(place + place // len(COLOURS)) % len(STYLES)]
        found[name] = (COLOURS[place % len(COLOURS)], line)
    return found


def _of(table: pd.DataFrame, curve: str) -> pd.DataFrame:
    return table[table["curve"] == curve]


def _draw_means(axis: "Axes", summary: pd.DataFrame, methods: tuple[str, ...], style: Styles) -> None:
    power = summary["curve"].iloc[0] == "power"
    for method in methods:
        # the clean image correlates perfectly with itself
        rows = summary[summary["method"] == method]
        if rows.empty or (method == "clean" and not power):
            continue
        colour, line = style[method]
        axis.plot(
            rows["frequency"], rows["mean"], color=colour, linestyle=line, linewidth=1.1, label=method_label(method)
        )
        if not power and rows["sd"].notna().all():
            low, high = rows["mean"] - rows["sd"], rows["mean"] + rows["sd"]
            axis.fill_between(rows["frequency"], low, high, color=colour, alpha=0.08, linewidth=0)
    if power:
        axis.set_yscale("log")
        axis.set_ylabel("mean squared modulus")
        return
    rings = summary[summary["method"] == summary["method"].iloc[0]]
    axis.axhline(ONE_SEVENTH, color="0.3", linewidth=0.7, linestyle=(0, (5, 3)), label="1/7")
    axis.plot(
        rings["frequency"], half_bit(rings["ring_size"]), color="0.3", linewidth=0.7, linestyle=":", label="half-bit"
    )
    axis.set_ylim(min(-0.05, float(summary["mean"].min())), 1.02)
    axis.set_ylabel("Fourier ring correlation")


def _draw_differences(axis: "Axes", by_field: pd.DataFrame, places: Values, reference: str, style: Styles) -> None:
    """Draw trained methods less the reference on the same fields of view."""
    axis.axhline(0, color=style[reference][0], linewidth=0.8)
    for method in by_field.index.unique("method"):
        if method not in CONTROLS and method != reference:
            _draw_band(axis, by_field.loc[method] - by_field.loc[reference], places, style[method])
    axis.set_ylabel(f"difference to {method_label(reference)}")


def _draw_ratios(axis: "Axes", by_field: pd.DataFrame, places: Values, style: Styles) -> None:
    """Draw the power of each method as a share of that of the clean images of the same fields, if those are shown."""
    if "clean" not in by_field.index.unique("method"):
        axis.set_axis_off()
        return
    axis.axhline(1, color="black", linewidth=0.8)
    for method in by_field.index.unique("method"):
        if method != "clean":
            _draw_band(axis, by_field.loc[method] / by_field.loc["clean"], places, style[method])
    axis.set_yscale("log")
    axis.set_ylabel("share of the clean power")


def _draw_band(axis: "Axes", values: pd.DataFrame, places: Values, style: tuple[Any, Any]) -> None:
    """Draw the median over fields of view and their range."""
    curves = values.to_numpy()
    axis.plot(places, np.median(curves, axis=0), color=style[0], linestyle=style[1], linewidth=1.0)
    if len(curves) > 1:
        axis.fill_between(places, curves.min(0), curves.max(0), color=style[0], alpha=0.08, linewidth=0)


def _add_physical_axis(axis: "Axes", pixel_size: float | None) -> None:
    if not pixel_size:
        return
    functions: Any = (lambda place: place / pixel_size, lambda place: place * pixel_size)
    physical = axis.secondary_xaxis("top", functions=functions)
    physical.set_xlabel("cycles per µm", fontsize=7)
    physical.tick_params(labelsize=7)


def _note(config: Config, reference: str | None, curves: list[str]) -> str:
    parts = ["Above: mean over fields of view; bands: one standard deviation over images, or pairs of captures."]
    if reference is not None:
        parts.append(f"Below: difference to {method_label(reference)} in the same fields of view, and")
        parts.append("power as a share of the clean images'; lines: median of the fields of view, bands: their range.")
    if "frc_captures" in curves:
        parts.append("Captures are paired so that none is in two pairs. Agreement between captures is not accuracy.")
    else:
        parts.append("No window was captured twice: captures cannot be compared with each other.")
    if config.spectra.window == "none":
        parts.append("No window: the borders of patches correlate where little else is left.")
    return " ".join(parts)
