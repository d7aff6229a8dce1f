"""Overlays: the contours and numbers of the nuclei on the clean images, so that one sees what is measured."""

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from freqbench.config import Config
from freqbench.data.image_files import read_grey, to_unit_range
from freqbench.data.index import natural_order, read_index
from freqbench.data.source import SourceRecord
from freqbench.errors import FreqbenchError
from freqbench.files import read_json
from freqbench.layout import Layout
from freqbench.nuclei.labels import Labels, read_labels
from freqbench.nuclei.table import REASONS, read_nuclei
from freqbench.reporting.figure_files import figure_style, save_figure
from freqbench.reporting.figure_page import PAGE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

KEPT_COLOUR = "#56B4E9"
LineStyle = Literal["-", "--", "-.", ":"]
EXCLUDED: dict[str, tuple[str, LineStyle]] = {
    "small": ("#E69F00", ":"),
    "in pieces": ("#CC79A7", "-."),
    "border": ("#D55E00", "--"),
}
"""Colours of Okabe and Ito; the reasons differ in line style too."""
MAX_PANELS, COLUMNS, PANEL = 9, 3, PAGE / 3
"""Most fields of view in the figure of a study, panels a row, and width of a panel in inches."""
LONE_PANEL, LINE = 5.0, 0.16
"""Width of a panel that stands alone, and height of a line of the legend, in inches."""

Image = npt.NDArray[np.float32]


def draw_segmentation(config: Config, dataset: str) -> None:
    """Draw the nuclei of a data set and write the figure as PNG and PDF.

    Of more than nine fields of view, nine evenly spread over their natural order are shown.

    Raises:
        FreqbenchError: if a file is missing, or labels and images differ in size.
    """
    layout = Layout.of(config)
    index, record = read_index(layout.index(dataset)), SourceRecord.read(layout.source(dataset))
    labels, table = read_labels(layout.nucleus_labels(dataset)), read_nuclei(layout.nuclei(dataset))
    segmenter = read_json(layout.segmentation(dataset))["segmenter"]
    files = dict(index.drop_duplicates("fov")[["fov", "clean"]].astype(str).to_numpy().tolist())
    fovs = natural_order(list(labels))
    shown = [fovs[place] for place in np.unique(np.linspace(0, len(fovs) - 1, MAX_PANELS).round().astype(int))]
    panels = {fov: (to_unit_range(read_grey(record.root / files[fov], record.scale)), labels[fov]) for fov in shown}
    fields = f"{len(shown)} of {len(fovs)} fields of view" if len(shown) < len(fovs) else f"{len(fovs)} fields of view"
    heading = f"Nuclei of {dataset} ({config.tier}), {fields}, by {segmenter['name']} ({segmenter['version']})"
    paths = [layout.segment_figure(dataset, suffix) for suffix in ("png", "pdf")]
    write_overlays(panels, table, heading, paths)


def write_overlays(
    panels: dict[str, tuple[Image, Labels]], table: pd.DataFrame, heading: str, paths: list[Path]
) -> None:
    """Draw images with their nuclei, and write the figure to each path, in the format of its suffix.

    Args:
        panels: clean image (H, W) and its labels by field of view.
        table: nuclei of these fields of view.
        heading: the line above.
        paths: files to write.

    Raises:
        FreqbenchError: if labels and image differ in size.
    """
    for fov, (image, labels) in panels.items():
        if image.shape != labels.shape:
            raise FreqbenchError(
                f"field of view {fov}: labels of {labels.shape[1]}x{labels.shape[0]} pixels on an image of "
                f"{image.shape[1]}x{image.shape[0]}; run `freqbench segment` again"
            )
    with figure_style():
        figure = _figure(panels, table, heading)
        save_figure(figure, paths)


