"""Figure 1 of the LFFL paper, rebuilt: input, every method and the clean image, with magnified regions."""

import textwrap
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from freqbench.config import Config
from freqbench.data.image_files import to_unit_range
from freqbench.data.patches import read_patches
from freqbench.evaluation import read_metrics, read_restored
from freqbench.files import read_json
from freqbench.layout import Layout
from freqbench.reporting.figure_files import by_form, figure_style, save_figure
from freqbench.reporting.labels import method_label, split_label, study_notes
from freqbench.reporting.regions import Region, detailed_regions, typical_patch
from freqbench.run import first_runs_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BOX_COLOUR = "#ffd400"
"""The paper's yellow; the boxes differ in line style too."""
MOST_COLUMNS = 7
"""Of images, where there are more than can stand in two rows."""
BOX_STYLES = ("-", "--", ":", "-.")
PANEL, GAP, MARGIN = 2.0, 0.1, 0.08
"""Width of an image, space between two, and margin of the page, in inches."""
TITLE, CAPTION = 0.24, 0.2
"""Height of the line above and of the line below an image, in inches."""
HEADING_POINTS, NOTE_POINTS, LINE_SPACING = 10, 7, 1.2
Image = npt.NDArray[np.float32]


def draw_comparison(config: Config, dataset: str) -> None:
    """Draw the figure of a data set, of its first split and first seed, and write it as PNG and PDF.

    The patch is the one with the median PSNR under the first baseline, and the regions are those with most
    detail in its clean image, so nobody picks them. The grey scale is that of the clean patch, the same in all
    panels.

    Raises:
        FreqbenchError: if a file is missing.
    """
    layout = Layout.of(config)
    runs, split = first_runs_of(config, dataset), config.splits_of(dataset)[0]
    metrics = read_metrics([layout.image_metrics(*run.key) for run in runs])
    test = read_patches(layout, dataset, split).side("test")
    baseline = next(name for name in config.comparison.baselines if name in config.method_names_of(dataset))
    patch = typical_patch(metrics, baseline)
    row = int(np.flatnonzero(test.table["patch_id"] == patch)[0])
    panels: dict[str, Image] = {run.method: read_restored(layout.restored(*run.key), test)[row] for run in runs}
    # the paper's order: what came in, what was made of it, what it should be
    panels["clean"] = panels.pop("clean", to_unit_range(test.clean[row]))
    size = min(config.figures.region_size, *panels["clean"].shape)
    regions = detailed_regions(panels["clean"], config.figures.regions, size)
    verdict = read_json(layout.audit(dataset, split))["verdict"]
    figure = _figure(
        panels,
        regions,
        size,
        captions=_captions(metrics, patch),
        heading=f"{dataset}{split_label(config, dataset, split)}: patch {patch.removeprefix(f'{dataset}/')}",
        notes=study_notes(config, {dataset: {split: verdict}}),
    )
    save_figure(figure, by_form(lambda suffix: layout.figure(dataset, suffix)))


def _captions(metrics: pd.DataFrame, patch: str) -> dict[str, str]:
    chosen = metrics[(metrics["patch_id"] == patch) & metrics["metric"].isin(["psnr", "ssim"])]
    captions: dict[str, list[str]] = {}
    for method, values in chosen.groupby("method"):
        found = dict(zip(values["metric"], values["value"], strict=True))
        shown = [f"{found['psnr']:.2f} dB".replace("inf", "∞")] if "psnr" in found else []
        captions[str(method)] = shown + ([f"SSIM {found['ssim']:.3f}"] if "ssim" in found else [])
    return {method: "  ".join(shown) for method, shown in captions.items()}


def _figure(
    panels: dict[str, Image],
    regions: list[Region],
    size: int,
    *,
    captions: dict[str, str],
    heading: str,
    notes: list[str],
) -> "Figure":
    from matplotlib.figure import Figure

    rows = 1 if len(panels) <= 5 else max(2, -(-len(panels) // MOST_COLUMNS))
    columns = -(-len(panels) // rows)
    height, width = panels["clean"].shape
    image = PANEL * height / width
    region = (PANEL - GAP * (len(regions) - 1)) / max(2, len(regions))
    row = TITLE + image + CAPTION + region + 2 * GAP
    page = columns * (PANEL + GAP) - GAP + 2 * MARGIN
    above, below = _wrapped([heading], page, HEADING_POINTS), _wrapped(notes, page, NOTE_POINTS)
    top = MARGIN + _height(above, HEADING_POINTS)
    total = top + rows * row + _height(below, NOTE_POINTS) + MARGIN
    low, high = np.percentile(panels["clean"], (0.5, 99.8))

    with figure_style():
        figure = Figure(figsize=(page, total))

        def show(pixels: Image, left: float, upper: float, wide: float, tall: float) -> "Axes":
            """Show pixels in a rectangle given in inches from the upper left corner of the page."""
            rectangle = (left / page, 1 - (upper + tall) / total, wide / page, tall / total)
            axes = figure.add_axes(rectangle, xticks=[], yticks=[])
            axes.imshow(pixels, cmap="gray", vmin=low, vmax=high, interpolation="nearest", aspect="auto")
            return axes

        for number, (method, pixels) in enumerate(panels.items()):
            left = MARGIN + number % columns * (PANEL + GAP)
            upper = top + number // columns * row + TITLE
            panel = show(pixels, left, upper, PANEL, image)
            panel.set_title(method_label(method), fontsize=9, pad=4)
            panel.set_xlabel(captions.get(method, ""), fontsize=7, labelpad=3)
            for place, ((y, x), style) in enumerate(zip(regions, BOX_STYLES, strict=False)):
                _draw_box(panel, (x, y), size, style)
                magnified = pixels[y : y + size, x : x + size]
                detail = show(magnified, left + place * (region + GAP), upper + image + CAPTION, region, region)
                detail.spines[:].set_visible(False)
                _draw_box(detail, (0, 0), size, style)
        for lines, points, upper in ((above, HEADING_POINTS, MARGIN), (below, NOTE_POINTS, top + rows * row)):
            where, text = 1 - upper / total, "\n".join(lines)
            figure.text(0.5, where, text, fontsize=points, ha="center", va="top", linespacing=LINE_SPACING)
    return figure


def _draw_box(axes: "Axes", corner: tuple[int, int], size: int, style: str) -> None:
    """Draw a box around ``size`` pixels as one line: four spines of a dashed style do not meet at the corners."""
    from matplotlib.patches import Rectangle

    x, y = corner
    for colour, line in (("black", "-"), (BOX_COLOUR, style)):  # black below: yellow dashes are lost on white
        box = Rectangle((x - 0.5, y - 0.5), size, size, fill=False, linewidth=1.4, linestyle=line, edgecolor=colour)
        axes.add_patch(box).set_clip_on(False)


def _wrapped(texts: list[str], inches: float, points: int) -> list[str]:
    """Break texts into lines that fit; a letter is at most 0.62 of the font size wide on average."""
    letters = int((inches - 2 * MARGIN) * 72 / (0.62 * points))
    return [line for text in texts for line in textwrap.wrap(text, letters)]


def _height(lines: list[str], points: int) -> float:
    """Return the height of lines of text in inches."""
    return (1 + len(lines)) * LINE_SPACING * points / 72
