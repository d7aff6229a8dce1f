"""Commands about the losses themselves: losses, check-loss."""

from typing import Annotated, Any

import typer

from freqbench.cli import completion
from freqbench.cli.exit_codes import ExitCode
from freqbench.cli.progress import say
from freqbench.errors import FreqbenchError


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    for command in (losses, check_loss):
        app.command(rich_help_panel="Losses and metrics")(command)


def losses() -> None:
    """List the losses that a configuration can name, with their options.

    Examples:
        freqbench losses
    """
    import inspect

    from rich.console import Console
    from rich.table import Table

    from freqbench.losses.registry import loss_class
    from freqbench.registry import LOSSES

    table = Table(show_lines=True)
    table.add_column("name", no_wrap=True)
    table.add_column("what it is", ratio=2)
    table.add_column("options and their defaults", ratio=3, overflow="fold")
    for name in LOSSES:
        found = loss_class(name)
        options = [str(parameter.replace(annotation=parameter.empty)) for parameter in _options(found)]
        summary = (inspect.getdoc(found) or "").splitlines()[0]
        table.add_row(name, summary, ", ".join(options) or "–")
    Console().print(table)


def _options(found: type) -> list[Any]:
    import inspect

    return list(inspect.signature(found).parameters.values())


def check_loss(
    loss: Annotated[
        str,
        typer.Argument(
            help="Registered name, or dotted path such as mylab.losses.MyLoss.", autocompletion=completion.losses
        ),
    ],
    option: Annotated[
        list[str] | None, typer.Option("--option", "-o", help="Argument of the loss, name=value; repeat for several.")
    ] = None,
    channels: Annotated[
        int, typer.Option(min=1, help="Channels of the target: 1 for images, 64 for VGG-19 conv1_2 features.")
    ] = 1,
) -> None:
    """Check that a loss keeps what the harness expects of it: shapes, finite gradients, precision, no device waits.

    The folder of your module must be on the Python path. The exit status is 1 if a promise is broken.

    Examples:
        freqbench check-loss log_focal_frequency -o alpha=0.5
        PYTHONPATH=. freqbench check-loss mylosses.edge_aware.EdgeAwareLoss -o power=2.0
    """
    import warnings

    from rich.console import Console
    from rich.markup import escape

    from freqbench.losses.contract import check_loss as run_checks
    from freqbench.losses.registry import build_loss

    console = Console(highlight=False, soft_wrap=True)
    made = build_loss(loss, dict(_assignment(text) for text in option or ()))
    kept = []
    warnings.simplefilter("ignore")  # a broken promise is reported below, once
    for outcome in run_checks(made, channels):
        kept.append(outcome.is_kept)
        mark = "[green]✓[/green]" if outcome.is_kept else "[red]✗[/red]"
        console.print(f"{mark} {escape(outcome.promise)}")
        if not outcome.is_kept:
            console.print(f"  [red]{escape(outcome.failure)}[/red]")
    if all(kept):
        say(f"{loss} keeps all {len(kept)} promises")
        return
    say(
        f"{loss} breaks {len(kept) - sum(kept)} of {len(kept)} promises; a loss derived from "
        "freqbench.losses.PairedLoss gets shapes and precision right by itself"
    )
    raise typer.Exit(ExitCode.CHECK_FAILED)


def _assignment(text: str) -> tuple[str, Any]:
    """Return name and value of ``name=value``, the value read as YAML."""
    import yaml

    name, equals, value = text.partition("=")
    if not equals or not name.isidentifier():
        raise FreqbenchError(f"--option {text}: must be name=value, for example alpha=0.5")
    try:
        return name, yaml.safe_load(value)
    except yaml.YAMLError as error:
        raise FreqbenchError(f"--option {text}: {value!r} is not a YAML value") from error
