"""Error maps beside Figure 1: what each method leaves of the error, and what it adds, on the same patch."""

from collections.abc import Mapping

import numpy as np

from freqbench.config import CONTROLS, Config
from freqbench.layout import Layout
from freqbench.reporting.figure_files import by_form, figure_style, save_figure
from freqbench.reporting.labels import method_label
from freqbench.reporting.picture_grid import Picture, Scale, draw_pictures
from freqbench.reporting.shown_patch import Image, read_shown_patch

COLOURS = "RdBu_r"
"""Red above zero and blue below: told apart with every kind of colour blindness."""
PERCENTILE = 99.0
SMALLEST = 1 / 255
"""The end of the colours at least: one grey level of eight bits, so that rounding never fills the scale."""


def draw_errors(config: Config, dataset: str) -> None:
    """Draw restored minus clean of every method, of the patch and the regions of Figure 1, as PNG and PDF.

    Errors keep their sign: a lost structure and an invented one differ. All maps have one scale.

    Raises:
        FreqbenchError: if a file is missing or damaged.
    """
    shown = read_shown_patch(config, dataset)
    clean = shown.images["clean"]
    errors = {method: image - clean for method, image in shown.images.items() if method != "clean"}
    limit = error_limit(errors)
    grey = Scale("gray", float(clean.min()), float(max(clean.max(), clean.min() + SMALLEST)))
    scale = Scale(COLOURS, -limit, limit, "restored minus clean (the data range is 1)")
    pictures = [Picture(method_label("clean"), clean, grey)]
    pictures += [Picture(method_label(method), error, scale, _caption(error)) for method, error in errors.items()]
    how = (
        "Errors on the patch of the comparison figure; red: too bright, blue: too dark. The colours end at "
        f"±{limit:.3g}, the {PERCENTILE:g}th percentile of the absolute errors of the trained methods (at least one "
        "grey level of 8 bits); larger errors have the last colour. RMS: root mean square over the patch."
    )
    with figure_style():
        figure = draw_pictures(
            pictures,
            shown.regions,
            shown.size,
            heading=f"{shown.title}: errors",
            notes=[how, shown.rule, *shown.notes],
        )
        save_figure(figure, by_form(lambda suffix: Layout.of(config).error_figure(dataset, suffix)))


def error_limit(errors: Mapping[str, Image]) -> float:
    """Return where the common scale ends: a percentile of the absolute errors of the trained methods.

    The input's errors are far larger; on their scale the methods would look alike.

    Args:
        errors: maps by method; without a trained method all count.
    """
    trained = [error for method, error in errors.items() if method not in CONTROLS]
    counted = trained or list(errors.values())
    largest = np.percentile(np.abs(np.stack(counted)), PERCENTILE) if counted else 0.0
    return max(float(largest), SMALLEST)


def _caption(error: Image) -> str:
    values = error.astype(np.float64)
    return f"RMS {np.sqrt(np.square(values).mean()):.4f}, mean {values.mean():+.4f}".replace("-", "−")
