"""The choices that the papers leave open, from the page of the documentation that lists them."""

import re
from pathlib import Path

import freqbench
from freqbench.errors import FreqbenchError
from freqbench.reporting.blocks import Block, Cell

PLACES = (
    Path(freqbench.__file__).parent / "docs" / "choices.md",
    Path(freqbench.__file__).parents[2] / "docs" / "choices.md",
)
"""The page in an installed package, and in a checkout, where it has its home."""
CELL = re.compile(r"(?<!\\)\|")
LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")
RULE = re.compile(r"^\|[\s:|-]+\|$")


def choices_file() -> Path:
    """Return the page that lists the choices.

    Raises:
        FreqbenchError: if it is not there.
    """
    for path in PLACES:
        if path.is_file():
            return path
    raise FreqbenchError(f"{PLACES[-1]}: is missing; install freqbench again, or run it in a checkout")


def choices_block() -> Block:
    """Return the choices as a table of text.

    Raises:
        FreqbenchError: if the page is missing or holds no table.
    """
    path = choices_file()
    lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    rows = [_cells(line) for line in lines if line.startswith("|") and not RULE.match(line)]
    if len(rows) < 2 or len({len(row) for row in rows}) > 1:
        raise FreqbenchError(f"{path}: holds no table of choices with the same columns in each row")
    headers, *body = rows
    return Block(
        "What the papers leave open, what is chosen here, and why",
        headers[1:],
        [(first, [Cell(text) for text in rest]) for first, *rest in body],
        first=headers[0].capitalize(),
        is_text=True,
    )


def _cells(line: str) -> list[str]:
    inner = CELL.split(line)[1:-1]
    return [LINK.sub(r"\1", cell.strip().replace("\\|", "|")) for cell in inner]
