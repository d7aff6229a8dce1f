"""A table as it is printed: rows of methods under one caption, in Markdown and HTML."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from freqbench.files import write_text


@dataclass(frozen=True)
class Cell:
    """One number of the table as printed: value, marks, the paper's value beside it, and whether it is best."""

    text: str
    marks: str = ""
    published: str = ""
    best: bool = False


@dataclass(frozen=True)
class Block:
    """The part of the table that belongs to one data set."""

    caption: str
    headers: list[str]
    rows: list[tuple[str, list[Cell]]]

    @property
    def has_published(self) -> bool:
        """Whether a number of the paper stands in the block."""
        return any(cell.published for _, cells in self.rows for cell in cells)


def write_blocks(path: Callable[[str], Path], title: str, blocks: list[Block], notes: list[str]) -> None:
    """Write a table as Markdown and HTML.

    Args:
        path: where to, by suffix.
        title: heading of the page.
        blocks: its parts.
        notes: what a reader must know, printed below.
    """
    write_text(path("md"), _markdown(blocks, notes))
    write_text(path("html"), _html(title, blocks, notes))


def _markdown(blocks: list[Block], notes: list[str]) -> str:
    parts = []
    for block in blocks:
        lines = [f"**{block.caption}**", "", f"| Method | {' | '.join(block.headers)} |"]
        lines.append("|---|" + "---:|" * len(block.headers))
        for method, cells in block.rows:
            texts = [f"**{cell.text}**" if cell.best else cell.text for cell in cells]
            shown = [
                text + cell.marks + (f" ({cell.published})" if cell.published else "")
                for text, cell in zip(texts, cells, strict=True)
            ]
            lines.append(f"| {method} | {' | '.join(shown)} |")
        parts.append("\n".join(lines))
    parts.append("\n".join(f"- {note}" for note in notes))
    return "\n\n".join(parts) + "\n"


def _html(title: str, blocks: list[Block], notes: list[str]) -> str:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("freqbench.reporting"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("table.html.j2").render(title=title, blocks=blocks, notes=notes) + "\n"
