"""The trade-off figure: fidelity against perceptual quality, of every method, beside the paper's where that is fair."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from freqbench.config import CONTROLS, Config
from freqbench.gathered import read_gathered
from freqbench.layout import Layout
from freqbench.metrics.contracts import SET_METRICS, contract_of, label_for
from freqbench.published.lffl_table import read_lffl_table
from freqbench.reporting.axis_limits import axis_limits
from freqbench.reporting.comparability import Measured, comparability, in_the_paper
from freqbench.reporting.figure_files import by_form, figure_style, save_figure
from freqbench.reporting.figure_page import Edges, new_page
from freqbench.reporting.labels import method_label, tier_notes
from freqbench.reporting.method_styles import MethodStyle, method_styles
from freqbench.reporting.numbers import number
from freqbench.reporting.published_columns import published_value
from freqbench.statistics.own_mean import own_mean
from freqbench.statistics.scores import scores_by_metric

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

FIDELITY, PERCEPTUAL = "psnr", "lpips"
HEIGHT = 2.7
"""Of a panel in inches."""
POINT_COLUMNS = ("metric", "method", "mean", "low", "high")
Point = tuple[str, str, float, float, float]


@dataclass(frozen=True)
class PaperPoints:
    """The paper's numbers that may stand beside a study's.

    Attributes:
        points: fidelity and the other metric, by the other metric and method.
        differing: whether the experiments differ in what the paper states of its own.
    """

    points: dict[tuple[str, str], tuple[float, float]]
    differing: bool


def draw_tradeoff(config: Config, dataset: str) -> None:
    """Draw LPIPS, and the distance between sets that was measured, against PSNR, as PNG and PDF.

    Raises:
        FreqbenchError: if a tidy file is missing or damaged.
    """
    layout = Layout.of(config)
    images, sets = read_gathered(config, dataset, "images"), read_gathered(config, dataset, "sets")
    points = pd.DataFrame([*image_points(config, images), *set_points(config, sets)], columns=list(POINT_COLUMNS))
    paper = paper_points(config, dataset, images)
    with figure_style(frame=False):
        figure = _figure(config, dataset, points, paper)
        save_figure(figure, by_form(lambda suffix: layout.tradeoff_figure(dataset, suffix)))


def image_points(config: Config, images: pd.DataFrame) -> list[Point]:
    """Return the mean over fields of view of each method, with its interval by `freqbench.statistics.own_mean`.

    Args:
        config: the study.
        images: tidy per-image metrics of one data set.
    """
    rows: list[Point] = []
    shown = images[images["metric"].isin([FIDELITY, PERCEPTUAL])]
    for metric, scores in scores_by_metric(shown).items():
        for method in scores.values:
            found = own_mean(scores, method, config)
            rows.append((metric, method, found.mean, found.low, found.high))
    return rows


def set_points(config: Config, sets: pd.DataFrame) -> list[Point]:
    """Return the distance between sets of each method as Table 1 has it: means over runs of value and interval.

    Args:
        config: the study.
        sets: set metrics of one data set.
    """
    names = SET_METRICS.get(config.evaluation.frechet_features, ())[:1]
    rows: list[Point] = []
    for (metric, method), runs in sets[sets["metric"].isin(names)].groupby(["metric", "method"], sort=False):
        # a run without an interval leaves the mean of the ends unknown
        ends = (runs[["ci_low", "ci_high"]].astype(float).mean(skipna=False)).to_numpy()
        rows.append((metric, method, float(runs["value"].mean()), *ends))
    return rows


def paper_points(config: Config, dataset: str, images: pd.DataFrame) -> PaperPoints:
    """Return the paper's numbers where they are of the same quantities as ours, as Table 1 decides it.

    Args:
        config: the study.
        dataset: the data set; it stands for one of the paper's, or there are none.
        images: its tidy per-image metrics.
    """
    points: dict[tuple[str, str], tuple[float, float]] = {}
    differing = False
    if config.datasets[dataset].published_as is None:
        return PaperPoints(points, differing)
    tested = images.groupby("split")["patch_id"].nunique()
    counts: Any = {"unit": "patch", "fewest": int(tested.min()), "most": int(tested.max())}
    paper = read_lffl_table()
    for metric in (PERCEPTUAL, *SET_METRICS.get(config.evaluation.frechet_features, ())[:1]):
        for method in config.method_names_of(dataset):
            pair = (FIDELITY, metric)
            if not all(in_the_paper(method, name) for name in pair):
                continue
            found = [comparability(config, Measured(dataset, method, name, **counts)) for name in pair]
            printed = [published_value(config, paper, dataset, method, name) for name in pair]
            if any(each.other_quantity for each in found) or printed[0] is None or printed[1] is None:
                continue
            differing |= any(each.other_study for each in found)
            points[metric, method] = (printed[0].value, printed[1].value)
    return PaperPoints(points, differing)


def _figure(config: Config, dataset: str, points: pd.DataFrame, paper: PaperPoints) -> "Figure":
    names = [name for name in dict.fromkeys(points["metric"]) if name != FIDELITY]
    styles = method_styles(config)
    panels = [_panel(points, name, paper) for name in names] if FIDELITY in set(points["metric"]) else []
    drawn = {method for table, _, _ in panels for method in table.index}
    methods = [name for name in config.method_names_of(dataset) if name in drawn]
    outside = [text for _, _, texts in panels for text in texts]
    figure = new_page(
        f"{dataset} ({config.tier}): fidelity and perceptual quality",
        [*([_note(config, paper, outside)] if panels else []), *tier_notes(config)],
        HEIGHT if panels else 0.3,
        Edges(left=0.6, right=0.15, above=0.25, below=0.5),
        legend=_legend(methods, styles, paper),
    )
    axes = figure.subplots(1, 2 if panels else 1, squeeze=False, gridspec_kw={"wspace": 0.32})[0]
    for axis in axes[len(panels) :]:
        axis.set_axis_off()
        text = (
            "no distance between sets was measured"
            if panels
            else "not measured: PSNR, and LPIPS or a distance between sets"
        )
        axis.text(0.5, 0.5, text, ha="center", va="center", transform=axis.transAxes, color="0.35")
    for axis, name, (table, limits, _) in zip(axes, names, panels, strict=False):
        _draw_panel(axis, table, styles, {method: xy for (of, method), xy in paper.points.items() if of == name})
        axis.set_xlim(limits[0])
        axis.set_ylim(limits[1])
        axis.locator_params(nbins=5)
        axis.set_xlabel("PSNR (dB), better →")
        label = label_for(name, untrained=config.feature_networks == "untrained")
        better = contract_of(name).better
        axis.set_ylabel(f"← better, {label}" if better == "lower" else f"{label}, better →")
        axis.set_title(f"better {'↘' if better == 'lower' else '↗'}", fontsize=7, loc="right", color="0.35")
    return figure


def _panel(points: pd.DataFrame, name: str, paper: PaperPoints) -> tuple[Any, tuple[Any, Any], list[str]]:
    """Return the values of a panel by method, the ends of its axes, and the controls that lie outside."""
    sides = {
        axis: points[points["metric"] == metric].set_index("method")[["mean", "low", "high"]].add_suffix(f"_{axis}")
        for axis, metric in (("x", FIDELITY), ("y", name))
    }
    table: Any = sides["x"].join(sides["y"], how="inner")
    trained = table[~table.index.isin(CONTROLS)]
    values = {axis: trained[[f"{part}_{axis}" for part in ("mean", "low", "high")]].to_numpy().ravel() for axis in "xy"}
    for (of, _), xy in paper.points.items():
        if of == name:
            values = {axis: np.append(values[axis], value) for axis, value in zip("xy", xy, strict=True)}
    controls = [method for method in table.index if method in CONTROLS]
    # the mean of a control decides: its interval may reach beyond the panel
    outside: set[str] = set()
    for axis in "xy":
        outside |= axis_limits(values[axis], {method: [table.loc[method, f"mean_{axis}"]] for method in controls})[1]
    inside = [method for method in controls if method not in outside]
    limits = [
        axis_limits(values[axis], {method: [table.loc[method, f"mean_{axis}"]] for method in inside})[0]
        for axis in "xy"
    ]
    texts = [
        f"{method_label(method)} ({number(table.loc[method, 'mean_x'], FIDELITY)} dB, "
        f"{contract_of(name).label} {number(table.loc[method, 'mean_y'], name)})"
        for method in table.index
        if method in outside
    ]
    return table.drop(index=[method for method in table.index if method in outside]), (limits[0], limits[1]), texts


def _draw_panel(
    axis: "Axes", table: Any, styles: dict[str, MethodStyle], paper: dict[str, tuple[float, float]]
) -> None:
    for method, row in table.iterrows():
        style = styles[method]
        for ends, lines in ((("low_x", "high_x"), "x"), (("low_y", "high_y"), "y")):
            if row[list(ends)].notna().all():
                span = list(row[list(ends)])
                still = [row["mean_y" if lines == "x" else "mean_x"]] * 2
                pair = (span, still) if lines == "x" else (still, span)
                axis.plot(*pair, color=style.colour, linewidth=0.7, alpha=0.7, label=f"interval {lines} {method}")
        axis.plot(
            row["mean_x"], row["mean_y"], style.marker, color=style.colour, markersize=5.5, label=method, zorder=3
        )
    for method, (x, y) in paper.items():
        style = styles[method]
        if method in table.index:
            ours = table.loc[method]
            axis.plot([ours["mean_x"], x], [ours["mean_y"], y], ":", color=style.colour, linewidth=0.6)
        axis.plot(
            x,
            y,
            style.marker,
            color=style.colour,
            markerfacecolor="white",
            markersize=5.5,
            label=f"paper {method}",
        )


def _legend(methods: list[str], styles: dict[str, MethodStyle], paper: PaperPoints) -> "list[Line2D]":
    from matplotlib.lines import Line2D

    look: Any = {"linestyle": "none", "markersize": 5}
    entries = [
        Line2D([], [], color=styles[name].colour, marker=styles[name].marker, label=method_label(name), **look)
        for name in methods
    ]
    if paper.points:
        entries.append(
            Line2D([], [], color="0.3", marker="o", markerfacecolor="white", label="open: LFFL paper, Table 1", **look)
        )
    return entries


def _note(config: Config, paper: PaperPoints, outside: list[str]) -> str:
    parts = [
        "Means over fields of view with 95 % intervals for new fields of view"
        f"{' and trainings' if len(config.seeds) > 1 else ''}: PSNR and LPIPS by the crossed bootstrap of the "
        "statistics, distances between sets by their own. They hold how much fields of view differ, so methods whose "
        "intervals overlap can differ clearly in the same fields of view: see the differences.",
    ]
    if outside:
        parts.append(f"Far outside: {'; '.join(dict.fromkeys(outside))}.")
    if paper.points:
        parts.append("Open: the LFFL paper's Table 1, without intervals; dotted lines join the same method.")
        if paper.differing:
            parts.append("The two experiments differ in what the paper states of its own: our Table 1 says in what.")
    else:
        parts.append("No number of the LFFL paper is of the same quantities: none is shown.")
    return " ".join(parts)
