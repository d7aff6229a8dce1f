"""A table as it is printed: rows of methods under one caption."""

from dataclasses import dataclass


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
