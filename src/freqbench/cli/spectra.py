"""Commands on spectra: spectra, frc-figure, frc-table."""

import typer

from freqbench.cli.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    DatasetOption,
    MethodOption,
    SeedOption,
    SplitOption,
    ThreadsOption,
    use_threads,
)
from freqbench.cli.progress import say
from freqbench.config import load_config
from freqbench.layout import Layout


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    for command in (spectra, frc_figure, frc_table):
        app.command(rich_help_panel="Spectra")(command)


def spectra(
    dataset: DatasetOption,
    method: MethodOption,
    split: SplitOption = 1,
    seed: SeedOption = 0,
    config: ConfigOption = DEFAULT_CONFIG,
    threads: ThreadsOption = None,
) -> None:
    """Measure Fourier ring correlation and power of the restored patches by frequency, for each field of view.

    Examples:
        freqbench spectra -d phantom_tissue -m lffl_a1
    """
    use_threads(threads)
    from freqbench.run import Run
    from freqbench.spectra.measure import measure_spectra

    run = Run(load_config(config), dataset, method, seed, split=split)
    measure_spectra(run)
    say(str(run.layout.spectra(*run.key)))


def frc_figure(dataset: DatasetOption, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Draw Fourier ring correlation and power of all methods by frequency, as PNG and PDF.

    Examples:
        freqbench frc-figure -d phantom_tissue
    """
    from freqbench.reporting.frc_figure import draw_frc

    settings = load_config(config)
    draw_frc(settings, dataset)
    say(str(Layout.of(settings).frc_figure(dataset, "png")))


def frc_table(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Write the resolution that Fourier ring correlation shows of each method, as CSV, Markdown, HTML and LaTeX.

    Examples:
        freqbench frc-table
    """
    from freqbench.reporting.frc_table import write_frc_table

    settings = load_config(config)
    write_frc_table(settings)
    say(Layout.of(settings).frc_table("md").read_text(encoding="utf-8"))
