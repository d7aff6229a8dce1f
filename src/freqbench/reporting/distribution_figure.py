"""The distribution of each metric: fields of view under every method, joined, with the tested differences beside."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from freqbench.config import CONTROLS, Config
from freqbench.gathered import read_gathered
from freqbench.layout import Layout
from freqbench.metrics.contracts import contract_of, label_for
from freqbench.reporting.axis_limits import axis_limits
from freqbench.reporting.differences_figure import against_reference, draw_difference, named
from freqbench.reporting.figure_files import by_form, figure_style, save_figure
from freqbench.reporting.figure_page import SMALLEST_POINTS, Edges, new_page, shortened, text_width
from freqbench.reporting.labels import method_label, tier_notes
from freqbench.reporting.method_rows import metric_order
from freqbench.reporting.method_styles import MethodStyle, method_styles
from freqbench.reporting.numbers import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW, GAP, WIDEST_LABEL = 0.17, 0.52, 1.3
"""Height of a method, room between two metrics, and width of the method names at most, in inches."""
RUN = ["method", "metric", "fov", "split", "seed"]


def draw_distributions(config: Config, dataset: str) -> None:
    """Draw the metrics of images of a data set from its tidy files alone, as PNG and PDF.

    The differences and their intervals are those of ``statistics/<dataset>.csv``.

    Raises:
        FreqbenchError: if a file is missing or damaged.
    """
    layout = Layout.of(config)
    metrics = read_gathered(config, dataset, "images")
    differences, against = against_reference(config, dataset)
    with figure_style(frame=False):
        figure = _figure(config, dataset, metrics, differences[differences["analysis"] == "fov"], against)
        save_figure(figure, by_form(lambda suffix: layout.distribution_figure(dataset, suffix)))


def run_values(metrics: pd.DataFrame) -> pd.DataFrame:
    """Return the mean of each field of view in each run, over its finite values; NaN where there is none.

    Args:
        metrics: tidy per-image metrics of one data set.

    Returns:
        Columns ``method, metric, fov, split, seed, value``.
    """
    finite = metrics.assign(value=metrics["value"].where(np.isfinite(metrics["value"])))
    return finite.groupby(RUN, sort=False)["value"].mean().reset_index()


def field_values(runs: pd.DataFrame) -> pd.DataFrame:
    """Return the mean of each field of view over its runs, the seeds of a split first, as the statistics take it.

    Args:
        runs: what `run_values` returns.

    Returns:
        Columns ``method, metric, fov, value``.
    """
    by_split = runs.groupby(["method", "metric", "fov", "split"], sort=False)["value"].mean()
    return by_split.groupby(["method", "metric", "fov"], sort=False).mean().reset_index()


def _figure(config: Config, dataset: str, metrics: pd.DataFrame, differences: pd.DataFrame, against: str) -> "Figure":
    runs = run_values(metrics)
    fields = field_values(runs)
    names = metric_order(runs["metric"])[0]
    methods = [name for name in config.method_names_of(dataset) if name in set(runs["method"])]
    columns = min(2, len(names))
    rows = -(-len(names) // columns)
    labels = [shortened(method_label(name), WIDEST_LABEL, SMALLEST_POINTS + 0.5) for name in methods]
    left = max(text_width(label, SMALLEST_POINTS + 0.5) for label in labels) + 0.2
    tall = ROW * (len(methods) + 0.6)
    figure = new_page(
        f"{dataset} ({config.tier}): metrics of {runs['fov'].nunique()} "
        f"{'field' if runs['fov'].nunique() == 1 else 'fields'} of view under each method",
        [_note(config, metrics, against), *tier_notes(config)],
        rows * tall + (rows - 1) * GAP,
        Edges(left=left, right=0.15, above=0.3, below=0.3),
    )
    grid = figure.add_gridspec(rows, columns, wspace=0.1, hspace=GAP / tall)
    styles = method_styles(config)
    for place, metric in enumerate(names):
        cell = grid[place // columns, place % columns].subgridspec(1, 2, width_ratios=(1.75, 1), wspace=0.1)
        values, beside = figure.add_subplot(cell[0]), figure.add_subplot(cell[1])
        of_metric = [table[table["metric"] == metric] for table in (runs, fields, differences)]
        _draw_values(values, of_metric[0], of_metric[1], methods, styles)
        _draw_differences(beside, of_metric[2], methods, styles)
        contract = contract_of(metric)
        label = label_for(metric, untrained=config.feature_networks == "untrained")
        values.set_title(f"{label} ({contract.unit})" if contract.unit else label, fontsize=7.5, pad=4)
        beside.set_title(shortened(f"− {named(against)}", 1.1, 6.5), fontsize=6.5, pad=4)
        for axis in (values, beside):
            axis.set_ylim(len(methods) - 0.4, -0.6)
            axis.set_yticks(range(len(methods)), labels if axis is values and place % columns == 0 else [])
            axis.tick_params(axis="y", length=0)
            axis.locator_params(axis="x", nbins=4 if axis is values else 3, prune="both")
            if contract.better == "lower":
                # better lies to the right in every panel
                axis.invert_xaxis()
    return figure


def _draw_values(
    axis: "Axes", runs: pd.DataFrame, fields: pd.DataFrame, methods: list[str], styles: dict[str, MethodStyle]
) -> None:
    metric = runs["metric"].iloc[0]
    by_method: dict[Any, Any] = {name: list(rows["value"]) for name, rows in runs.groupby("method")}
    controls: dict[str, Any] = {name: by_method[name] for name in CONTROLS if name in by_method}
    trained = [value for name, values in by_method.items() if name not in CONTROLS for value in values]
    limits, outside = axis_limits(trained, controls)
    axis.set_xlim(limits)
    # a field of view that a method lacks, and a control at the edge, break the line
    wide = fields.pivot_table(index="fov", columns="method", values="value", sort=False, dropna=False)
    wide = wide.reindex(columns=methods)
    alpha = float(np.clip(6 / max(len(wide), 1), 0.08, 0.5))
    shown = wide.assign(**dict.fromkeys(outside & set(wide.columns), np.nan))
    for fov, values in shown.iterrows():
        axis.plot(values, range(len(methods)), color="0.5", alpha=alpha, linewidth=0.6, label=f"field {fov}")
    for place, method in enumerate(methods):
        mean = float(wide[method].mean())
        if method in outside:
            _write_at_edge(axis, mean, place, number(mean, metric), contract_of(metric).better)
            continue
        points, style = by_method.get(method, []), styles[method]
        axis.plot(
            points,
            [place] * len(points),
            style.marker,
            color=style.colour,
            markersize=3.5,
            markeredgewidth=0,
            alpha=max(0.35, alpha),
            label=method,
        )
        axis.plot([mean, mean], [place - 0.32, place + 0.32], color=style.colour, linewidth=1.6, label=f"mean {method}")


def _write_at_edge(axis: "Axes", mean: float, place: int, text: str, better: str) -> None:
    """Write the mean of a control beyond the axis at the side where it lies; what is not finite is perfect."""
    high = not np.isfinite(mean) or mean > np.mean(axis.get_xlim())
    is_right = high == (better == "higher") or not np.isfinite(mean)
    axis.text(
        0.98 if is_right else 0.02,
        place,
        f"{text} ▸" if is_right else f"◂ {text}",
        transform=axis.get_yaxis_transform(),
        ha="right" if is_right else "left",
        va="center",
        fontsize=SMALLEST_POINTS,
        color="0.35",
    )


def _draw_differences(
    axis: "Axes", differences: pd.DataFrame, methods: list[str], styles: dict[str, MethodStyle]
) -> None:
    axis.axvline(0, color="0.3", linewidth=0.6, zorder=0)
    for row in differences.itertuples():
        draw_difference(axis, row, methods.index(str(row.method)), styles[str(row.method)])
    axis.margins(x=0.15)


def _note(config: Config, metrics: pd.DataFrame, against: str) -> str:
    lost = int((~np.isfinite(metrics["value"])).sum())
    trained = metrics[~metrics["method"].isin(CONTROLS)]
    runs = len(trained[["split", "seed"]].drop_duplicates())
    of_each = f", one for each of the {runs} trainings" if runs > 1 else ""
    parts = [
        f"Points: mean of a field of view over its captures and patches{of_each}. Thin lines join a field of view "
        "under all methods; bars: mean over fields of view. Better lies to the right in every panel. A control far "
        "from the trained methods stands at the edge with its mean (∞: equal to the clean image).",
        f"Right of each: mean difference to {named(against)} over fields of view with its 95 % interval, as in the "
        f"statistics; filled: p < {config.comparison.significance:g} by the t-test over fields of view after Holm's "
        "correction; open: undecided, which does not mean equal.",
    ]
    if metrics["fov"].nunique() == 1:
        parts.append("One field of view: no interval and no test.")
    if lost:
        parts.append(f"{lost} of {len(metrics)} values are not finite and are left out.")
    return " ".join(parts)
