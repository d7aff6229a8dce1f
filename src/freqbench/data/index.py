"""The manifest of a data set: every degraded image with its clean image, checked one by one."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from freqbench.data.exclusions import Exclusions
from freqbench.data.image_files import Grey, bit_depth_of, read_grey
from freqbench.data.readers.pairing import Pair, Pairing
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
    "group",
)


def index_images(
    record: SourceRecord,
    dataset: str,
    pairing: Pairing,
    exclusions: Exclusions,
    advance: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """List the image pairs of a data set, reading each image to the end.

    Args:
        record: where the images are, with their hashes.
        dataset: name of the data set, the first column.
        pairing: which images belong together, and which files fit nowhere.
        exclusions: what a file that cannot be used does; receives those that are left out.
        advance: called with the number of images read and the number of all.

    Returns:
        One row a degraded image with the columns ``COLUMNS``, fields of view and captures in natural order; paths
        are relative to the record's root. ``clean`` and its hash are empty in a set without clean images;
        ``group`` is the highest level at which a split must be made, the field of view where no other is known.

    Raises:
        FreqbenchError: naming the file, if one fits nowhere, is missing, unreadable, of another size or depth
            than its clean image or the others, or constant, unless such files are excluded; if one has changed
            since it was recorded; or if no pair is left.
    """
    for name, reason in pairing.bad.items():
        exclusions.add(name, reason)
    clean: dict[str, Grey | None] = {}
    rows, depths = [], []
    pairs = sorted(pairing.pairs, key=lambda pair: (_natural(pair.fov), _natural(pair.capture)))
    for number, pair in enumerate(pairs, start=1):
        if pair.clean and pair.clean not in clean:
            clean[pair.clean] = _read_clean(record, pair.clean, exclusions)
        pixels = _read_degraded(record, pair, clean, exclusions)
        if pixels is not None:
            rows.append(_row(record, dataset, pairing.level, pair, pixels))
            depths.append(bit_depth_of(pixels))
        if advance is not None:
            advance(number, len(pairs))
    index = pd.DataFrame(rows, columns=list(COLUMNS))
    index = index[_of_one_depth(index, depths, exclusions)].reset_index(drop=True)
    exclusions.check_not_all(len(index))
    return index


def _row(record: SourceRecord, dataset: str, level: str, pair: Pair, pixels: Grey) -> tuple[str | int, ...]:
    return (
        f"{dataset}/{level}/{pair.fov}/{pair.capture}",
        dataset,
        pair.fov,
        pair.capture,
        level,
        pair.noisy,
        pair.clean,
        record.files[pair.noisy],
        record.files[pair.clean] if pair.clean else "",
        *pixels.shape,
        record.scale.bits_of(pixels),
        pair.group,
    )


def write_index(index: pd.DataFrame, path: Path) -> None:
    """Write the manifest as CSV, atomically."""
    with atomic_path(path) as temporary:
        index.to_csv(temporary, index=False)


def read_index(path: Path) -> pd.DataFrame:
    """Read a manifest; names of fields of view, captures and groups stay text.

    Raises:
        FreqbenchError: if it is missing or lacks a column.
    """
    try:
        # without `keep_default_na=False` a field of view named NA would be read as missing
        index = pd.read_csv(path, dtype={"fov": str, "capture": str, "group": str}, keep_default_na=False)
    except (OSError, ValueError) as error:
        raise FreqbenchError(f"{path}: no readable index ({error}); run `freqbench index` first") from error
    missing = [column for column in COLUMNS if column not in index]
    if missing:
        raise FreqbenchError(f"{path}: column {missing[0]} is missing; delete the file and run `freqbench index`")
    return index


def check_has_clean_images(index: pd.DataFrame) -> None:
    """Refuse a set without clean images, for a step that compares with them.

    Raises:
        FreqbenchError: if the manifest lists no clean images.
    """
    if (index["clean"] == "").any():
        raise FreqbenchError(
            f"data set {index['dataset'].iloc[0]}: has no clean images, so it can only be restored, with a generator "
            "that was trained on another set; name its clean images in `source` to train or test on it"
        )


def natural_order(fovs: list[str]) -> list[str]:
    """Sort names of fields of view so that 2 comes before 10."""
    return sorted(fovs, key=_natural)


def _natural(name: str) -> tuple[tuple[int, int | str], ...]:
    """Sort key: numbers by value, before words."""
    return tuple((0, int(part)) if part.isdecimal() else (1, part) for part in name.split("/"))


def _read_recorded(record: SourceRecord, name: str, exclusions: Exclusions) -> Grey | None:
    """Return the pixels, None for an image that is left out. One that changed is a matter of the whole record."""
    path = record.root / name
    try:
        pixels = read_grey(path, record.scale)
    except FreqbenchError as error:
        exclusions.add(name, str(error).removeprefix(f"{path}: "))
        return None
    if sha256_of(path) != record.files[name]:
        raise FreqbenchError(f"{path}: has changed since it was recorded; run fetch or simulate again")
    return pixels


def _read_clean(record: SourceRecord, name: str, exclusions: Exclusions) -> Grey | None:
    pixels = _read_recorded(record, name, exclusions)
    if pixels is not None and pixels.min() == pixels.max():
        exclusions.add(name, f"clean image is constant ({pixels.flat[0]}); exclude this field of view")
        return None
    return pixels


def _read_degraded(
    record: SourceRecord, pair: Pair, clean: dict[str, Grey | None], exclusions: Exclusions
) -> Grey | None:
    if pair.clean and clean[pair.clean] is None:
        exclusions.add(pair.noisy, f"its clean image {pair.clean} is excluded")
        return None
    pixels = _read_recorded(record, pair.noisy, exclusions)
    target = clean[pair.clean] if pair.clean else None
    if pixels is None or target is None:
        return pixels
    if pixels.shape != target.shape:
        exclusions.add(pair.noisy, f"is {_size(pixels)} pixels, its clean image {_size(target)}; crop one of them")
        return None
    if pixels.dtype != target.dtype:
        reason = f"has {bit_depth_of(pixels)} bits, its clean image {bit_depth_of(target)}; convert one of them"
        exclusions.add(pair.noisy, reason)
        return None
    return pixels


def _size(image: Grey) -> str:
    return f"{image.shape[1]}x{image.shape[0]}"


def _of_one_depth(index: pd.DataFrame, depths: list[int], exclusions: Exclusions) -> list[bool]:
    """Tell which rows have the most common depth: patches are stored in one array and scaled by one maximum."""
    if not depths:
        return []
    common = Counter(depths).most_common(1)[0][0]  # the first of equals
    reference = index["noisy"].iloc[depths.index(common)]
    for name, depth in zip(index["noisy"], depths, strict=True):
        if depth != common:
            exclusions.add(
                name, f"has {depth} bits, but {reference} has {common}; make them two data sets or convert one of them"
            )
    return [depth == common for depth in depths]
