"""Cut regions of interest from the images and store them once."""

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from freqbench.config.datasets import Patches
from freqbench.data.image_files import Grey, Pixels, read_grey
from freqbench.data.index import check_has_clean_images, read_index
from freqbench.data.pixel_scale import AS_STORED, PixelScale
from freqbench.data.synthetic_noise import noisy_capture
from freqbench.errors import FreqbenchError
from freqbench.files import atomic_path
from freqbench.layout import Layout

if TYPE_CHECKING:
    from freqbench.config.synthetic_noise import SyntheticNoise

GRID_STEP = 16
"""Step in pixels of the grid on which the brightest window is looked for."""

TABLE_TYPES: dict[Hashable, type[str | np.int64]] = {
    "fov": str,
    "capture": str,
    "y": np.int64,
    "x": np.int64,
    "size": np.int64,
}
"""Types of the table's columns that text alone does not tell."""

Corner = tuple[int, int]


@dataclass(frozen=True)
class PatchSet:
    """Patches of one split of a data set.

    Attributes:
        table: one row a patch: ``patch_id, image_id, fov, capture, split, y, x, size``.
        noisy: degraded patches (N, H, W): integers, or with simulated noise float32 in which the bit depth ends at 1,
            not clamped.
        clean: clean patches, integers (N, H, W).
    """

    table: pd.DataFrame
    noisy: Pixels
    clean: Grey

    def side(self, name: str) -> "PatchSet":
        """Return the patches of ``train`` or ``test``."""
        keep = np.flatnonzero(self.table["split"] == name)
        return PatchSet(self.table.iloc[keep].reset_index(drop=True), self.noisy[keep], self.clean[keep])


def window_corners(clean: Grey, usable: npt.NDArray[np.bool_], settings: Patches) -> list[Corner]:
    """Return the upper left corners of a field of view's patches; none touches unusable area.

    The rules look at the clean image only, so that all captures and all methods share the windows.

    Args:
        clean: clean image (H, W).
        usable: mask (H, W) of the area that may be used.
        settings: rule and size.

    Returns:
        Corners (y, x) in reading order; empty where no window fits.
    """
    height, width = clean.shape
    size = settings.size
    if settings.rule == "whole":
        return [(0, 0)] if usable.all() else []
    if size > height or size > width:
        return []
    if settings.rule == "corners":
        corners = sorted({(y, x) for y in (0, height - size) for x in (0, width - size)})
    elif settings.rule == "grid":
        corners = [(y, x) for y in range(0, height - size + 1, size) for x in range(0, width - size + 1, size)]
    else:
        corners = _on_grid(height, width, size)
    corners = [(y, x) for y, x in corners if usable[y : y + size, x : x + size].all()]
    if settings.rule == "brightest" and corners:
        sums = window_sums(clean, size)
        # `max` returns the first of equals, in reading order
        return [max(corners, key=lambda corner: sums[corner])]
    return corners


def window_sums(image: Grey, size: int) -> npt.NDArray[np.uint64]:
    """Return the sum of each window by its upper left corner, shape (H - size + 1, W - size + 1).

    Integers, from a summed-area table (Crow 1984): equal windows have equal sums, which rounded means have not.
    """
    height, width = image.shape
    table = np.zeros((height + 1, width + 1), dtype=np.uint64)
    table[1:, 1:] = image.cumsum(axis=0, dtype=np.uint64).cumsum(axis=1)
    # the two additions first: unsigned differences must not fall below zero
    added = table[size:, size:] + table[:-size, :-size]
    return np.asarray(added - table[:-size, size:] - table[size:, :-size])


def cut_patches(
    index: pd.DataFrame,
    sides: dict[str, str],
    usable: dict[str, npt.NDArray[np.bool_]],
    root: Path,
    settings: Patches,
    *,
    scale: PixelScale = AS_STORED,
    noise: "SyntheticNoise | None" = None,
    needed: Sequence[str] = ("train", "test"),
    advance: Callable[[int, int], None] | None = None,
) -> PatchSet:
    """Cut the patches of all train and test images.

    Args:
        index: manifest of the images.
        sides: side of each field of view.
        usable: mask of each test field of view; train fields of view are used whole.
        root: folder that the manifest's paths are relative to.
        settings: rule and size.
        scale: what the stored numbers of the images mean.
        noise: take simulated captures of the clean images in place of the degraded images.
        needed: sides that must have a patch.
        advance: called after each field of view with the number of images cut and the number of all.

    Returns:
        The patches, ordered as the manifest.

    Raises:
        FreqbenchError: if a needed side has no patch, or whole images differ in size.
    """
    used = index[index["fov"].map(sides).isin(["train", "test"])]
    rows: list[tuple[str | int, ...]] = []
    noisy: list[Pixels] = []
    clean: list[Grey] = []
    for _, images in used.groupby("fov", sort=False):
        fov = str(images["fov"].iloc[0])
        clean_image = read_grey(root / images["clean"].iloc[0], scale)
        mask = usable.get(fov, np.ones(clean_image.shape, dtype=bool))
        corners = window_corners(clean_image, mask, settings)
        for image_id, capture, pixels in _captures(images, clean_image, root, scale, noise):
            for number, (y, x) in enumerate(corners):
                size = (slice(y, None), slice(x, None))
                if settings.rule != "whole":
                    size = (slice(y, y + settings.size), slice(x, x + settings.size))
                rows.append((f"{image_id}#{number}", image_id, fov, capture, sides[fov], y, x))
                noisy.append(pixels[size])
                clean.append(clean_image[size])
        if advance is not None:
            advance(int(images.index[-1]) + 1, len(index))
    table = pd.DataFrame(rows, columns=["patch_id", "image_id", "fov", "capture", "split", "y", "x"])
    _check_sides(table, settings, needed)
    if len({patch.shape for patch in clean}) > 1:
        raise FreqbenchError("patches.rule: `whole` needs images of one size; these differ, use `grid` or `brightest`")
    table["size"] = clean[0].shape[0]
    degraded: Pixels = np.stack(noisy)  # type: ignore[assignment]  # of one type: all are simulated, or none
    return PatchSet(table, degraded, np.stack(clean))


