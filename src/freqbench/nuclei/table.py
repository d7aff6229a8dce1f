"""The table of nuclei: identity, box and crop of each, and why some are excluded."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from freqbench.config.nuclei import Nuclei
from freqbench.errors import FreqbenchError
from freqbench.files import atomic_path
from freqbench.nuclei.labels import Labels

COLUMNS = (
    *("fov", "nucleus", "area"),
    *("y0", "x0", "y1", "x1"),
    *("crop_y0", "crop_x0", "crop_y1", "crop_x1"),
    "excluded",
)
"""``nucleus`` is the number in the label image of the field of view. Boxes are half-open: y0 <= y < y1. A crop of a
nucleus that is excluded as ``border`` reaches outside the image. ``excluded`` is empty for a nucleus that counts."""

REASONS = {
    "small": "fewer pixels than `min_area`",
    "in pieces": "pixels that do not hang together",
    "border": "its crop, the bounding box with the margin, reaches outside the image",
}
"""Why a nucleus is excluded; the first that applies is given."""


def nuclei_table(labels: dict[str, Labels], settings: Nuclei) -> pd.DataFrame:
    """List all nuclei.

    The nuclei of a label image cannot overlap, but the boxes of neighbours can: the pixels in both belong to both
    crops, as with the bounding boxes of the LFFL paper.

    Args:
        labels: label image of each field of view, numbered from 1 without gaps.
        settings: rules of exclusion, margin and smallest crop.

    Returns:
        One row a nucleus, with the columns ``COLUMNS``, in the order of the fields of view and numbers.
    """
    rows = [row for fov, image in labels.items() for row in _rows(fov, image, settings)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def crop_bounds(start: int, stop: int, settings: Nuclei) -> tuple[int, int]:
    """Return where the crop of a box begins and ends along one axis: with the margin, and at least ``min_crop``."""
    start, stop = start - settings.margin, stop + settings.margin
    missing = max(0, settings.min_crop - (stop - start))
    start -= missing // 2
    return start, stop + missing - missing // 2


def _rows(fov: str, image: Labels, settings: Nuclei) -> list[tuple[Any, ...]]:
    from scipy import ndimage
    from skimage import measure

    areas = np.bincount(image.ravel())
    parts = measure.label(image, background=0, connectivity=2)
    # one pixel of each part tells whose part it is
    _, first = np.unique(parts, return_index=True)
    pieces = np.bincount(image.ravel()[first], minlength=len(areas))
    rows = []
    for number, box in enumerate(ndimage.find_objects(image), start=1):
        (y0, y1), (x0, x1) = ((side.start, side.stop) for side in box)
        (top, bottom), (left, right) = crop_bounds(y0, y1, settings), crop_bounds(x0, x1, settings)
        inside = top >= 0 and left >= 0 and bottom <= image.shape[0] and right <= image.shape[1]
        area = int(areas[number])
        if area < settings.min_area:
            reason = "small"
        elif pieces[number] > 1:
            reason = "in pieces"
        else:
            reason = "" if inside else "border"
        rows.append((fov, number, area, y0, x0, y1, x1, top, left, bottom, right, reason))
    return rows


def write_nuclei(table: pd.DataFrame, path: Path) -> None:
    """Write the table as CSV, atomically."""
    with atomic_path(path) as temporary:
        table.to_csv(temporary, index=False)


def read_nuclei(path: Path) -> pd.DataFrame:
    """Read a table of nuclei.

    Raises:
        FreqbenchError: if it is missing, damaged, or lacks a column.
    """
    try:
        # without `keep_default_na=False` a field of view named NA, and the empty reason, would be read as missing
        table = pd.read_csv(path, dtype={"fov": str, "excluded": str}, keep_default_na=False)
    except (OSError, ValueError) as error:
        raise FreqbenchError(f"{path}: no readable table of nuclei ({error}); run `freqbench segment`") from error
    if tuple(table.columns) != COLUMNS:
        raise FreqbenchError(f"{path}: not a table of nuclei; delete it and run `freqbench segment`")
    return table
