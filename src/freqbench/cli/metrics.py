"""The command about the metrics themselves: metrics."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from freqbench.metrics.contracts import MetricContract

ARROWS = {"higher": "↑", "lower": "↓"}


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(rich_help_panel="Losses and metrics")(metrics)


def metrics(
    name: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Show these metrics only.", show_default=False)
    ] = None,
    output: Annotated[
        Literal["table", "markdown", "json", "csv"],
        typer.Option("--format", "-f", help="`json` and `csv` have one field for each part of the contract."),
    ] = "table",
) -> None:
    """List the metrics with their contracts: what each computes, how, over which range, and who defined it.

    `evaluation.metrics` of a configuration names those of level image.

    Examples:
        freqbench metrics
        freqbench metrics ssim lpips --format json
    """
    from freqbench.metrics.contracts import CONTRACTS, contract_of

    contracts = [contract_of(each) for each in name] if name else list(CONTRACTS.values())
    if output == "table":
        _print_table(contracts)
        return
    if output == "markdown":
        typer.echo(_markdown(contracts), nl=False)
        return
    rows = [_fields(contract) for contract in contracts]
    typer.echo(_json(rows) if output == "json" else _csv(rows), nl=False)


def _print_table(contracts: "Iterable[MetricContract]") -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(show_lines=True)
    table.add_column("name, range", ratio=3, overflow="fold")
    table.add_column("what is computed", ratio=5)
    table.add_column("source", ratio=3, overflow="fold")
    for contract in contracts:
        measured = (
            f"[bold]{escape(contract.name)}[/bold]\n{escape(contract.label)} {ARROWS[contract.better]}\n"
            f"{_range(contract)}; {contract.better} is better\nof each {contract.level}"
        )
        computed = (
            f"{contract.settings}\nwindow: {contract.window}\ndata range: {contract.data_range}\n"
            f"smallest image: {contract.min_size} x {contract.min_size} pixels"
        )
        source = f"{contract.citation}\n{contract.library} {contract.version}"
        table.add_row(measured, escape(computed), escape(source))
    Console(highlight=False).print(table)


def _range(contract: "MetricContract") -> str:
    top = "∞" if contract.maximum is None else f"{contract.maximum:g}"
    low = "−∞" if contract.minimum == float("-inf") else f"{contract.minimum:g}"
    return f"{low} to {top}{f' {contract.unit}' if contract.unit else ''}"


def _markdown(contracts: "Iterable[MetricContract]") -> str:
    """Return the contracts as a page, without the versions of the libraries, which are the machine's."""
    lines = ["| name | metric | of each | range | smallest image | what is computed | window | source | by |"]
    lines.append("|---|---|---|---|---|---|---|---|---|")
    for contract in contracts:
        cells = [f"`{contract.name}`", f"{contract.label} {ARROWS[contract.better]}", contract.level, _range(contract)]
        cells += [f"{contract.min_size} px", contract.settings, contract.window, contract.citation, contract.library]
        lines.append(f"| {' | '.join(cell.replace('|', '¦') for cell in cells)} |")
    return "\n".join(lines) + "\n"


def _fields(contract: "MetricContract") -> dict[str, Any]:
    return asdict(contract) | {"version": contract.version}


def _json(rows: list[dict[str, Any]]) -> str:
    import json

    return json.dumps(rows, indent=2, ensure_ascii=False) + "\n"


def _csv(rows: list[dict[str, Any]]) -> str:
    import csv
    import io

    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