def _captures(
    images: pd.DataFrame, clean: Grey, root: Path, scale: PixelScale, noise: "SyntheticNoise | None"
) -> Iterator[tuple[str, str, Pixels]]:
    """Yield name of the image, name of the capture, and pixels (H, W) of the captures of a field of view."""
    if noise is None:
        for image in images.itertuples():
            yield str(image.image_id), str(image.capture), read_grey(root / str(image.noisy), scale)
        return
    dataset, fov = str(images["dataset"].iloc[0]), str(images["fov"].iloc[0])
    for number in range(1, noise.captures + 1):
        # of one width, so that names sort as numbers do
        capture = f"{number:03d}"
        yield f"{dataset}/{noise.kind}/{fov}/{capture}", capture, noisy_capture(clean, noise, fov, number)


def write_patches(patches: PatchSet, layout: Layout, dataset: str, split: int) -> None:
    """Write the arrays as ``.npy`` and the table as CSV, each atomically, the table last."""
    for path, array in zip(patch_arrays(layout, dataset, split), (patches.noisy, patches.clean), strict=True):
        with atomic_path(path) as temporary, temporary.open("wb") as handle:
            np.save(handle, array)
    with atomic_path(layout.patch_table(dataset, split)) as temporary:
        patches.table.to_csv(temporary, index=False)


def read_patches(layout: Layout, dataset: str, split: int) -> PatchSet:
    """Read patches, with the arrays memory-mapped.

    Raises:
        FreqbenchError: if a file is missing, damaged, or they do not belong together; or if the set has no clean
            images, so that there can be no patches.
    """
    table = layout.patch_table(dataset, split)
    if not table.exists() and layout.index(dataset).exists():
        check_has_clean_images(read_index(layout.index(dataset)))  # no step can make these patches
    try:
        # without `keep_default_na=False` a field of view named NA would be read as missing
        rows = pd.read_csv(table, dtype=TABLE_TYPES, keep_default_na=False)
        arrays = [np.load(path, mmap_mode="r", allow_pickle=False) for path in patch_arrays(layout, dataset, split)]
    except (OSError, ValueError, EOFError, pd.errors.ParserError) as error:
        raise FreqbenchError(f"{table.parent}: no readable patches ({error}); run `freqbench patches`") from error
    if {len(rows)} != {len(array) for array in arrays}:
        raise FreqbenchError(f"{table.parent}: table and arrays differ in length; run `freqbench patches` again")
    return PatchSet(rows, arrays[0], arrays[1])


def windows_of(patches: PatchSet) -> list[list[int]]:
    """Return the row numbers of each window's captures, in the order of the table."""
    table = patches.table.reset_index(drop=True)
    return [list(rows.index) for _, rows in table.groupby(["fov", "y", "x"], sort=False)]


def patch_arrays(layout: Layout, dataset: str, split: int) -> tuple[Path, Path]:
    """Return the files of the degraded and of the clean patches."""
    return layout.noisy_patches(dataset, split), layout.clean_patches(dataset, split)


def _on_grid(height: int, width: int, size: int) -> list[Corner]:
    """Return the corners of a grid that also reaches the far edges."""
    rows, columns = (sorted({*range(0, length - size, GRID_STEP), length - size}) for length in (height, width))
    return [(y, x) for y in rows for x in columns]


def _check_sides(table: pd.DataFrame, settings: Patches, needed: Sequence[str]) -> None:
    for side in needed:
        if not (table["split"] == side).any():
            raise FreqbenchError(
                f"patches: no {side} patch of {settings.size} pixels fits into the usable area; choose a smaller "
                "`patches.size` or another `split`"
            )
