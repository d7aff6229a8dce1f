"""The command about printed numbers: audit-paper."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from freqbench.cli.progress import say

if TYPE_CHECKING:
    from freqbench.published.audit import PaperAudit


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(rich_help_panel="Results")(audit_paper)


def audit_paper(
    to: Annotated[Path, typer.Option("--to", help="Folder for paper_audit.csv, .md and .html.")] = Path(
        "results/published"
    ),
) -> None:
    """Recompute the numbers that the papers print from their own tables, and list where they differ.

    Rounding is taken into account before anything is called a discrepancy. Needs no configuration and no data.

    Examples:
        freqbench audit-paper
        freqbench audit-paper --to reports/published
    """
    from freqbench.published.audit import audit_papers
    from freqbench.reporting.paper_audit import write_paper_audit

    audit = audit_papers()
    paths = write_paper_audit(audit, to)
    _show(audit)
    for path in paths:
        say(str(path))


def _show(audit: "PaperAudit") -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.padding import Padding

    from freqbench.reporting.paper_audit import sections, summary

    console = Console(highlight=False)
    for sentence in summary(audit):
        console.print(escape(sentence))
    for paper, item, printed, recomputed, remark in sections(audit)[0].rows:
        values = f": printed {printed}, recomputed: {recomputed}" if printed else f": {recomputed}"
        console.print(f"\n[bold]{escape(item)}[/bold] ({escape(paper)}){escape(values)}")
        console.print(Padding(escape(remark), (0, 0, 0, 2)))
