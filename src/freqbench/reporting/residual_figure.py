"""The spectra of the residuals: at which frequencies, and in which directions, a method leaves or adds errors."""

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from freqbench.config import CONTROLS, Config
from freqbench.data.image_files import to_unit_range
from freqbench.data.patches import read_patches
from freqbench.errors import FreqbenchError
from freqbench.evaluation import read_restored
from freqbench.layout import Layout
from freqbench.reporting.figure_files import by_form, figure_style, save_figure
from freqbench.reporting.figure_page import SMALLEST_POINTS, Edges, new_page, shortened
from freqbench.reporting.labels import method_label, split_label, tier_notes
from freqbench.restored_files import as_measured
from freqbench.run import first_runs_of
from freqbench.spectra.residual import Power, relative_decibel, residual_power

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

COLOURS = "RdBu_r"
"""Red: more error than the input has, blue: less; told apart with every kind of colour blindness."""
PERCENTILE = 99.0
MOST_COLUMNS, WIDEST, GAP = 5, 1.9, 0.14
"""Panels in a row, width of one at most, and space between two, in inches."""
TITLE, CAPTION, BAR = 0.2, 0.44, 0.55
"""Room above a panel, below it, and for the colour bar, in inches."""


def draw_residuals(config: Config, dataset: str) -> None:
    """Draw the mean spectrum of restored minus clean of each method relative to that of the input, as PNG and PDF.

    All test patches of the first split count, restored with the first seed.

    Raises:
        FreqbenchError: if a file is missing or damaged.
    """
    decibels, totals, count = measure_residuals(config, dataset)
    with figure_style():
        figure = _figure(config, dataset, decibels, totals, count)
        save_figure(figure, by_form(lambda suffix: Layout.of(config).residual_figure(dataset, suffix)))


def measure_residuals(config: Config, dataset: str) -> tuple[dict[str, Power], dict[str, float], int]:
    """Return what `residual_power` finds for each method, relative to the degraded patches.

    Returns:
        By method, without input and clean images: the relative power in dB, (H, W), with the zero frequency in the
        middle, and that of all frequencies together; and the number of patches.

    Raises:
        FreqbenchError: if a file is missing or damaged, or no patch is tested.
    """
    layout, split = Layout.of(config), config.splits_of(dataset)[0]
    test = read_patches(layout, dataset, split).side("test")
    clean = to_unit_range(test.clean)
    if not len(clean):
        raise FreqbenchError(f"{layout.patch_table(dataset, split)}: no test patch; check `datasets.{dataset}.split`")
    settings: Any = {"window": config.spectra.window, "batch_size": config.evaluation.batch_size}
    degraded = as_measured(to_unit_range(test.noisy), clean, config.evaluation.intensity_fit)
    before = residual_power(degraded, clean, **settings)
    decibels, totals = {}, {}
    for run in first_runs_of(config, dataset):
        if run.method in ("input", "clean"):
            continue
        path = layout.restored(*run.key)
        try:
            power = residual_power(read_restored(path, test), clean, **settings)
        except ValueError as error:
            raise FreqbenchError(f"{path}: {error}; run `freqbench restore-patches` again") from error
        decibels[run.method] = relative_decibel(power, before)
        totals[run.method] = float(relative_decibel(power.mean(), before.mean()))
    return decibels, totals, len(clean)


def common_limit(decibels: dict[str, Power]) -> float:
    """Return where the colours of all panels end: a percentile over the trained methods, in whole dB, at least 1."""
    trained = [values for method, values in decibels.items() if method not in CONTROLS] or list(decibels.values())
    largest = np.percentile(np.abs(np.stack(trained)), PERCENTILE) if trained else 0.0
    return float(max(1, math.ceil(largest)))


