"""The spectra figure: Fourier ring correlation as in Fig. 2 of the FRC paper, and power, of all methods."""

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from freqbench.config import CONTROLS, Config
from freqbench.config.names import base_name, beside
from freqbench.layout import Layout
from freqbench.reporting.figure_files import by_form, figure_style, save_figure
from freqbench.reporting.figure_page import LABEL_POINTS, Edges, new_page, shortened
from freqbench.reporting.labels import method_label
from freqbench.reporting.method_styles import MethodStyle, method_styles
from freqbench.reporting.protocol_notes import fit_notes
from freqbench.spectra.summary import field_curves, mean_curves, read_spectra
from freqbench.spectra.thresholds import ONE_SEVENTH, half_bit

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

TITLES = {
    "frc_clean": "FRC to the clean image",
    "frc_captures": "FRC between restored captures",
    "power": "Power",
}
Values = npt.NDArray[np.float64]
Styles = dict[str, MethodStyle]
LANDMARK: dict[str, Any] = {"color": "0.3", "linewidth": 0.7}
"""Look of the thresholds."""
DASHES: Any = (0, (5, 3))
UPPER, LOWER, GAP = 2.0, 1.5, 0.3
"""Height of the panels and room between them, in inches."""


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
    """Return the method, without its generator, that the others are set against: spatial, or the first trained one."""
    trained = [base_name(method.name) for method in config.methods_of(dataset)]
    return "spatial" if "spatial" in trained else next(iter(trained), None)


def _figure(config: Config, dataset: str, spectra: pd.DataFrame) -> "Figure":
    curves = [name for name in TITLES if name in set(spectra["curve"])]
    methods = config.method_names_of(dataset)
    reference = reference_of(config, dataset)
    style = method_styles(config)
    fovs = spectra["fov"].nunique()
    images = int(_of(spectra, "power").query("ring == 0 and method == 'input'")["n"].sum())
    fields = "1 field" if fovs == 1 else f"{fovs} fields"
    pixel_size = config.datasets[dataset].pixel_size
    figure = new_page(
        f"{dataset} ({config.tier}): spectra of restored patches, {images} images of {fields} of view",
        [_note(config, reference, curves), *fit_notes(config)],
        UPPER + GAP + LOWER,
        Edges(left=0.65, right=0.15, above=0.55 if pixel_size else 0.25, below=0.45),
        legend=_legend(methods, style),
    )
    ratios = {"height_ratios": (UPPER, LOWER), "wspace": 0.34, "hspace": 2 * GAP / (UPPER + LOWER)}
    axes = figure.subplots(2, len(curves), squeeze=False, gridspec_kw=ratios)
    summary = mean_curves(spectra)
    by_field: Any = field_curves(spectra)
    places = spectra.drop_duplicates("ring").sort_values("ring")["frequency"].to_numpy()
    for column, curve in zip(axes.T, curves, strict=True):
        upper, lower = column
        _draw_means(upper, _of(summary, curve), methods, style)
        upper.set_title(TITLES[curve], fontsize=7.5)
        if curve == "power":
            _draw_ratios(lower, by_field.loc[curve], places, style)
        elif reference is not None:
            _draw_differences(lower, by_field.loc[curve], places, reference, style)
        lower.set_xlabel("frequency (cycles per pixel)")
        upper.tick_params(labelbottom=False)
        for axis in column:
            axis.set_xlim(0, 0.5)
            axis.set_xticks([0, 0.1, 0.2, 0.3, 0.4, 0.5])
        _add_physical_axis(upper, pixel_size)
    return figure


def _legend(methods: tuple[str, ...], style: Styles) -> "list[Line2D]":
    from matplotlib.lines import Line2D

    entries = [
        Line2D([], [], color=style[name].colour, linestyle=style[name].line, label=method_label(name))
        for name in methods
    ]
    thresholds: Any = (("threshold 1/7", DASHES), ("half-bit threshold", ":"))
    return entries + [Line2D([], [], **LANDMARK, linestyle=line, label=label) for label, line in thresholds]


def _of(table: pd.DataFrame, curve: str) -> pd.DataFrame:
    return table[table["curve"] == curve]


def _draw_means(axis: "Axes", summary: pd.DataFrame, methods: tuple[str, ...], style: Styles) -> None:
    power = summary["curve"].iloc[0] == "power"
    for method in methods:
        # the clean image correlates perfectly with itself
        rows = summary[summary["method"] == method]
        if rows.empty or (method == "clean" and not power):
            continue
        look = style[method]
        axis.plot(rows["frequency"], rows["mean"], color=look.colour, linestyle=look.line, linewidth=1.0, label=method)
        if not power and rows["sd"].notna().all():
            low, high = rows["mean"] - rows["sd"], rows["mean"] + rows["sd"]
            axis.fill_between(rows["frequency"], low, high, color=look.colour, alpha=0.08, linewidth=0)
    if power:
        axis.set_yscale("log")
        axis.set_ylabel("mean squared modulus")
        return
    rings = summary[summary["method"] == summary["method"].iloc[0]]
    axis.axhline(ONE_SEVENTH, **LANDMARK, linestyle=DASHES)
    axis.plot(rings["frequency"], half_bit(rings["ring_size"]), **LANDMARK, linestyle=":", label="half-bit")
    axis.set_ylim(min(-0.05, float(summary["mean"].min())), 1.02)
    axis.set_ylabel("Fourier ring correlation")


def _draw_differences(axis: "Axes", by_field: pd.DataFrame, places: Values, reference: str, style: Styles) -> None:
    """Draw trained methods less the reference on the same fields of view."""
    measured = list(by_field.index.unique("method"))
    own = {method: beside(reference, method) for method in measured if method not in CONTROLS}
    axis.axhline(0, color=style[next(iter(own.values()))].colour if own else "0.3", linewidth=0.8)
    for method, other in own.items():
        if method != other and other in measured:
            _draw_band(axis, by_field.loc[method] - by_field.loc[other], places, style[method])
    axis.set_ylabel(shortened(f"difference to {method_label(reference)}", LOWER, LABEL_POINTS))


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


def _draw_band(axis: "Axes", values: pd.DataFrame, places: Values, style: MethodStyle) -> None:
    """Draw the median over fields of view and their range."""
    curves = values.to_numpy()
    axis.plot(places, np.median(curves, axis=0), color=style.colour, linestyle=style.line, linewidth=0.9)
    if len(curves) > 1:
        axis.fill_between(places, curves.min(0), curves.max(0), color=style.colour, alpha=0.08, linewidth=0)


def _add_physical_axis(axis: "Axes", pixel_size: float | None) -> None:
    if not pixel_size:
        return
    functions: Any = (lambda place: place / pixel_size, lambda place: place * pixel_size)
    physical = axis.secondary_xaxis("top", functions=functions)
    physical.set_xlabel("cycles per µm", fontsize=6.5)


def _note(config: Config, reference: str | None, curves: list[str]) -> str:
    parts = ["Above: mean over fields of view; bands: one standard deviation over images, or pairs of captures."]
    if reference is not None:
        same = " with the same generator" if config.generators else ""
        parts.append(f"Below: difference to {method_label(reference)}{same} in the same fields of view, and")
        parts.append("power as a share of the clean images'; lines: median of the fields of view, bands: their range.")
    if "frc_captures" in curves:
        parts.append("Captures are paired so that none is in two pairs. Agreement between captures is not accuracy.")
    else:
        parts.append("No window was captured twice: captures cannot be compared with each other.")
    if config.spectra.window == "none":
        parts.append("No window: the borders of patches correlate where little else is left.")
    return " ".join(parts)
