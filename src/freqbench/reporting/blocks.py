"""A table as it is printed: rows under one caption, in Markdown, HTML and LaTeX."""

from collections.abc import Callable, Sequence
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


Row = tuple[str, list[Cell]]
"""What a row is called, and its cells; a row without cells is the heading of the rows below it."""


@dataclass(frozen=True)
class Block:
    """A part of a table, such as the rows that belong to one data set.

    Attributes:
        caption: what it shows.
        headers: of the columns, as many as each row has cells.
        rows: its rows and headings.
        first: header of the column of the rows' names.
        apart: how many of the first columns stand apart from the others; None: there are no such groups.
        is_text: whether the cells are sentences, which stand on the left and may be broken, and not numbers.
    """

    caption: str
    headers: list[str]
    rows: list[Row]
    first: str = "Method"
    apart: int | None = None
    is_text: bool = False

    @property
    def has_marks(self) -> bool:
        """Whether a cell of the block has marks."""
        return any(cell.marks for _, cells in self.rows for cell in cells)

    @property
    def has_published(self) -> bool:
        """Whether a number of the paper stands in the block."""
        return any(cell.published for _, cells in self.rows for cell in cells)


@dataclass(frozen=True)
class Page:
    """A whole table.

    Attributes:
        title: its heading.
        blocks: its parts.
        notes: what a reader must know, printed below.
        details: further parts, which only the HTML has, to be unfolded.
    """

    title: str
    blocks: Sequence[Block]
    notes: Sequence[str]
    details: Sequence[Block] = ()


def write_page(path: Callable[[str], Path], page: Page) -> None:
    """Write a table as Markdown, HTML and LaTeX.

    Args:
        path: where to, by suffix.
        page: the table.
    """
    from freqbench.reporting.latex import latex

    write_text(path("md"), markdown(page))
    write_text(path("html"), html(page))
    write_text(path("tex"), latex(page))


def markdown(page: Page) -> str:
    """Return the table for a README. It has no title: the page that takes it has one."""
    parts = []
    for block in page.blocks:
        lines = [f"**{_escaped(block.caption)}**", "", f"| {' | '.join([block.first, *block.headers])} |"]
        lines.append("|---|" + ("---|" if block.is_text else "---:|") * len(block.headers))
        for name, cells in block.rows:
            shown = [_markdown_cell(cell) for cell in cells] if cells else [""] * len(block.headers)
            lines.append(f"| {_escaped(name) if cells else f'*{_escaped(name)}*'} | {' | '.join(shown)} |")
        parts.append("\n".join(lines))
    parts.append("\n".join(f"- {note}" for note in page.notes))
    return "\n\n".join(parts) + "\n"


def _markdown_cell(cell: Cell) -> str:
    text = f"**{_escaped(cell.text)}**" if cell.best else _escaped(cell.text)
    return text + cell.marks + (f" ({cell.published})" if cell.published else "")


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")


def html(page: Page) -> str:
    """Return the table as a page of its own."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("freqbench.reporting"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("table.html.j2").render(page=page) + "\n"
