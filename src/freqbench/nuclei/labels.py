"""Label images: 0 is background, every other number one nucleus."""

from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from freqbench.errors import FreqbenchError
from freqbench.files import atomic_path

Labels = npt.NDArray[np.uint16]
"""Shape (H, W); nuclei are numbered from 1 without gaps."""

MAX_NUCLEI = int(np.iinfo(np.uint16).max)


def in_reading_order(labels: npt.NDArray[np.integer[Any]]) -> Labels:
    """Number the objects of a label image from 1, by their first pixel in reading order.

    So the number of a nucleus does not depend on how a segmenter numbers its objects.

    Args:
        labels: integers (H, W), 0 for background.

    Raises:
        FreqbenchError: if there are more than 65535 objects.
    """
    values, first = np.unique(labels, return_index=True)
    keep = values != 0
    values, first = values[keep], first[keep]
    if len(values) > MAX_NUCLEI:
        raise FreqbenchError(
            f"segmentation: {len(values)} objects in one image, more than {MAX_NUCLEI}; this is noise, not nuclei: "
            "choose a larger `smoothing` or `level`"
        )
    ordered = values[np.argsort(first)]
    numbers = np.zeros(len(values), dtype=np.uint16)
    numbers[np.searchsorted(values, ordered)] = np.arange(1, len(values) + 1)
    result = np.zeros(labels.shape, dtype=np.uint16)
    inside = labels != 0
    result[inside] = numbers[np.searchsorted(values, labels[inside])]
    return result


def write_labels(labels: dict[str, Labels], path: Path) -> None:
    """Write the label image of each field of view into one ``.npz``, atomically."""
    with atomic_path(path) as temporary, temporary.open("wb") as handle:
        np.savez_compressed(handle, **labels)  # type: ignore[arg-type]


def read_labels(path: Path) -> dict[str, Labels]:
    """Read the label image of each field of view.

    Raises:
        FreqbenchError: if the file is missing or damaged.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            return {fov: stored[fov] for fov in stored.files}
    except (OSError, ValueError, EOFError, BadZipFile, AttributeError) as error:  # the last: an array, no archive
        raise FreqbenchError(f"{path}: no readable labels ({error}); run `freqbench segment`") from error


def write_label_image(labels: Labels, path: Path) -> None:
    """Write one label image as a 16-bit TIFF, which Fiji and napari open, atomically."""
    import tifffile

    with atomic_path(path) as temporary:
        tifffile.imwrite(temporary, labels, compression="zlib")


def read_label_image(path: Path) -> Labels:
    """Read one label image of another's making (TIFF, or PNG of one channel), renumbered in reading order.

    Raises:
        FreqbenchError: if the file is missing, unreadable, not of one plane, or holds no integers from 0.
    """
    try:
        pixels = _read(path)
    except FileNotFoundError as error:
        raise FreqbenchError(f"{path}: no such label image; correct the path") from error
    except (OSError, ValueError, SyntaxError) as error:
        raise FreqbenchError(f"{path}: not a readable label image ({error}); save it as TIFF") from error
    if pixels.ndim != 2 or pixels.dtype.kind not in "ui" or pixels.min() < 0:
        raise FreqbenchError(
            f"{path}: a label image has the shape (height, width) and integers from 0, this one {pixels.shape} and "
            f"{pixels.dtype}; save one plane, a number for each nucleus"
        )
    return in_reading_order(pixels)


def _read(path: Path) -> npt.NDArray[Any]:
    if path.suffix.lower() in (".tif", ".tiff"):
        import tifffile

        return np.asarray(tifffile.imread(path))
    from PIL import Image

    with Image.open(path) as image:
        return np.asarray(image)
