"""Command on tidy files: gather."""

from typing import Annotated

import typer

from freqbench.cli.options import DEFAULT_CONFIG, ConfigOption, DatasetOption
from freqbench.cli.progress import say
from freqbench.config import load_config
from freqbench.layout import Layout


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(rich_help_panel="Evaluation")(gather)


def gather(
    dataset: DatasetOption,
    config: ConfigOption = DEFAULT_CONFIG,
    nuclei: Annotated[bool, typer.Option("--nuclei", help="The metrics of nuclei, not of patches.")] = False,
) -> None:
    """Copy the metrics of all runs on a data set into one Parquet file of each kind, which the next steps read.

    Examples:
        freqbench gather -d phantom_tissue
        freqbench gather -d phantom_nuclei --nuclei
    """
    from freqbench.gathered import OF_NUCLEI, OF_PATCHES
    from freqbench.gathered import gather as gather_files

    settings = load_config(config)
    kinds = OF_NUCLEI if nuclei else OF_PATCHES
    gather_files(settings, dataset, kinds)
    for kind in kinds:
        say(str(Layout.of(settings).gathered(dataset, kind)))
