"""The entry point: collects the commands, and turns errors into one line."""

import os
import sys
from dataclasses import dataclass

import typer

from freqbench import __version__
from freqbench.cli.exit_codes import ExitCode
from freqbench.cli.failures import DEBUG_VARIABLE, report
from freqbench.cli.progress import say
from freqbench.offline import enforce

HELP = (
    "Do frequency-domain losses restore fluorescence images better than spatial losses?\n\n"
    "Every step of a study is one command that reads files and writes files; the workflow (`snakemake`) "
    "runs them in order. By hand: simulate or fetch, index, similarity, split, audit, patches, calibrate, train, "
    "control, restore-patches, evaluate, gather, compare, table, figure. With a trained generator: restore, export. "
    "`freqbench COMMAND --help` has examples."
)


@dataclass
class Session:
    """What the options before the command say.

    Attributes:
        debug: whether an error shows its traceback.
    """

    debug: bool = False


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


def _options(
    context: typer.Context,
    version: bool = typer.Option(
        False, "--version", help="Print the version and exit.", callback=_print_version, is_eager=True
    ),
    debug: bool = typer.Option(
        False, "--debug", envvar=DEBUG_VARIABLE, help="Show the traceback of an error; stands before the command."
    ),
) -> None:
    """Hold the options that stand before the command."""
    del version  # its callback has printed it and ended
    if isinstance(context.obj, Session):
        context.obj.debug = debug


def application() -> typer.Typer:
    """Return the application with all commands."""
    from freqbench.cli import (
        averaging,
        controls,
        data,
        design,
        doctor,
        evaluation,
        export,
        figures,
        gathering,
        help_texts,
        image_fit,
        image_table,
        learning_curves,
        listing,
        losses,
        matrix,
        merging,
        metrics,
        noise,
        nuclei,
        opinion,
        plan,
        published,
        report,
        reporting,
        restore,
        scaffolding,
        sensitivity,
        spectra,
        training,
    )

    app = typer.Typer(
        name="freqbench",
        help=HELP,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode="markdown",
    )
    app.callback()(_options)
    for group in (
        listing,
        doctor,
        scaffolding,
        data,
        noise,
        nuclei,
        training,
        controls,
        evaluation,
        gathering,
        learning_curves,
        averaging,
        spectra,
        design,
        reporting,
        image_table,
        matrix,
        figures,
        report,
        losses,
        metrics,
        opinion,
        sensitivity,
        image_fit,
        published,
        plan,
        merging,
        restore,
        export,
    ):
        group.register(app)
    help_texts.finish(app)
    return app


def main() -> None:
    """Run the command line; every failure ends in one line on standard error and a status of `ExitCode`."""
    app, session = application(), Session()
    try:
        enforce()
        app(obj=session)
    except SystemExit as end:
        if end.code == ExitCode.CTRL_C:
            say("interrupted; files are whole or absent, so the same command can run again")
        sys.exit(_flushed(end.code))
    except Exception as error:  # whatever a command raises is told in words
        sys.exit(report(error, debug=session.debug))


def _flushed(status: str | int | None) -> str | int | None:
    """Write out what is still buffered, and return the status, another one if nobody reads it any more."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        # Python flushes once more at its end, and would print an error of its own
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.CHECK_FAILED
    return status
