"""The command report: the whole study as one page."""

import typer

from freqbench.cli.options import DEFAULT_CONFIG, ConfigOption
from freqbench.cli.progress import say
from freqbench.config import load_config
from freqbench.layout import Layout


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(rich_help_panel="Results")(report)


def report(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Write the report: summary, tables, images and figures in one HTML file that needs no network.

    Examples:
        freqbench report
        freqbench report -c config/mini.yaml
    """
    from freqbench.reporting.html_report.page import write_report

    settings = load_config(config)
    write_report(settings)
    path = Layout.of(settings).report
    say(f"{path}: {path.stat().st_size / 1e6:.1f} MB")
