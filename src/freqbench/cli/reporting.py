"""Commands that show results: table, figure, manifest."""

import typer

from freqbench.cli.options import DEFAULT_CONFIG, ConfigOption, DatasetOption
from freqbench.cli.progress import say
from freqbench.config import load_config
from freqbench.layout import Layout


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    for command in (table, figure, manifest):
        app.command()(command)


def table(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Write Table 1 as CSV, Markdown and HTML."""
    from freqbench.reporting.table1 import write_table1

    settings = load_config(config)
    write_table1(settings)
    say(Layout.of(settings).table("md").read_text(encoding="utf-8"))


def figure(dataset: DatasetOption, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Draw the comparison figure of a data set with magnified regions, as PNG and PDF."""
    from freqbench.reporting.comparison_figure import draw_comparison

    settings = load_config(config)
    draw_comparison(settings, dataset)
    say(str(Layout.of(settings).figure(dataset, "png")))


def manifest(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Write how everything was made: configuration, code, versions, machine, times, hashes."""
    from freqbench.reporting.manifest import write_manifest

    settings = load_config(config)
    write_manifest(settings)
    say(str(Layout.of(settings).manifest))
