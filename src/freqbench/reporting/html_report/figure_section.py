"""The figures of the report. A new figure needs one entry in `FIGURES`."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from freqbench.config import Config
from freqbench.layout import Layout
from freqbench.reporting.html_report.embedding import data_uri, encoded_size, figure_webp

Found = list[tuple[str, Path]]
"""What a figure shows, such as a data set, and its PNG file."""


@dataclass(frozen=True)
class FigureKind:
    """A kind of figure.

    Attributes:
        title: its name.
        caption: what it shows, for all of its kind.
        paths: returns its files in a study.
    """

    title: str
    caption: str
    paths: Callable[[Config, Layout], Found]


@dataclass(frozen=True)
class EmbeddedFigure:
    """A figure as part of the page.

    Attributes:
        title: its name.
        subject: the data set and split.
        caption: what it shows.
        source: its data URI.
        width: in pixels.
        height: in pixels.
    """

    title: str
    subject: str
    caption: str
    source: str
    width: int
    height: int


def _each_dataset(path: Callable[[Layout, str], Path]) -> Callable[[Config, Layout], Found]:
    return lambda config, layout: [(name, path(layout, name)) for name in config.datasets]


def _image_fit(config: Config, layout: Layout) -> Found:
    return [(config.name, layout.image_fit_figure("png"))] if config.image_fit is not None else []


def _each_split(config: Config, layout: Layout) -> Found:
    return [
        (
            f"{name}, split {split}" if len(config.splits_of(name)) > 1 else name,
            layout.audit_figure(name, split, "png"),
        )
        for name in config.datasets
        for split in config.splits_of(name)
    ]


def _learning_curves(config: Config, layout: Layout) -> Found:
    """Return the learning curves; without kept generators any that lie there are another study's."""
    if config.training.snapshots == "none":
        return []
    return [(name, layout.learning_figure(name, "png")) for name in config.datasets]


FIGURES = (
    FigureKind(
        "Comparison",
        "One test patch as every method restores it, with magnified regions. The patch has the median PSNR under the "
        "first baseline, the regions have most detail in the clean image: no one picks them. One grey scale for all.",
        _each_dataset(lambda layout, name: layout.figure(name, "png")),
    ),
    FigureKind(
        "Errors",
        "Restored minus clean on the same patch, in one scale for all methods. Red: too bright, blue: too dark.",
        _each_dataset(lambda layout, name: layout.error_figure(name, "png")),
    ),
    FigureKind(
        "Metrics by field of view",
        "The mean of each field of view under each method, joined by thin lines, and beside it the mean difference to "
        "the reference with its 95 % interval. Better lies to the right.",
        _each_dataset(lambda layout, name: layout.distribution_figure(name, "png")),
    ),
    FigureKind(
        "Differences",
        "Mean difference of each method to the reference with its 95 % interval over fields of view. Better lies to "
        "the right. Triangles: decided by the test; circles: undecided, which does not mean equal.",
        _each_dataset(lambda layout, name: layout.differences_figure(name, "png")),
    ),
    FigureKind(
        "Losses and generators",
        "Mean difference of each loss to the baseline of the same generator with its 95 % interval over fields of "
        "view, one symbol for each generator. Better lies to the right. Filled: decided by the test.",
        _each_dataset(lambda layout, name: layout.matrix_figure(name, "png")),
    ),
    FigureKind(
        "Sweeps",
        "Each metric over the weight of a loss, or over one of its options; dashed: the baseline. Filled: decided by "
        "the test.",
        _each_dataset(lambda layout, name: layout.sweep_figure(name, "png")),
    ),
    FigureKind(
        "Fidelity and perceptual quality",
        "PSNR against LPIPS and against the distance between the sets, with 95 % intervals for new fields of view. The "
        "paper's points stand beside these where they are of the same quantities.",
        _each_dataset(lambda layout, name: layout.tradeoff_figure(name, "png")),
    ),
    FigureKind(
        "Fourier ring correlation and power",
        "Agreement of restored with clean images, and of two restored captures with each other, by frequency; and the "
        "power that a method leaves at each frequency.",
        _each_dataset(lambda layout, name: layout.frc_figure(name, "png")),
    ),
    FigureKind(
        "Spectra of the residuals",
        "Power of restored minus clean by frequency in x and y, relative to that of the degraded images: what a method "
        "takes away, and what it adds.",
        _each_dataset(lambda layout, name: layout.residual_figure(name, "png")),
    ),
    FigureKind(
        "Trainings",
        "Every term of the losses over the iterations. Frequency losses are different quantities: their heights cannot "
        "be compared.",
        _each_dataset(lambda layout, name: layout.training_figure(name, "png")),
    ),
    FigureKind(
        "Learning curves",
        "Metrics of test patches after 1, 2, 4, … iterations. Nothing was selected by them.",
        _learning_curves,
    ),
    FigureKind(
        "Loss sensitivity",
        "What each loss makes of an error at each frequency, measured without training.",
        _each_dataset(lambda layout, name: layout.sensitivity_figure(name, "png")),
    ),
    FigureKind(
        "One image fitted",
        "A small network makes one clean image out of noise, with and without a frequency loss: which frequencies come "
        "when. A property of losses in a fit, not of restored images.",
        _image_fit,
    ),
    FigureKind(
        "Noise",
        "Variance over mean of repeated captures, with the fitted noise model.",
        _each_dataset(lambda layout, name: layout.noise_figure(name, "png")),
    ),
    FigureKind(
        "Nuclei",
        "The nuclei that are measured, over the clean images in which they were found.",
        _each_dataset(lambda layout, name: layout.segment_figure(name, "png")),
    ),
    FigureKind(
        "Leakage audit",
        "How similar the fields of view are, which side each is on, and what is masked.",
        _each_split,
    ),
)
"""All kinds of figures, in the order of the report. One that a study does not have is left out."""


def embedded_figures(config: Config, layout: Layout, room: int) -> tuple[list[EmbeddedFigure], float]:
    """Return the figures of a study that exist, and the scale at which they are shown.

    Args:
        config: the study.
        layout: where its files lie.
        room: how many characters they may take. Figures that take more are all made smaller by one factor.

    Raises:
        FreqbenchError: if a figure cannot be read.
    """
    found = [
        (kind, subject, path) for kind in FIGURES for subject, path in kind.paths(config, layout) if path.is_file()
    ]
    scale = 1.0
    while True:
        files = [figure_webp(path, scale) for _, _, path in found]
        size = sum(encoded_size(payload) for payload, _ in files)
        if size <= room:
            break
        # area goes with the square of the scale; a little more, so that few rounds are enough
        scale *= 0.95 * (room / size) ** 0.5
    return [
        EmbeddedFigure(kind.title, subject, kind.caption, data_uri(payload), *size)
        for (kind, subject, _), (payload, size) in zip(found, files, strict=True)
    ], scale
