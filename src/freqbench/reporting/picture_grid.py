"""Pictures side by side on a page, each with its magnified regions below it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from freqbench.reporting.figure_page import MARGIN, PAGE, SMALLEST_POINTS, Edges, new_page, shortened
from freqbench.reporting.regions import Region

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BOX_COLOUR = "#ffd400"
"""The LFFL paper's yellow; the boxes differ in line style too."""
BOX_STYLES = ("-", "--", ":", "-.")
MOST_COLUMNS, WIDEST, GAP = 5, 2.3, 0.08
"""Pictures in a row, width of one at most, and space between two, in inches."""
TITLE, CAPTION, TITLE_POINTS = 0.19, 0.17, 7.0
"""Height of the line above and of the line below a picture, in inches."""
BAR, BAR_WIDTH, BAR_HEIGHT = 0.52, 2.6, 0.09
"""Room for a colour bar with its numbers and its label; the bar itself."""


@dataclass(frozen=True)
class Scale:
    """What the colours of a picture stand for.

    Attributes:
        colours: name of the colour map.
        low: value of its first colour.
        high: value of its last colour.
        label: of its colour bar; empty for none.
    """

    colours: str
    low: float
    high: float
    label: str = ""


@dataclass(frozen=True)
class Picture:
    """An image with what is written above and below it.

    Attributes:
        title: above.
        pixels: (H, W), the same for all pictures of a page.
        scale: of its colours.
        caption: below.
    """

    title: str
    pixels: npt.NDArray[np.float32]
    scale: Scale
    caption: str = ""


def draw_pictures(
    pictures: Sequence[Picture], regions: Sequence[Region], size: int, *, heading: str, notes: Sequence[str]
) -> "Figure":
    """Return a figure of pictures; that of the last one's scale has a colour bar, if it has a label.

    Args:
        pictures: at least one.
        regions: upper left corners of what is magnified, the same in all.
        size: width and height of a region in pixels.
        heading: the line above.
        notes: the lines below.
    """
    count = len(pictures)
    columns = min(MOST_COLUMNS, -(-count // 2)) if count > MOST_COLUMNS else count
    rows = -(-count // columns)
    width = min(WIDEST, (PAGE - 2 * MARGIN - (columns - 1) * GAP) / columns)
    height = width * pictures[0].pixels.shape[0] / pictures[0].pixels.shape[1]
    detail = (width - GAP * (len(regions) - 1)) / max(2, len(regions)) if regions else 0.0
    step = TITLE + height + CAPTION + detail + GAP
    bar = BAR if pictures[-1].scale.label else 0.0
    figure = new_page(heading, notes, rows * step + bar, Edges(left=MARGIN, right=MARGIN, above=0.1, below=0.0))
    total = figure.get_figheight()
    first = total * (1 - figure.subplotpars.top)
    start = (PAGE - columns * width - (columns - 1) * GAP) / 2

    def show(picture: Picture, part: tuple[slice, slice], place: tuple[float, float, float, float]) -> "Axes":
        """Show pixels in a rectangle: left and upper edge, width and height in inches from the upper left corner."""
        left, upper, wide, tall = place
        rectangle = (left / PAGE, 1 - (upper + tall) / total, wide / PAGE, tall / total)
        axes = figure.add_axes(rectangle, xticks=[], yticks=[])
        scale = picture.scale
        axes.imshow(
            picture.pixels[part], scale.colours, vmin=scale.low, vmax=scale.high, interpolation="nearest", aspect="auto"
        )
        return axes

    everything = (slice(None), slice(None))
    for number, picture in enumerate(pictures):
        left = start + number % columns * (width + GAP)
        upper = first + number // columns * step + TITLE
        axes = show(picture, everything, (left, upper, width, height))
        axes.set_title(shortened(picture.title, width, TITLE_POINTS), fontsize=TITLE_POINTS, pad=3)
        axes.set_xlabel(picture.caption, fontsize=SMALLEST_POINTS, labelpad=2.5)
        for place, ((y, x), style) in enumerate(zip(regions, BOX_STYLES, strict=False)):
            _draw_box(axes, (x, y), size, style)
            part = (slice(y, y + size), slice(x, x + size))
            corner = left + place * (detail + GAP)
            magnified = show(picture, part, (corner, upper + height + CAPTION, detail, detail))
            magnified.spines[:].set_visible(False)
            _draw_box(magnified, (0, 0), size, style)
    if bar:
        _draw_bar(figure, pictures[-1].scale, first + rows * step + 0.08)
    return figure


def _draw_bar(figure: "Figure", scale: Scale, upper: float) -> None:
    """Draw the colours with their numbers; values beyond both ends have the colours of the ends."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    total = figure.get_figheight()
    rectangle = ((PAGE - BAR_WIDTH) / 2 / PAGE, 1 - (upper + BAR_HEIGHT) / total, BAR_WIDTH / PAGE, BAR_HEIGHT / total)
    colours = ScalarMappable(Normalize(scale.low, scale.high), scale.colours)
    bar = figure.colorbar(colours, cax=figure.add_axes(rectangle), orientation="horizontal", extend="both")
    bar.ax.tick_params(labelsize=SMALLEST_POINTS, pad=1.5, length=2)
    bar.ax.locator_params(nbins=5)
    bar.set_label(scale.label, fontsize=SMALLEST_POINTS + 0.5, labelpad=1.5)


def _draw_box(axes: "Axes", corner: tuple[int, int], size: int, style: str) -> None:
    """Draw a box around ``size`` pixels as one line: four spines of a dashed style do not meet at the corners."""
    from matplotlib.patches import Rectangle

    x, y = corner
    for colour, line in (("black", "-"), (BOX_COLOUR, style)):  # black below: yellow dashes are lost on white
        box = Rectangle((x - 0.5, y - 0.5), size, size, fill=False, linewidth=1.1, linestyle=line, edgecolor=colour)
        axes.add_patch(box).set_clip_on(False)
