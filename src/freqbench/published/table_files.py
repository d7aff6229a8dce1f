"""Read the files of printed numbers; a damaged one is one clear error, not a wrong audit."""

import csv
from collections.abc import Mapping, Sequence
from importlib import resources
from importlib.resources.abc import Traversable

from freqbench.errors import FreqbenchError
from freqbench.published.rounding import Printed

REPAIR = "install freqbench again, or restore the file from the repository"


def package_folder() -> Traversable:
    """Return the folder of the files that come with the package."""
    return resources.files(__package__)


def read_rows(
    folder: Traversable, name: str, *, keys: Sequence[str], numbers: Sequence[str], others: Sequence[str] = ()
) -> list[dict[str, str]]:
    """Return the rows of a file of printed numbers as text.

    Args:
        folder: where it lies.
        name: CSV file with a header.
        keys: columns that together tell rows apart.
        numbers: columns of plain decimal numbers.
        others: further columns that must be there.

    Raises:
        FreqbenchError: if the file is missing, lacks a column or rows, is cut within a row, has an empty cell in
            one of these columns, a number that is none, or two rows of one key.
    """
    try:
        text = folder.joinpath(name).read_text(encoding="utf-8")
        reader = csv.DictReader(text.splitlines(), strict=True)
        columns, rows = list(reader.fieldnames or ()), list(reader)
    except FileNotFoundError as error:
        raise FreqbenchError(f"{name}: published numbers are missing; {REPAIR}") from error
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise FreqbenchError(f"{name}: cannot be read ({error}); {REPAIR}") from error
    wanted = [*keys, *numbers, *others]
    lacking = [column for column in wanted if column not in columns]
    if lacking or not rows:
        raise FreqbenchError(f"{name}: has no {f'column {lacking[0]}' if lacking else 'rows'}; {REPAIR}")
    seen: set[tuple[str, ...]] = set()
    for number, row in enumerate(rows, start=2):
        fault = _fault(row, wanted, numbers)
        key = tuple(row[column] for column in keys)
        if fault is None and key in seen:
            fault = f"{', '.join(key)} stands there twice"
        if fault is not None:
            raise FreqbenchError(f"{name}, line {number}: {fault}; {REPAIR}")
        seen.add(key)
    return rows


def _fault(row: Mapping[str | None, str | None], wanted: Sequence[str], numbers: Sequence[str]) -> str | None:
    """Return what is wrong with a row, None if nothing is."""
    if None in row:
        return "more cells than columns"
    for column in wanted:
        if not row[column]:
            return f"{column} is empty"
    for column in numbers:
        try:
            Printed.of(str(row[column]))
        except ValueError as error:
            return f"{column}: {error}"
    return None
