"""Colour images as grey ones: the mean of their channels, as in the FRC loss paper."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from freqbench.errors import FreqbenchError


def read_channel_mean(path: Path) -> npt.NDArray[np.float32]:
    """Read an image of 8 bits as the mean of red, green and blue.

    Args:
        path: a file that Pillow reads, grey, indexed or in colours, without transparency.

    Returns:
        (H, W) in [0, 1].

    Raises:
        FreqbenchError: if the file is missing, truncated, no image, or of another type.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as image:
            image.load()
            mode = image.mode
            pixels = np.asarray(image.convert("RGB"))
    except FileNotFoundError as error:
        raise FreqbenchError(f"{path}: image is missing; fetch the data set again") from error
    except UnidentifiedImageError as error:
        raise FreqbenchError(f"{path}: not an image file; fetch the data set again") from error
    except (OSError, SyntaxError, ValueError) as error:
        raise FreqbenchError(f"{path}: image is truncated or corrupt ({error}); fetch the data set again") from error
    if mode not in {"L", "P", "RGB"}:
        raise FreqbenchError(f"{path}: image mode is {mode}, but 8 bits of grey or RGB are needed")
    # in whole numbers first: the mean of three equal channels is the channel
    mean: npt.NDArray[np.float32] = (pixels.sum(axis=2, dtype=np.float64) / (3 * 255)).astype(np.float32)
    return mean
