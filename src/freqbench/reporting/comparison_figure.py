"""Figure 1 of the LFFL paper, rebuilt: input, every method and the clean image, with magnified regions."""

from freqbench.config import Config
from freqbench.layout import Layout
from freqbench.reporting.figure_files import by_form, figure_style, save_figure
from freqbench.reporting.grey_scale import PERCENTILES, display_range
from freqbench.reporting.labels import method_label
from freqbench.reporting.picture_grid import Picture, Scale, draw_pictures
from freqbench.reporting.shown_patch import read_shown_patch


def draw_comparison(config: Config, dataset: str) -> None:
    """Draw the figure of a data set, of its first split and first seed, and write it as PNG and PDF.

    What is shown is chosen by the rule of `freqbench.reporting.shown_patch`, so nobody picks it. The grey scale is
    that of the clean patch, the same in all panels.

    Raises:
        FreqbenchError: if a file is missing or damaged.
    """
    shown = read_shown_patch(config, dataset)
    scale = Scale("gray", *display_range(shown.images["clean"]))
    darkest, brightest = PERCENTILES
    pictures = [
        Picture(method_label(method), image, scale, shown.captions.get(method, ""))
        for method, image in shown.images.items()
    ]
    grey = f"Grey: from the {darkest:g}th to the {brightest:g}th percentile of the clean patch in all panels."
    with figure_style():
        figure = draw_pictures(
            pictures, shown.regions, shown.size, heading=shown.title, notes=[f"{shown.rule} {grey}", *shown.notes]
        )
        save_figure(figure, by_form(lambda suffix: Layout.of(config).figure(dataset, suffix)))
