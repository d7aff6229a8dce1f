"""Commands on the bias that averaging shows: averaging, averaging-figure, averaging-table."""

import typer

from freqbench.cli.options import DEFAULT_CONFIG, ConfigOption, DatasetOption, MethodOption, SeedOption, SplitOption
from freqbench.cli.progress import say
from freqbench.config import load_config
from freqbench.layout import Layout
from freqbench.run import Run


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command(rich_help_panel="Evaluation")(averaging)
    for command in (averaging_figure, averaging_table):
        app.command(rich_help_panel="Results")(command)


def averaging(
    dataset: DatasetOption,
    method: MethodOption,
    split: SplitOption = 1,
    seed: SeedOption = 0,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Measure the error of means of 1, 2, 4, ... restored captures, and split it into bias and variance.

    Examples:
        freqbench averaging -d phantom_tissue -m lffl_a1
    """
    from freqbench.averaging.measure import measure_averaging

    run = Run(load_config(config), dataset, method, seed, split=split)
    measure_averaging(run)
    say(str(run.layout.averaging(*run.key)))


def averaging_figure(dataset: DatasetOption, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Draw the error of means of restored captures of all methods against their number, as PNG and PDF.

    Examples:
        freqbench averaging-figure -d phantom_tissue
    """
    from freqbench.reporting.averaging_figure import draw_averaging

    settings = load_config(config)
    draw_averaging(settings, dataset)
    say(str(Layout.of(settings).averaging_figure(dataset, "png")))


def averaging_table(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Write bias and variance of every method's restored captures, as CSV, Markdown, HTML and LaTeX.

    Examples:
        freqbench averaging-table
    """
    from freqbench.reporting.averaging_table import write_averaging_table

    settings = load_config(config)
    write_averaging_table(settings)
    say(Layout.of(settings).averaging_table("md").read_text(encoding="utf-8"))
