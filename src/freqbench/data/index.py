"""The manifest of a data set: every degraded image with its clean image, checked one by one."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from freqbench.data.image_files import Grey, bit_depth_of, read_grey
from freqbench.data.source import SourceRecord
from freqbench.errors import FreqbenchError
from freqbench.files import atomic_path, sha256_of

COLUMNS = (
    "image_id",
    "dataset",
    "fov",
    "capture",
    "level",
    "noisy",
    "clean",
    "sha256_noisy",
    "sha256_clean",
    "height",
    "width",
    "bit_depth",
)


def index_fmd_layout(
    record: SourceRecord, dataset: str, level: str, advance: Callable[[int, int], None] | None = None
) -> pd.DataFrame:
    """List the image pairs of a folder in FMD's layout, reading each image to the end.

    Args:
        record: where the images are, with their hashes.
        dataset: name of the data set, the first column.
        level: folder of the degraded images.
        advance: called with the number of images read and the number of all.

    Returns:
        One row a degraded image with the columns ``COLUMNS``; paths are relative to the record's root.

    Raises:
        FreqbenchError: naming the file, if one is missing, unreadable, changed since it was recorded, of
            another size or depth than its clean image, or constant; if a field of view has no clean image; or
            if fields of view differ in bit depth.
    """
    noisy = [name for name in record.files if name.startswith(f"{level}/")]
    if not noisy:
        raise FreqbenchError(f"{record.root / level}: no images of this level; the source has none recorded")
    clean: dict[str, Grey] = {}
    rows = []
    for number, name in enumerate(sorted(noisy, key=_natural), start=1):
        _, fov, file_name = name.split("/")
        clean_name = f"gt/{fov}/avg50.png"
        if fov not in clean:
            clean[fov] = _read_clean(record, clean_name)
        pixels = _read_recorded(record, name)
        _check_pair(record.root / name, pixels, clean[fov])
        capture = Path(file_name).stem
        rows.append(
            (
                f"{dataset}/{level}/{fov}/{capture}",
                dataset,
                fov,
                capture,
                level,
                name,
                clean_name,
                record.files[name],
                record.files[clean_name],
                *pixels.shape,
                bit_depth_of(pixels),
            )
        )
        if advance is not None:
            advance(number, len(noisy))
    index = pd.DataFrame(rows, columns=list(COLUMNS))
    _check_one_depth(index)
    return index


def write_index(index: pd.DataFrame, path: Path) -> None:
    """Write the manifest as CSV, atomically."""
    with atomic_path(path) as temporary:
        index.to_csv(temporary, index=False)


def read_index(path: Path) -> pd.DataFrame:
    """Read a manifest; fields of view and captures stay text.

    Raises:
        FreqbenchError: if it is missing or lacks a column.
    """
    try:
        # without `keep_default_na=False` a field of view named NA would be read as missing
        index = pd.read_csv(path, dtype={"fov": str, "capture": str}, keep_default_na=False)
    except (OSError, ValueError) as error:
        raise FreqbenchError(f"{path}: no readable index ({error}); run `freqbench index` first") from error
    missing = [column for column in COLUMNS if column not in index]
    if missing:
        raise FreqbenchError(f"{path}: column {missing[0]} is missing; delete the file and run `freqbench index`")
    return index


def natural_order(fovs: list[str]) -> list[str]:
    """Sort names of fields of view so that 2 comes before 10."""
    return sorted(fovs, key=_natural)


def _natural(name: str) -> tuple[tuple[int, int | str], ...]:
    """Sort key: numbers by value, before words."""
    return tuple((0, int(part)) if part.isdecimal() else (1, part) for part in name.split("/"))


def _read_recorded(record: SourceRecord, name: str) -> Grey:
    path = record.root / name
    pixels = read_grey(path)
    if sha256_of(path) != record.files[name]:
        raise FreqbenchError(f"{path}: has changed since it was recorded; run fetch or simulate again")
    return pixels


def _read_clean(record: SourceRecord, name: str) -> Grey:
    path = record.root / name
    if name not in record.files:
        raise FreqbenchError(f"{path}: clean image is missing; every field of view needs one")
    pixels = _read_recorded(record, name)
    if np.ptp(pixels) == 0:
        raise FreqbenchError(f"{path}: clean image is constant ({pixels.flat[0]}); exclude this field of view")
    return pixels


def _check_pair(path: Path, noisy: Grey, clean: Grey) -> None:
    if noisy.shape != clean.shape:
        raise FreqbenchError(
            f"{path}: is {noisy.shape[1]}x{noisy.shape[0]} pixels, its clean image {clean.shape[1]}x{clean.shape[0]}"
        )
    if noisy.dtype != clean.dtype:
        raise FreqbenchError(
            f"{path}: has {bit_depth_of(noisy)} bits, its clean image {bit_depth_of(clean)}; convert one of them"
        )


def _check_one_depth(index: pd.DataFrame) -> None:
    """Refuse 8 and 16 bits in one data set: patches are stored in one array and scaled by one maximum."""
    first = index.iloc[0]
    other = index[index["bit_depth"] != first["bit_depth"]]
    if len(other):
        raise FreqbenchError(
            f"{other['noisy'].iloc[0]}: has {other['bit_depth'].iloc[0]} bits, but {first['noisy']} has "
            f"{first['bit_depth']}; make them two data sets or convert one of them"
        )
