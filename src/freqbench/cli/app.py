"""The entry point: collects the commands, and turns the user's errors into one line."""

import sys

import typer

from freqbench import __version__
from freqbench.errors import FreqbenchError

EXIT_USER_ERROR = 2

app = typer.Typer(
    name="freqbench",
    help="Do frequency-domain losses restore fluorescence images better than spatial losses?\n\n"
    "Every step of a study is one command that reads files and writes files; the workflow (`snakemake`) "
    "runs them in order. By hand: simulate or fetch, index, similarity, split, audit, patches, calibrate, train, "
    "control, restore, evaluate, compare, table, figure.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(
        False, "--version", help="Print the version and exit.", callback=_print_version, is_eager=True
    ),
) -> None:
    """Hold the options that stand before the command."""


def main() -> None:
    """Run the command line; a user's error is printed on one line and exits with status 2."""
    from freqbench.cli import (
        controls,
        data,
        design,
        doctor,
        evaluation,
        losses,
        metrics,
        noise,
        nuclei,
        plan,
        published,
        reporting,
        sensitivity,
        spectra,
        training,
    )

    for group in (
        data,
        noise,
        nuclei,
        training,
        doctor,
        controls,
        evaluation,
        spectra,
        design,
        reporting,
        losses,
        metrics,
        sensitivity,
        published,
        plan,
    ):
        group.register(app)
    try:
        app()
    except FreqbenchError as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(EXIT_USER_ERROR)
