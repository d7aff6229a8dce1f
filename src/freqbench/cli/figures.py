"""Commands that draw what one looks at: error-figure, distribution-figure, residual-figure, training-figure,
tradeoff-figure."""

import typer

from freqbench.cli.options import DEFAULT_CONFIG, ConfigOption, DatasetOption
from freqbench.cli.progress import say
from freqbench.config import load_config
from freqbench.layout import Layout


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    for command in (error_figure, distribution_figure, residual_figure, training_figure, tradeoff_figure):
        app.command(rich_help_panel="Results")(command)


def error_figure(dataset: DatasetOption, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Draw restored minus clean of every method on the patch of the comparison figure, as PNG and PDF.

    Examples:
        freqbench error-figure -d phantom_tissue
    """
    from freqbench.reporting.error_figure import draw_errors

    settings = load_config(config)
    draw_errors(settings, dataset)
    say(str(Layout.of(settings).error_figure(dataset, "png")))


def distribution_figure(dataset: DatasetOption, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Draw each metric by method and field of view, with the tested differences beside it, as PNG and PDF.

    Examples:
        freqbench distribution-figure -d phantom_tissue
    """
    from freqbench.reporting.distribution_figure import draw_distributions

    settings = load_config(config)
    draw_distributions(settings, dataset)
    say(str(Layout.of(settings).distribution_figure(dataset, "png")))


def residual_figure(dataset: DatasetOption, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Draw the spectrum of restored minus clean of every method, relative to the input's, as PNG and PDF.

    Examples:
        freqbench residual-figure -d phantom_tissue
    """
    from freqbench.reporting.residual_figure import draw_residuals

    settings = load_config(config)
    draw_residuals(settings, dataset)
    say(str(Layout.of(settings).residual_figure(dataset, "png")))


def training_figure(dataset: DatasetOption, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Draw the loss terms of all trainings over the iterations, as PNG and PDF.

    Examples:
        freqbench training-figure -d phantom_tissue
    """
    from freqbench.reporting.training_figure import draw_training

    settings = load_config(config)
    draw_training(settings, dataset)
    say(str(Layout.of(settings).training_figure(dataset, "png")))


def tradeoff_figure(dataset: DatasetOption, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Draw LPIPS and the distance between sets against PSNR, with intervals, as PNG and PDF.

    Examples:
        freqbench tradeoff-figure -d phantom_tissue
    """
    from freqbench.reporting.tradeoff_figure import draw_tradeoff

    settings = load_config(config)
    draw_tradeoff(settings, dataset)
    say(str(Layout.of(settings).tradeoff_figure(dataset, "png")))
