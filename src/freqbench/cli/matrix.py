"""Commands on several generators and on sweeps: matrix-table, matrix-figure, sweep-figure."""

import typer

from freqbench.cli.options import DEFAULT_CONFIG, ConfigOption, DatasetOption
from freqbench.cli.progress import say
from freqbench.config import load_config
from freqbench.errors import FreqbenchError
from freqbench.layout import Layout


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    for command in (matrix_table, matrix_figure, sweep_figure):
        app.command(rich_help_panel="Results")(command)


def matrix_table(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Write what each loss does with each generator as CSV, Markdown, HTML and LaTeX.

    Examples:
        freqbench matrix-table -c config/matrix_mini.yaml
    """
    from freqbench.reporting.matrix_table import write_matrix_table

    settings = load_config(config)
    write_matrix_table(settings)
    say(Layout.of(settings).matrix_table("md").read_text(encoding="utf-8"))


def matrix_figure(dataset: DatasetOption, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Draw the difference of each loss to the baseline of the same generator, as PNG and PDF.

    Examples:
        freqbench matrix-figure -d fmd_nuclei -c config/matrix_mini.yaml
    """
    from freqbench.reporting.matrix_figure import draw_matrix

    settings = load_config(config)
    if not settings.generators:
        raise FreqbenchError(f"{config}: has one generator; the figure needs several, `generators:`")
    draw_matrix(settings, dataset)
    say(str(Layout.of(settings).matrix_figure(dataset, "png")))


def sweep_figure(dataset: DatasetOption, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Draw each metric over the weight of a loss, or over one of its options, as PNG and PDF.

    Examples:
        freqbench sweep-figure -d fmd_nuclei -c config/ablation_mini.yaml
    """
    from freqbench.reporting.sweep_figure import draw_sweeps

    settings = load_config(config)
    draw_sweeps(settings, dataset)
    say(str(Layout.of(settings).sweep_figure(dataset, "png")))
