"""The command merge: results that several machines computed, in one folder."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from freqbench.cli.progress import progress, say
from freqbench.config import load_config

if TYPE_CHECKING:
    from freqbench.merging.combine import Merge

SHOWN = 10
"""Missing runs that are named; of more the number is given."""


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(rich_help_panel="A machine without Snakemake")(merge)


def merge(
    folders: Annotated[list[Path], typer.Argument(help="Folders of results of one study, each with its config.json.")],
    into: Annotated[Path, typer.Option(help="Folder of the merged results; to go on there: <results>/<name>.")],
    config: Annotated[
        Path | None, typer.Option("--config", "-c", help="Configuration that all parts must be of.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", "-n", help="Check and list; write nothing.")] = False,
) -> None:
    """Combine results of one study that several machines computed, if configuration, code and data agree.

    Nothing is overwritten. A run that two folders hold must be the same in both. Tables, figures and tests are not
    taken: they are made again of all results.

    Examples:
        freqbench merge node1/results/smoke node2/results/smoke --into results/smoke --dry-run
        freqbench merge node1/results/smoke node2/results/smoke --into results/smoke
    """
    from freqbench.merging.combine import carry_out, plan_merge

    given = (str(config), load_config(config)) if config is not None else None
    planned = plan_merge(folders, into, given)
    for remark in planned.remarks:
        say(f"note: {remark}")
    if dry_run:
        for file in planned.files:
            sys.stdout.write(f"{'there' if file.is_there else 'new':<6}{file.name}  {file.source}\n")
    else:
        with progress(f"merge into {into}") as advance:
            carry_out(planned, advance)
    say(f"{into}: {len(planned.new)} files {'would be' if dry_run else 'are'} new of {len(planned.files)}")
    _say_missing(planned)


def _say_missing(planned: "Merge") -> None:
    for what, missing in zip(("trainings", "measured runs"), planned.missing(), strict=True):
        if missing:
            more = f" and {len(missing) - SHOWN} more" if len(missing) > SHOWN else ""
            say(f"{what} that no folder has: {len(missing)} ({'; '.join(missing[:SHOWN])}{more})")
