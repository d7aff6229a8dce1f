"""Read and write single microscope images as integers, with their bit depth."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from freqbench.errors import FreqbenchError
from freqbench.files import atomic_path

Grey = npt.NDArray[np.unsignedinteger[Any]]


def read_grey(path: Path) -> Grey:
    """Read a grey image without any scaling.

    Args:
        path: an image file that Pillow reads (PNG, TIFF).

    Returns:
        Array of shape (H, W), uint8 or uint16 as the file has it.

    Raises:
        FreqbenchError: if the file is missing, truncated, not an image, not grey, or not of 8 or 16 bits.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as image:
            image.load()
            mode = image.mode
            pixels = np.asarray(image)
    except FileNotFoundError as error:
        raise FreqbenchError(f"{path}: image is missing; fetch or simulate the data set again") from error
    except UnidentifiedImageError as error:
        raise FreqbenchError(f"{path}: not an image file; replace it or remove it") from error
    except (OSError, SyntaxError, ValueError) as error:
        raise FreqbenchError(f"{path}: image is truncated or corrupt ({error}); fetch it again") from error
    if mode == "L":
        return pixels
    if mode.startswith("I;16"):
        return pixels.astype(np.uint16)
    raise FreqbenchError(
        f"{path}: image mode is {mode}, but grey of 8 or 16 bits is needed; convert it, one channel a file"
    )


def write_png(path: Path, pixels: npt.NDArray[np.uint8]) -> None:
    """Write an 8-bit grey PNG atomically."""
    from PIL import Image

    with atomic_path(path) as temporary:
        Image.fromarray(pixels).save(temporary, format="PNG")


def bit_depth_of(pixels: Grey) -> int:
    """Return 8 or 16: the depth by whose maximum intensities are scaled."""
    return 8 * pixels.dtype.itemsize


def to_unit_range(pixels: Grey) -> npt.NDArray[np.float32]:
    """Scale integers by the maximum of their bit depth, never by the image's own: float32 in [0, 1]."""
    return pixels.astype(np.float32) / np.float32(np.iinfo(pixels.dtype).max)