def _figure(panels: dict[str, tuple[Image, Labels]], table: pd.DataFrame, heading: str) -> "Figure":
    from matplotlib.figure import Figure

    entries = _legend(table[table["fov"].isin(list(panels))]["excluded"])
    columns = min(COLUMNS, len(panels))
    rows = -(-len(panels) // columns)
    width = PANEL if columns > 1 else LONE_PANEL
    ratio = max(image.shape[0] / image.shape[1] for image, _ in panels.values())
    height = rows * (width * ratio + 0.3) + LINE * (len(entries) + 3)
    figure = Figure(figsize=(columns * width, height), layout="constrained")
    figure.suptitle("\n".join(textwrap.wrap(heading, round(16 * columns * width))), fontsize=8)
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for axis in axes[len(panels) :]:
        axis.set_axis_off()
    for axis, (fov, (image, labels)) in zip(axes, panels.items(), strict=False):
        nuclei = table[table["fov"] == fov]
        _draw_panel(axis, image, labels, nuclei)
        axis.set_title(f"{fov}: {(nuclei['excluded'] == '').sum()} kept", fontsize=8)
    figure.legend(handles=entries, loc="outside lower center", fontsize=6.5, frameon=False)
    return figure


def _legend(excluded: pd.Series) -> "list[Line2D]":
    """Return one entry for the nuclei that are kept and one for each reason that occurs, with their numbers."""
    from matplotlib.lines import Line2D

    counts = excluded.value_counts()
    label = f"kept: {counts.get('', 0)} (thin box: the crop)"
    entries = [Line2D([], [], color=KEPT_COLOUR, label=label)]
    for reason, words in REASONS.items():
        if reason in counts:
            colour, style = EXCLUDED[reason]
            entries.append(Line2D([], [], color=colour, linestyle=style, label=f"excluded: {counts[reason]}, {words}"))
    return entries


def _draw_panel(axis: "Axes", image: Image, labels: Labels, nuclei: pd.DataFrame) -> None:
    from matplotlib.patches import Rectangle
    from matplotlib.patheffects import AbstractPathEffect, withStroke

    # numbers are lost on a bright nucleus otherwise
    outline: list[AbstractPathEffect] = [withStroke(linewidth=1.2, foreground="black")]
    low, high = np.percentile(image, (0.5, 99.8))
    # the square root shows dim nuclei beside bright ones; it is for the eye, nothing is measured on it
    axis.imshow(np.sqrt(np.clip((image - low) / max(high - low, 1e-9), 0, 1)), cmap="gray", interpolation="nearest")
    axis.set(xticks=[], yticks=[])
    for nucleus in nuclei.itertuples():
        reason = str(nucleus.excluded)
        colour, style = EXCLUDED.get(reason, (KEPT_COLOUR, "-"))
        y0, x0, y1, x1 = (int(str(side)) for side in (nucleus.y0, nucleus.x0, nucleus.y1, nucleus.x1))
        mask = np.pad(labels[y0:y1, x0:x1] == nucleus.nucleus, 1)
        across, down = np.arange(x0 - 1, x1 + 1), np.arange(y0 - 1, y1 + 1)
        axis.contour(across, down, mask, levels=[0.5], colors=[colour], linestyles=[style], linewidths=0.7)
        middle = ((x0 + x1) / 2, (y0 + y1) / 2)
        number = axis.annotate(str(nucleus.nucleus), middle, color=colour, fontsize=6, ha="center", va="center")
        number.set_path_effects(outline)
        if not reason:
            top, left = int(str(nucleus.crop_y0)), int(str(nucleus.crop_x0))
            height, width = int(str(nucleus.crop_y1)) - top, int(str(nucleus.crop_x1)) - left
            box = Rectangle((left - 0.5, top - 0.5), width, height, fill=False, linewidth=0.3, edgecolor=colour)
            axis.add_patch(box)
    axis.set_xlim(-0.5, image.shape[1] - 0.5)
    axis.set_ylim(image.shape[0] - 0.5, -0.5)
