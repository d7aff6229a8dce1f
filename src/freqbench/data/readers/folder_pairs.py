"""Pairs in a folder of the user's own: by patterns of file names, or by a CSV file."""

import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath

from freqbench.config.local_sources import FolderSource
from freqbench.data.readers.file_patterns import FilePattern
from freqbench.data.readers.pairing import NAME, NamedImage, Pairing, pair_images
from freqbench.data.source import SourceRecord
from freqbench.errors import FreqbenchError
from freqbench.files import sha256_of

IMAGE_SUFFIXES = (".png", ".tif", ".tiff")

COLUMNS = ("degraded", "clean", "fov", "capture", "group")
"""Columns of the CSV file; the first and the third are needed."""


def files_of_folder(root: Path, source: FolderSource) -> list[str]:
    """Return the files of a data set relative to its folder; those that a CSV file names may be missing.

    Image files that lie beside those of a pattern but do not match it are listed too: they are looked at when
    pairs are made, since they are often misspelt. Hidden files and files that are no images are not.

    Raises:
        FreqbenchError: if no image matches, or the CSV file cannot be read.
    """
    if source.pairs is not None:
        rows = _rows(root, source.pairs)
        images = sorted({row[key] for row in rows for key in ("degraded", "clean") if row[key]})
        return [source.pairs.as_posix(), *images]
    patterns = _patterns(source)
    files = [
        path.relative_to(root).as_posix()
        for path in root.rglob("*")
        if path.suffix.lower() in IMAGE_SUFFIXES and not path.name.startswith(".") and path.is_file()
    ]
    for pattern in patterns:
        if not any(pattern.match(file) for file in files):
            raise FreqbenchError(
                f"{root}: no image matches `{pattern.text}`; correct the pattern or the folder (PNG and TIFF are "
                "read; {fov} and {group} may hold letters, digits, `_` and `-`)"
            )
    return sorted(file for file in files if any(pattern.is_beside(file) for pattern in patterns))


def pair_folder(record: SourceRecord, source: FolderSource) -> Pairing:
    """Pair the recorded images of a folder.

    Raises:
        FreqbenchError: if patterns match the same file, or the CSV file cannot be read or has changed.
    """
    pairing = Pairing("degraded", ("group", "field of view", "capture"))
    by = _by_rows if source.pairs is not None else _by_patterns
    degraded, clean = by(record, source, pairing)
    return pair_images(pairing, degraded, clean, source.captures)


def _patterns(source: FolderSource) -> list[FilePattern]:
    return [FilePattern(text) for text in (source.degraded, source.clean) if text is not None]


def _by_patterns(
    record: SourceRecord, source: FolderSource, pairing: Pairing
) -> tuple[list[NamedImage], list[NamedImage] | None]:
    found: list[list[NamedImage]] = [[], []]
    patterns = _patterns(source)
    for file in record.files:
        matches = [(pattern.literals, place) for place, pattern in enumerate(patterns) if pattern.match(file)]
        if not matches:
            texts = " nor ".join(f"`{pattern.text}`" for pattern in patterns)
            pairing.bad[file] = f"does not match {texts}; rename it, or move it elsewhere"
            continue
        literals, place = max(matches)
        if [known for known, _ in matches].count(literals) > 1:
            raise FreqbenchError(f"{record.root / file}: matches both `degraded` and `clean`; make the patterns differ")
        image = patterns[place].match(file)
        assert image is not None
        found[place].append(image)
    return found[0], found[1] if source.clean is not None else None


def _by_rows(
    record: SourceRecord, source: FolderSource, pairing: Pairing
) -> tuple[list[NamedImage], list[NamedImage] | None]:
    assert source.pairs is not None
    path = record.root / source.pairs
    if not path.is_file() or sha256_of(path) != record.files.get(source.pairs.as_posix()):
        raise FreqbenchError(f"{path}: has changed since it was recorded; run fetch again")
    rows = _rows(record.root, source.pairs)
    has_clean = any(row["clean"] for row in rows)
    lines = Counter(row["degraded"] for row in rows)
    degraded: list[NamedImage] = []
    clean: list[NamedImage] = []
    for row in rows:
        for file in (row["degraded"], row["clean"]):
            if file and file not in record.files:
                pairing.bad[file] = f"image is missing, but {source.pairs} lists it; add it or remove its line"
        image = NamedImage(row["degraded"], row["fov"], row["capture"] or "1", row["group"])
        if lines[image.file] > 1:
            pairing.bad[image.file] = f"stands in {source.pairs} in {lines[image.file]} lines; keep one of them"
        elif image.file in record.files:
            degraded.append(image)
        if row["clean"] in record.files:
            clean.append(replace(image, file=row["clean"]))
    return degraded, clean if has_clean else None


def _rows(root: Path, pairs: Path) -> list[dict[str, str]]:
    """Return the rows of the CSV file, with every column and paths in POSIX form."""
    path = root / pairs
    try:
        with path.open(newline="", encoding="utf-8-sig") as handle:
            reader = csv.DictReader(handle, strict=True)
            rows = list(reader)
            columns = reader.fieldnames or []
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise FreqbenchError(f"{path}: cannot be read as CSV ({error}); correct it or `source.pairs`") from error
    unknown = [column for column in columns if column not in COLUMNS]
    missing = [column for column in ("degraded", "fov") if column not in columns]
    if unknown or missing:
        problem = f"unknown column `{unknown[0]}`" if unknown else f"column `{missing[0]}` is missing"
        raise FreqbenchError(
            f"{path}: {problem}; the columns are {', '.join(COLUMNS)}, of which degraded and fov are needed"
        )
    if not rows:
        raise FreqbenchError(f"{path}: lists no image; add a line for each degraded image")
    return list(_checked(rows, path))


def _checked(rows: list[dict[str, str]], path: Path) -> Iterator[dict[str, str]]:
    grouped = any(row.get("group") for row in rows)
    for number, row in enumerate(rows, start=2):
        # a line that is too long has its rest under None, one that is too short has None as its last values
        if None in row or None in row.values():
            raise FreqbenchError(
                f"{path}, line {number}: has another number of columns than the first line; correct it"
            )
        filled = {column: row.get(column, "").strip() for column in COLUMNS}
        if not filled["degraded"]:
            raise FreqbenchError(f"{path}, line {number}: names no degraded image; every line needs one")
        for column in ("fov", *(("group",) if grouped else ())):
            if not re.fullmatch(NAME, filled[column]):
                raise FreqbenchError(
                    f"{path}, line {number}: {column} is `{filled[column]}`; it needs a name of letters, digits, "
                    "`_` and `-`"
                )
        yield filled | {key: PurePosixPath(filled[key]).as_posix() for key in ("degraded", "clean") if filled[key]}
