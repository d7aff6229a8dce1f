"""Images as part of the page: lossless WebP in data URIs."""

import base64
import io
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from freqbench.errors import FreqbenchError

PREFIX = "data:image/webp;base64,"
EFFORT = {"quality": 80, "method": 4}
"""How long the encoder looks for a short form; the pixels are the same for all."""


def encoded_size(payload: bytes) -> int:
    """Return how many characters of a page some bytes take."""
    return 4 * -(-len(payload) // 3)


def data_uri(payload: bytes) -> str:
    """Return a WebP file as a data URI."""
    return PREFIX + base64.b64encode(payload).decode("ascii")


def grey_webp(codes: npt.NDArray[np.uint8]) -> bytes:
    """Return a grey image (H, W) as a lossless WebP file."""
    return _webp(Image.fromarray(codes))


def figure_webp(path: Path, scale: float = 1.0) -> tuple[bytes, tuple[int, int]]:
    """Return a figure as a lossless WebP file, with its width and height in pixels.

    Args:
        path: PNG file.
        scale: factor by which it is made smaller; 1: its pixels as they are.

    Raises:
        FreqbenchError: if it cannot be read.
    """
    try:
        with Image.open(path) as opened:
            # figures have a white ground: transparency would show the page's
            ground = Image.new("RGBA", opened.size, "white")
            ground.alpha_composite(opened.convert("RGBA"))
    except (OSError, ValueError) as error:
        raise FreqbenchError(f"{path}: cannot be read ({error}); delete it and draw it again") from error
    image = ground.convert("RGB")
    if scale < 1.0:
        size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        image = image.resize(size, Image.Resampling.LANCZOS)
    return _webp(image), image.size


def _webp(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", lossless=True, exact=True, **EFFORT)
    return buffer.getvalue()
