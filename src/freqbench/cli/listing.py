"""The command list: what there is to choose from."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from freqbench.cli.exit_codes import ExitCode

if TYPE_CHECKING:
    from freqbench.listing import Row

SHOWN_NAMES = 90
"""Characters of names that the overview shows of each kind."""


class Kind(StrEnum):
    """What can be listed."""

    LOSSES = "losses"
    METRICS = "metrics"
    DATASETS = "datasets"
    NETWORKS = "networks"
    CONFIGURATIONS = "configurations"
    METHODS = "methods"
    COMMANDS = "commands"
    EXIT_STATUSES = "exit-statuses"


class Form(StrEnum):
    """How rows are written."""

    TABLE = "table"
    PLAIN = "plain"
    MARKDOWN = "markdown"
    JSON = "json"


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("list", rich_help_panel="Start")(list_kinds)


def list_kinds(
    kind: Annotated[Kind | None, typer.Argument(help="What to list; nothing: how many there are of each.")] = None,
    form: Annotated[
        Form | None,
        typer.Option("--format", "-f", help="Default: a table on a terminal, plain columns elsewhere."),
    ] = None,
    folder: Annotated[Path, typer.Option(help="Folder of the configurations.")] = Path("config"),
) -> None:
    """List losses, metrics, data sets to fetch, networks, configurations, methods, commands, exit statuses.

    `freqbench losses` and `freqbench metrics` say more of these two.

    Examples:
        freqbench list
        freqbench list datasets
        freqbench list configurations --folder config
        freqbench list losses --format json
    """
    chosen = form or (Form.TABLE if sys.stdout.isatty() else Form.PLAIN)
    listed = {each: _rows(each, folder) for each in ([kind] if kind else Kind)}
    if chosen is Form.JSON:
        typer.echo(_json({each.value: rows for each, rows in listed.items()}))
    elif kind is None:
        _write([_counted(each, rows) for each, rows in listed.items()], chosen)
    else:
        _write(listed[kind], chosen)


def _rows(kind: Kind, folder: Path) -> "list[Row]":
    from freqbench.listing import OF_FOLDER, OF_PACKAGE

    if kind is Kind.COMMANDS:
        return _commands()
    if kind is Kind.EXIT_STATUSES:
        return [{"status": str(code.value), "meaning": code.meaning} for code in ExitCode]
    return OF_FOLDER[kind](folder) if kind in OF_FOLDER else OF_PACKAGE[kind]()


def _commands() -> "list[Row]":
    from freqbench.cli.app import application

    return [
        {
            "name": info.name or str(getattr(info.callback, "__name__", "")).replace("_", "-"),
            "part": info.rich_help_panel or "",
            "what": (info.help or "").partition("\n\n")[0],
        }
        for info in application().registered_commands
    ]


def _counted(kind: Kind, rows: "list[Row]") -> "Row":
    """Return one row on a kind: how many there are, and as many of their names as fit."""
    from textwrap import shorten

    names = ", ".join(dict.fromkeys(next(iter(row.values())) for row in rows))
    return {"kind": kind.value, "count": str(len(rows)), "such as": shorten(names, SHOWN_NAMES, placeholder=" ...")}


def _write(rows: "list[Row]", form: Form) -> None:
    if not rows:
        typer.echo("none")
    elif form is Form.TABLE:
        _print_table(rows)
    elif form is Form.MARKDOWN:
        typer.echo(_markdown(rows))
    else:
        typer.echo(_plain(rows))


def _print_table(rows: "list[Row]") -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for number, column in enumerate(rows[0]):
        table.add_column(column, no_wrap=number == 0, overflow="fold", style="cyan" if number == 0 else None)
    for row in rows:
        table.add_row(*map(escape, row.values()))
    Console(highlight=False).print(table)


def _plain(rows: "list[Row]") -> str:
    """Return columns of equal width, two spaces apart: nothing is cut off, and `grep` finds whole rows."""
    cells = [tuple(rows[0]), *(tuple(row.values()) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)) for line in cells)
    return "\n".join(line.rstrip() for line in lines)


def _markdown(rows: "list[Row]") -> str:
    cells = [tuple(rows[0]), ("---",) * len(rows[0])]
    cells += [(f"`{first}`", *rest) for first, *rest in (row.values() for row in rows)]
    return "\n".join(f"| {' | '.join(text.replace('|', '¦') for text in line)} |" for line in cells)


def _json(content: "dict[str, list[Row]]") -> str:
    import json

    return json.dumps(content, indent=2, ensure_ascii=False)