def _figure(config: Config, dataset: str, decibels: dict[str, Power], totals: dict[str, float], count: int) -> "Figure":
    pixel_size = config.datasets[dataset].pixel_size
    limit = common_limit(decibels)
    columns = max(1, min(MOST_COLUMNS, -(-len(decibels) // 2) if len(decibels) > MOST_COLUMNS else len(decibels)))
    rows = max(1, -(-len(decibels) // columns))
    edges = Edges(left=0.5, right=0.1, above=0.5 if pixel_size else TITLE, below=0.0)
    width = min(WIDEST, (7.2 - edges.left - edges.right - GAP * (columns - 1)) / columns)
    step = width + CAPTION + TITLE
    split = config.splits_of(dataset)[0]
    figure = new_page(
        f"{dataset}{split_label(config, dataset, split)} ({config.tier}): spectra of restored minus clean, "
        f"relative to the input's, {count} patches",
        [_note(config, limit), *tier_notes(config)],
        rows * step - TITLE + BAR,
        edges,
    )
    total, page = figure.get_figheight(), figure.get_figwidth()
    top = total * (1 - figure.subplotpars.top)
    start = edges.left + (page - edges.left - edges.right - columns * width - (columns - 1) * GAP) / 2
    image = None
    for place, (method, values) in enumerate(decibels.items()):
        row, column = divmod(place, columns)
        upper = top + row * step
        axis = figure.add_axes(
            ((start + column * (width + GAP)) / page, 1 - (upper + width) / total, width / page, width / total)
        )
        image = _draw_panel(axis, values, limit)
        title = shortened(method_label(method), width, 7)
        axis.set_title(title, fontsize=7, pad=20 if pixel_size and row == 0 else 3)
        total_text = f"total {totals[method]:+.1f} dB".replace("-", "−")
        axis.set_xlabel(f"cycles per pixel\n{total_text}", fontsize=SMALLEST_POINTS, labelpad=2)
        if column == 0:
            axis.set_ylabel("cycles per pixel", fontsize=SMALLEST_POINTS, labelpad=1)
        else:
            axis.tick_params(labelleft=False)
        if pixel_size and row == 0:
            _add_physical_axis(axis, pixel_size)
    if image is not None:
        rectangle = (0.32, 1 - (top + rows * step - TITLE + 0.17) / total, 0.36, 0.09 / total)
        bar = figure.colorbar(image, cax=figure.add_axes(rectangle), orientation="horizontal", extend="both")
        bar.ax.tick_params(labelsize=SMALLEST_POINTS, pad=1.5, length=2)
        bar.set_label("power of the residual relative to the input's (dB)", fontsize=6.5, labelpad=1.5)
    return figure


def _draw_panel(axis: "Axes", values: Power, limit: float) -> "AxesImage":
    """Show a spectrum with each frequency at its place: that of an even size has one at -0.5 and none at 0.5."""
    edges = []
    for size in (values.shape[1], values.shape[0]):
        low = -(size // 2) / size - 0.5 / size
        edges.append((low, low + 1))
    (left, right), (bottom, top) = edges
    image = axis.imshow(
        values,
        COLOURS,
        vmin=-limit,
        vmax=limit,
        origin="lower",
        extent=(left, right, bottom, top),
        interpolation="nearest",
        aspect="auto",
    )
    axis.set_xticks([-0.4, 0, 0.4])
    axis.set_yticks([-0.4, 0, 0.4])
    axis.tick_params(labelsize=SMALLEST_POINTS, length=2, pad=1.5)
    return image


def _add_physical_axis(axis: "Axes", pixel_size: float) -> None:
    from matplotlib.ticker import MaxNLocator

    functions: Any = (lambda place: place / pixel_size, lambda place: place * pixel_size)
    physical = axis.secondary_xaxis("top", functions=functions)
    physical.set_xlabel("cycles per µm", fontsize=SMALLEST_POINTS, labelpad=1.5)
    physical.tick_params(labelsize=SMALLEST_POINTS, length=2, pad=1)
    physical.xaxis.set_major_locator(MaxNLocator(nbins=3, symmetric=True))


def _note(config: Config, limit: float) -> str:
    window = (
        "Each residual without its mean and behind a Hann window."
        if config.spectra.window == "hann"
        else "No window: the borders of the patches are edges to the transform."
    )
    return (
        "Mean power of restored minus clean by frequency in x and y, the zero frequency in the middle; 0 dB: as much "
        "error as the degraded patches have there. Blue: less, red: more. Total: all frequencies together. "
        f"{window} Colours end at ±{limit:g} dB, which holds {PERCENTILE:g} % of the values of the trained methods. "
        "First split, first seed. The clean images have no residual."
    )
