"""The figure of the fitted image: the image and its spectrum over the iterations, objective by objective."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from freqbench.config import Config
from freqbench.config.image_fit import FitObjective, ImageFit
from freqbench.errors import FreqbenchError
from freqbench.image_fit.filling import FILLED, read_image_fit
from freqbench.image_fit.measure import settings_of
from freqbench.layout import Layout
from freqbench.reporting.figure_files import by_form, figure_style, save_figure
from freqbench.reporting.figure_page import MARGIN, PAGE, SMALLEST_POINTS, Edges, new_page, shortened
from freqbench.reporting.grey_scale import display_range
from freqbench.reporting.image_fit_table import image_sentence, objective_label, verdicts, weights_sentence
from freqbench.reporting.labels import tier_notes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Pictures = npt.NDArray[np.float32]

MOST_PICTURES = 5
"""Columns besides the target."""
LEFT, GAP, BETWEEN = 0.62, 0.06, 0.16
"""Room for the labels, between image and spectrum, and between two objectives, in inches."""
PANEL, ABOVE, BELOW, BAR = 1.35, 0.25, 0.4, 0.09
"""Height of the panels of the spectral error, room above and below them, and width of the bar, in inches."""
MOST_COLUMNS = 4
"""Panels of the spectral error in a row."""
SPECTRUM_PERCENTILES = (1.0, 99.9)
"""Percentiles of the log power of the target that become black and white, the same for all spectra."""


@dataclass(frozen=True)
class FitPictures:
    """What the networks show.

    Attributes:
        target: (H, W), in [0, 1].
        iterations: of the pictures, rising.
        by_fit: (K, H, W) by name of the objective and seed.
    """

    target: Pictures
    iterations: list[int]
    by_fit: dict[tuple[str, int], Pictures]


def draw_image_fit(config: Config) -> None:
    """Draw the fitted image and its spectra as PNG and PDF.

    Raises:
        FreqbenchError: if the study has no `image_fit`, or a file of the fit is missing or damaged.
    """
    settings, values = settings_of(config), read_image_fit(config)
    pictures = read_pictures(config, settings)
    with figure_style():
        figure = _figure(config, settings, values, pictures)
        save_figure(figure, by_form(Layout.of(config).image_fit_figure))


def read_pictures(config: Config, settings: ImageFit) -> FitPictures:
    """Read the pictures of all fits.

    Raises:
        FreqbenchError: if the file is missing, damaged, or of other objectives or seeds.
    """
    path = Layout.of(config).image_fit_pictures
    try:
        with np.load(path, allow_pickle=False) as stored:
            by_fit = {
                (objective.name, seed): stored[f"{objective.name}_seed{seed}"]
                for objective in settings.objectives
                for seed in settings.seeds
            }
            return FitPictures(stored["target"], stored["iterations"].tolist(), by_fit)
    except (OSError, ValueError, KeyError, EOFError) as error:
        raise FreqbenchError(f"{path}: no readable pictures ({error}); run `freqbench fit-image`") from error


def log_power(image: Pictures) -> npt.NDArray[np.float64]:
    """Return the power of the orthonormal DFT of an image in dB, (H, W), with the zero frequency in the middle."""
    power = np.abs(np.fft.fftshift(np.fft.fft2(image.astype(np.float64), norm="ortho"))) ** 2
    # a vanishing power has no logarithm; this one is far below the rounding to 16 bits
    return np.asarray(10 * np.log10(np.maximum(power, 1e-14)))


def shown_steps(iterations: list[int]) -> list[int]:
    """Return which of the pictured iterations are shown: spread evenly, the last one among them."""
    if len(iterations) <= MOST_PICTURES:
        return list(range(len(iterations)))
    # the first ones, which show little, are passed over
    places = np.linspace(0, len(iterations) - 1, MOST_PICTURES + 1)[1:]
    return [int(place) for place in places.round()]


def _figure(config: Config, settings: ImageFit, values: pd.DataFrame, pictures: FitPictures) -> "Figure":
    shown, seed = shown_steps(pictures.iterations), settings.seeds[0]
    width = (PAGE - LEFT - MARGIN - len(shown) * GAP) / (len(shown) + 1)
    step = 2 * width + GAP + BETWEEN
    panels = -(-len(settings.objectives) // MOST_COLUMNS)
    notes = [
        *verdicts(config, values),
        image_sentence(config),
        f"Pictures: seed {seed}, one grey scale for all images and one for all spectra (log power, zero frequency in "
        f"the middle, scaled to the target's). Panels below: power of the difference of the spectra over the target's "
        f"in each ring, median over {len(settings.seeds)} seed{'s' if len(settings.seeds) > 1 else ''}; white line: "
        f"{FILLED:g}.",
        weights_sentence(config),
        *tier_notes(config),
    ]
    body = len(settings.objectives) * step + panels * (ABOVE + PANEL + BELOW)
    figure = new_page(
        f"{config.name} ({config.tier}): one image fitted with and without a frequency loss",
        notes,
        body,
        Edges(left=LEFT, right=MARGIN, above=0.2, below=0.0),
    )
    top = figure.get_figheight() * (1 - figure.subplotpars.top)
    for row, objective in enumerate(settings.objectives):
        place = (top + row * step, width)
        _draw_row(figure, objective, pictures.by_fit[objective.name, seed][shown], pictures.target, place)
    titles = [f"iteration {pictures.iterations[number]}" for number in shown] + ["target"]
    for number, title in enumerate(titles):
        middle = (LEFT + number * (width + GAP) + width / 2) / PAGE
        height = 1 - (top - 0.05) / figure.get_figheight()
        figure.text(middle, height, title, size=7, ha="center", va="bottom")
    _draw_panels(figure, settings, values, top + len(settings.objectives) * step)
    return figure


def _add_axes(figure: "Figure", left: float, upper: float, width: float, height: float) -> "Axes":
    """Add axes at a place in inches from the upper left corner of the page."""
    total = figure.get_figheight()
    return figure.add_axes((left / PAGE, 1 - (upper + height) / total, width / PAGE, height / total))


def _draw_row(
    figure: "Figure", objective: FitObjective, images: Pictures, target: Pictures, place: tuple[float, float]
) -> None:
    """Draw the images of one objective, each above its log spectrum, and the target at the end."""
    upper, width = place
    low, high = display_range(target)
    dark, bright = np.percentile(log_power(target), SPECTRUM_PERCENTILES)
    for number, image in enumerate([*images, target]):
        left = LEFT + number * (width + GAP)
        for pixels, limits, down, label in (
            (image, (low, high), 0.0, "image"),
            (log_power(image), (dark, bright), width + GAP, "log spectrum"),
        ):
            axes = _add_axes(figure, left, upper + down, width, width)
            axes.set(xticks=[], yticks=[])
            axes.imshow(pixels, "gray", vmin=limits[0], vmax=limits[1], interpolation="nearest")
            if number == 0:
                axes.set_ylabel(label, fontsize=SMALLEST_POINTS, labelpad=2)
    total = figure.get_figheight()
    figure.text(
        (MARGIN + 0.1) / PAGE,
        1 - (upper + width + GAP / 2) / total,
        shortened(objective_label(objective), 2 * width, 8),
        size=8,
        rotation=90,
        ha="center",
        va="center",
    )


def _draw_panels(figure: "Figure", settings: ImageFit, values: pd.DataFrame, upper: float) -> None:
    """Draw the spectral error of each objective by iteration and frequency, in one scale."""
    from matplotlib.colors import LogNorm

    columns = min(MOST_COLUMNS, len(settings.objectives))
    room, between = PAGE - LEFT - 0.62, 0.12
    width = (room - (columns - 1) * between) / columns
    scale = LogNorm(0.01, 1.0)
    for number, objective in enumerate(settings.objectives):
        row, column = divmod(number, columns)
        place = upper + row * (ABOVE + PANEL + BELOW) + ABOVE
        axes = _add_axes(figure, LEFT + column * (width + between), place, width, PANEL)
        image = _draw_error(axes, _median_errors(values, objective.name), scale)
        axes.set_title(shortened(objective_label(objective), width, 7), fontsize=7, pad=3)
        axes.set_xlabel("iteration", fontsize=SMALLEST_POINTS, labelpad=1)
        if column == 0:
            axes.set_ylabel("frequency (cycles/pixel)", fontsize=SMALLEST_POINTS, labelpad=2)
        else:
            axes.tick_params(labelleft=False)
        axes.tick_params(labelsize=SMALLEST_POINTS, length=2, pad=1.5)
    bar_axes = _add_axes(figure, LEFT + room + 0.08, upper + ABOVE, BAR, PANEL)
    bar = figure.colorbar(image, cax=bar_axes, extend="both")
    bar.ax.tick_params(labelsize=SMALLEST_POINTS, length=2, pad=1.5)
    bar.set_label("relative error", fontsize=SMALLEST_POINTS, labelpad=1)


def _median_errors(values: pd.DataFrame, objective: str) -> pd.DataFrame:
    """Return the median spectral error over seeds, rows frequencies, columns iterations from 1."""
    own = values[(values["quantity"] == "spectral_error") & (values["objective"] == objective)]
    own = own[own["iteration"] >= 1]
    return own.pivot_table(index="frequency", columns="iteration", values="value", aggfunc="median")


def _draw_error(axes: "Axes", errors: pd.DataFrame, scale: Any) -> Any:
    iterations, frequencies = errors.columns.to_numpy(dtype=float), errors.index.to_numpy(dtype=float)
    image = axes.pcolormesh(iterations, frequencies, errors.to_numpy(), cmap="viridis_r", norm=scale, shading="nearest")
    if errors.to_numpy().min() < FILLED < errors.to_numpy().max():
        axes.contour(iterations, frequencies, errors.to_numpy(), levels=[FILLED], colors="white", linewidths=0.8)
    axes.set_xscale("log", base=2)
    axes.set_ylim(0, 0.5)
    return image
