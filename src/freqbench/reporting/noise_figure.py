"""The noise figure: variance against mean with the fitted line, shape and correlation of the residuals."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from freqbench.config import Config
from freqbench.errors import FreqbenchError
from freqbench.files import read_json
from freqbench.layout import Layout
from freqbench.reporting.figure_files import by_form, figure_style, save_figure
from freqbench.reporting.figure_page import Edges, new_page

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

POINTS, LINE, NORMAL = "#0072B2", "#D55E00", "#D55E00"
"""Okabe and Ito."""
HEIGHT = 2.1
"""Of the panels in inches."""


def draw_noise(config: Config, dataset: str) -> None:
    """Draw the noise of a data set from its model and its mean-variance points alone, as PNG and PDF.

    Raises:
        FreqbenchError: if a file is missing or damaged.
    """
    layout = Layout.of(config)
    path = layout.noise(dataset)
    model = read_json(path)
    try:
        points = pd.read_csv(layout.noise_points(dataset))
        with figure_style(frame=False):
            figure = _figure(model, points, f"{dataset} ({config.tier}): noise of {_amount(model)}")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FreqbenchError(f"{path}: not readable ({error!r}); run `freqbench noise` first") from error
    save_figure(figure, by_form(lambda suffix: layout.noise_figure(dataset, suffix)))


def _amount(model: dict[str, Any]) -> str:
    least, most = model["captures"]
    each = f"{most}" if least == most else f"{least} to {most}"
    fovs = "1 field" if model["fovs"] == 1 else f"{model['fovs']} fields"
    return f"{fovs} of view, {each} capture{'s' if most != 1 else ''} each"


def _figure(model: dict[str, Any], points: pd.DataFrame, heading: str) -> "Figure":
    figure = new_page(heading, [_note(model)], HEIGHT, Edges(left=0.55, right=0.4, above=0.28, below=0.55))
    line, shape, correlation = figure.subplots(1, 3, width_ratios=(1.25, 1, 1), gridspec_kw={"wspace": 0.38})
    _draw_line(line, model, points)
    if model.get("residuals") is None:
        for axis in (shape, correlation):
            axis.set_axis_off()
            axis.text(0.5, 0.5, "not measured", ha="center", transform=axis.transAxes)
        return figure
    _draw_shape(shape, model["residuals"])
    _draw_correlation(correlation, np.array(model["autocorrelation"]), model["correlation"])
    return figure


def _note(model: dict[str, Any]) -> str:
    fit = model["fit"]
    parts = [f"Method: {model['method']}."]
    if fit is not None:
        parts.append(f"Line: {fit['estimator']}. Band: {fit['interval']}. Read noise: {fit['read_noise_note']}.")
    if model["saturated_percent"] is not None:
        parts.append(f"Saturated: {model['saturated_percent']:.3f} % of the readings.")
    return " ".join(parts)


def _draw_line(axis: "Axes", model: dict[str, Any], points: pd.DataFrame) -> None:
    used = points["used"].astype(bool)
    axis.plot(points["mean"][used], points["variance"][used], ".", color=POINTS, alpha=0.6, label="levels of the fit")
    if (~used).any():
        rest = points[~used]
        axis.plot(rest["mean"], rest["variance"], "x", color="0.6", markersize=4, label="not fitted (saturation)")
    fit = model["fit"]
    if fit is None:
        axis.set_title(f"no line: {model['why_no_fit']}", fontsize=7)
    else:
        ordered = points.sort_values("mean")
        axis.fill_between(
            ordered["mean"], ordered["fitted_low"], ordered["fitted_high"], color=LINE, alpha=0.25, linewidth=0
        )
        label = f"{fit['gain']['value']:.4g} · mean {fit['intercept']['value']:+.4g}"
        axis.plot(ordered["mean"], ordered["fitted"], color=LINE, linewidth=1.2, label=label)
        low, high = fit["gain"]["low"], fit["gain"]["high"]
        axis.set_title(f"gain {fit['gain']['value']:.4g} counts (95 %: {low:.4g} to {high:.4g})", fontsize=7)
    if len(points):
        axis.legend(fontsize=6, frameon=False, loc="upper left")
    axis.set(xlabel="mean (counts)", ylabel="variance (counts²)")


def _draw_shape(axis: "Axes", residuals: dict[str, Any]) -> None:
    edges = np.array(residuals["edges"])
    axis.stairs(residuals["density"], edges, color=POINTS, fill=True, alpha=0.5, label="residuals")
    places = np.linspace(edges[0], edges[-1], 400)
    axis.plot(places, np.exp(-(places**2) / 2) / np.sqrt(2 * np.pi), color=NORMAL, linewidth=1.2, label="normal")
    axis.set_yscale("log")
    axis.set_ylim(1e-6, 30)
    axis.set(xlabel="residual / expected noise\n(outermost: and beyond)", ylabel="density")
    axis.set_title(f"variance {residuals['variance']:.3f}, skewness {residuals['skewness']:.2f}", fontsize=7)
    axis.legend(fontsize=6, frameon=False, loc="upper right", ncols=2)


def _draw_correlation(axis: "Axes", values: np.ndarray[Any, Any], neighbours: dict[str, float]) -> None:
    lag = values.shape[0] // 2
    shown = values.copy()
    # the middle is 1 by definition and would hide the rest
    shown[lag, lag] = np.nan
    limit = max(0.05, float(np.nanmax(np.abs(shown))))
    image = axis.imshow(
        shown, cmap="RdBu_r", vmin=-limit, vmax=limit, extent=(-lag - 0.5, lag + 0.5, lag + 0.5, -lag - 0.5)
    )
    axis.figure.colorbar(image, ax=axis, shrink=0.6, pad=0.08).ax.tick_params(labelsize=6)
    ticks = range(-lag, lag + 1, 2)
    axis.set(xlabel="lag in x (pixels)", ylabel="lag in y (pixels)", xticks=ticks, yticks=ticks)
    axis.set_title(f"correlation of neighbours:\nx {neighbours['x']:+.3f}, y {neighbours['y']:+.3f}", fontsize=7)
