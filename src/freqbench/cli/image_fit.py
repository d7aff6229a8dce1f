"""Commands on the fit of one image: fit-image, fit-image-table, fit-image-figure."""

from pathlib import Path

import typer

from freqbench.cli.options import ConfigOption, ThreadsOption, use_threads
from freqbench.cli.progress import progress, say
from freqbench.config import load_config
from freqbench.layout import Layout

DEFAULT = Path("config/ffl_mini.yaml")


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command("fit-image", rich_help_panel="Losses and metrics")(fit_image)
    app.command("fit-image-table", rich_help_panel="Losses and metrics")(fit_image_table)
    app.command("fit-image-figure", rich_help_panel="Losses and metrics")(fit_image_figure)


def fit_image(config: ConfigOption = DEFAULT, threads: ThreadsOption = None) -> None:
    """Fit one clean image with a small network, with and without a frequency loss, and measure its spectrum on the way.

    Examples:
        freqbench fit-image -c config/ffl_mini.yaml --threads 1
    """
    use_threads(threads)
    from freqbench.image_fit.measure import measure_image_fit

    settings = load_config(config)
    with progress("steps of the fits") as advance:
        measure_image_fit(settings, advance)
    say(str(Layout.of(settings).image_fit))


def fit_image_table(config: ConfigOption = DEFAULT) -> None:
    """Write when each objective fills which frequencies of the fitted image, as CSV, Markdown, HTML and LaTeX.

    Examples:
        freqbench fit-image-table -c config/ffl_mini.yaml
    """
    from freqbench.reporting.image_fit_table import write_image_fit_table

    settings = load_config(config)
    write_image_fit_table(settings)
    say(Layout.of(settings).image_fit_table("md").read_text(encoding="utf-8"))


def fit_image_figure(config: ConfigOption = DEFAULT) -> None:
    """Draw the fitted image and its spectrum over the iterations, as PNG and PDF.

    Examples:
        freqbench fit-image-figure -c config/ffl_mini.yaml
    """
    from freqbench.reporting.image_fit_figure import draw_image_fit

    settings = load_config(config)
    draw_image_fit(settings)
    say(str(Layout.of(settings).image_fit_figure("png")))
