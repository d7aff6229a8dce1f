"""Command: image-table."""

import typer

from freqbench.cli.options import DEFAULT_CONFIG, ConfigOption
from freqbench.cli.progress import say
from freqbench.config import load_config
from freqbench.errors import FreqbenchError
from freqbench.layout import Layout


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(rich_help_panel="Results")(image_table)


def image_table(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Write the values of single images, improvements and paired p-values as CSV, Markdown, HTML and LaTeX.

    Examples:
        freqbench image-table -c config/care_mini.yaml
    """
    from freqbench.reporting.image_table import write_image_table

    settings = load_config(config)
    if settings.image_table is None:
        raise FreqbenchError(f"{config}: has no `image_table`; add `image_table: {{rows: image}}` for this table")
    write_image_table(settings)
    say(Layout.of(settings).image_table("md").read_text(encoding="utf-8"))
