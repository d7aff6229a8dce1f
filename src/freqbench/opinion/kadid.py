"""The layout of KADID-10k: reference images, distorted ones, and people's opinion of them.

A folder ``images`` holds references, such as ``I01.png``, and distorted images, such as ``I01_11_03.png``: reference,
distortion, level. ``dmos.csv`` has a row for each distorted image with the columns ``dist_img``, ``ref_img``, ``dmos``
and ``var``. Its opinion scores run from 1 to 5 and, despite their name, grow with the quality.
"""

import csv
import math
import re
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from freqbench.errors import FreqbenchError

DISTORTIONS = {
    1: "Gaussian blur",
    2: "Lens blur",
    3: "Motion blur",
    4: "Colour diffusion",
    5: "Colour shift",
    6: "Colour quantisation",
    7: "Colour saturation 1",
    8: "Colour saturation 2",
    9: "JPEG 2000",
    10: "JPEG",
    11: "White noise",
    12: "White noise in colour components",
    13: "Impulse noise",
    14: "Multiplicative noise",
    15: "Denoising",
    16: "Brightening",
    17: "Darkening",
    18: "Mean shift",
    19: "Jitter",
    20: "Non-eccentricity patches",
    21: "Pixelation",
    22: "Quantisation",
    23: "Colour blocks",
    24: "Sharpening",
    25: "Contrast change",
}
"""The distortions by their number in the names of the files."""

SCORES, IMAGES = "dmos.csv", "images"
COLUMNS = ("dist_img", "ref_img", "dmos")
"""Columns of `SCORES` that are needed."""
NAME = re.compile(r"(?P<reference>.+)_(?P<distortion>\d\d)_(?P<level>\d\d)\.png")


def read_scores(folder: Path) -> pd.DataFrame:
    """Read people's opinion of the distorted images, and make sure that every image is there.

    Args:
        folder: holds ``dmos.csv`` and ``images``.

    Returns:
        Columns ``image, reference, distortion, level, dmos``: names of two files in ``images``, two numbers, and the
        opinion score, higher for better images. In the order of the file.

    Raises:
        FreqbenchError: if the table is missing or damaged, or an image is missing; the message names file and line.
    """
    path = folder / SCORES
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            reader = csv.DictReader(handle, strict=True)
            columns, lines = list(reader.fieldnames or ()), [(reader.line_num, row) for row in reader]
    except FileNotFoundError as error:
        raise FreqbenchError(
            f"{path}: no such file; name the folder that holds {SCORES} and {IMAGES} (`freqbench fetch kadid10k`)"
        ) from error
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise FreqbenchError(f"{path}: cannot be read ({error})") from error
    lacking = [column for column in COLUMNS if column not in columns]
    if lacking or not lines:
        raise FreqbenchError(f"{path}: has no {f'column {lacking[0]}' if lacking else 'rows'}; fetch it again")
    rows: dict[str, tuple[str, str, int, int, float]] = {}
    for line, row in lines:
        found = _parsed(row, f"{path}, line {line}")
        if found[0] in rows:
            raise FreqbenchError(f"{path}, line {line}: {found[0]} stands there twice")
        for name in found[:2]:
            if not (folder / IMAGES / name).is_file():
                raise FreqbenchError(f"{folder / IMAGES / name}: no such file, but {SCORES} names it in line {line}")
        rows[found[0]] = found
    return pd.DataFrame(list(rows.values()), columns=["image", "reference", "distortion", "level", "dmos"])


def _parsed(row: Mapping[str | None, str | None], where: str) -> tuple[str, str, int, int, float]:
    image, reference, score = (str(row[column] or "").strip() for column in COLUMNS)
    parts = NAME.fullmatch(image)
    if parts is None or int(parts["distortion"]) not in DISTORTIONS:
        raise FreqbenchError(
            f"{where}: dist_img is {image!r}, but a name such as I01_11_03.png is expected, with a distortion from "
            f"{min(DISTORTIONS):02d} to {max(DISTORTIONS)}"
        )
    if reference != f"{parts['reference']}.png":
        raise FreqbenchError(f"{where}: ref_img is {reference!r}, but {image} belongs to {parts['reference']}.png")
    try:
        dmos = float(score)
    except ValueError:
        dmos = math.nan
    if not math.isfinite(dmos):
        raise FreqbenchError(f"{where}: dmos is {score!r}, but a number is expected")
    return image, reference, int(parts["distortion"]), int(parts["level"]), dmos
