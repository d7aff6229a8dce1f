"""Read and write a grey PNG as a stack of one plane."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from freqbench.errors import FreqbenchError
from freqbench.restoring.image_stack import ImageStack, Plane, Shape


class PngImage(ImageStack):
    """A PNG of 8 or 16 bits of grey.

    Raises:
        FreqbenchError: if the file is missing, no PNG, truncated, in colour, or animated.
    """

    def __init__(self, path: Path) -> None:
        from PIL import Image, UnidentifiedImageError

        self.path = path
        try:
            with Image.open(path) as image:
                frames, kind, mode = getattr(image, "n_frames", 1), image.format, image.mode
                image.load()
                self._pixels = np.asarray(image)
                self._info = dict(image.info)
        except FileNotFoundError as error:
            raise FreqbenchError(f"{path}: no such file") from error
        except UnidentifiedImageError as error:
            raise FreqbenchError(f"{path}: not an image file") from error
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
            raise FreqbenchError(f"{path}: truncated or damaged ({error})") from error
        if kind != "PNG":
            raise FreqbenchError(f"{path}: is a {kind} file, not a PNG; give it its own suffix")
        if frames > 1:
            raise FreqbenchError(f"{path}: is an animation of {frames} frames; save them as a TIFF stack")
        if mode != "L" and not mode.startswith("I;16"):
            what = "has a palette" if mode == "P" else f"is of the mode {mode}"
            raise FreqbenchError(f"{path}: {what}, but grey of 8 or 16 bits is needed; save one channel a file")
        self.shape = Shape("YX", self._pixels.shape, self._pixels.dtype.newbyteorder("="))

    def plane(self, number: int) -> Plane:
        """Return the plane, number 0."""
        assert number == 0
        return self._pixels

    @contextmanager
    def create(self, path: Path, dtype: np.dtype[Any], software: str) -> Iterator[Plane]:
        """Write a PNG, with the pixel size and the texts of this one, or a TIFF of floats; see `ImageStack.create`."""
        planes = np.zeros((1, *self.shape.plane), dtype=dtype)
        yield planes
        if dtype.kind == "f":
            self._write_tiff(path, planes[0], software)
            return
        from PIL import Image, PngImagePlugin

        texts = PngImagePlugin.PngInfo()
        for name, text in (self._info | {"Software": software}).items():
            if isinstance(name, str) and isinstance(text, str):
                texts.add_itxt(name, text)
        size = {"dpi": self._info["dpi"]} if "dpi" in self._info else {}
        Image.fromarray(planes[0]).save(path, format="PNG", pnginfo=texts, **size)

    def _write_tiff(self, path: Path, pixels: Plane, software: str) -> None:
        """Write floats, which PNG has not."""
        import tifffile

        size = {"resolution": self._info["dpi"], "resolutionunit": "INCH"} if "dpi" in self._info else {}
        tifffile.imwrite(path, pixels, photometric="minisblack", software=software, metadata={"axes": "YX"}, **size)

    def close(self) -> None:
        """Do nothing: the file was read whole."""
