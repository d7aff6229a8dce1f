"""Copies of the published tables, to plant faults in."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from freqbench.published.table_files import package_folder

Rows = list[dict[str, str]]


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    """Return a folder with a copy of every table."""
    for file in package_folder().iterdir():
        if file.name.endswith(".csv"):
            (tmp_path / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    return tmp_path


@pytest.fixture
def edit(tables: Path) -> Callable[[str, Callable[[Rows], object]], None]:
    """Return a function that lets another one change the rows of a table."""

    def change(name: str, how: Callable[[Rows], object]) -> None:
        with (tables / name).open(encoding="utf-8", newline="") as handle:
            rows = list(csv.DictReader(handle))
        columns = list(rows[0])
        how(rows)
        with (tables / name).open("w", encoding="utf-8", newline="") as handle:
            writer = csv.DictWriter(handle, columns)
            writer.writeheader()
            writer.writerows(rows)

    return change


@pytest.fixture
def put(edit):
    """Return a function that sets one column of the rows with some values."""

    def change(name: str, column: str, text: str, **where: str) -> None:
        def how(rows: Rows) -> None:
            chosen = [row for row in rows if all(row[key] == value for key, value in where.items())]
            assert chosen, where
            for row in chosen:
                row[column] = text

        edit(name, how)

    return change
