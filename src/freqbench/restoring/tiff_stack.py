"""Read TIFF, OME-TIFF and ImageJ stacks plane by plane, and write them with the same axes and metadata."""

import logging
import os
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from freqbench.errors import FreqbenchError
from freqbench.restoring.image_stack import ImageStack, Plane, Shape
from freqbench.restoring.ome_xml import significant_bits
from freqbench.restoring.tiff_metadata import written_as

if TYPE_CHECKING:
    from tifffile import TiffFile, TiffFrame, TiffPage, TiffPageSeries

    Page = TiffPage | TiffFrame

DAMAGE = (OSError, ValueError, IndexError, KeyError, TypeError, RuntimeError, AttributeError, struct.error, zlib.error)
"""What tifffile raises for damaged files."""

DESCRIBED = ("ome", "imagej", "shaped")
"""Kinds of files whose metadata say how pages make up the stack."""


class TiffStack(ImageStack):
    """A TIFF file of one stack of grey planes; a plane is mapped or decoded when it is asked for.

    Raises:
        FreqbenchError: if the file is missing, no TIFF, damaged, in colour, or holds several stacks.
    """

    def __init__(self, path: Path) -> None:
        import tifffile

        self.path = path
        try:
            with _lost_pages() as lost:
                self._tiff = tifffile.TiffFile(path)
                self._pages = len(self._tiff.pages)
        except FileNotFoundError as error:
            raise FreqbenchError(f"{path}: no such file") from error
        except (tifffile.TiffFileError, *DAMAGE) as error:
            raise FreqbenchError(f"{path}: not a TIFF file, or truncated ({error})") from error
        try:
            if lost:
                raise FreqbenchError(f"truncated or damaged: pages are missing after the first {self._pages}")
            self._series = _only_series(self._tiff)
            self.shape = _shape(self._tiff, self._series)
            self._mapped = self._map()
            self.remarks = tuple(_remarks(self._series, self.shape))
        except FreqbenchError as error:
            self.close()
            raise FreqbenchError(f"{path}: {error}") from error
        except DAMAGE as error:
            self.close()
            raise FreqbenchError(f"{path}: truncated or damaged ({error})") from error

    def plane(self, number: int) -> Plane:
        """Return one plane; see `ImageStack.plane`."""
        if self._mapped is not None:
            mapped: Plane = self._mapped[number]
            return mapped
        where = f"plane {number + 1} of {self.shape.planes}"
        try:
            page = self._series[number]
            if page is None or page.parent is not self._tiff:
                raise FreqbenchError(
                    f"{where} is missing, or lies in another file; convert the image into one file that holds all"
                )
            self._check_whole(page, where)
            return self._decoded(page).reshape(self.shape.plane)
        except DAMAGE as error:
            raise FreqbenchError(f"{where} is truncated or damaged ({error})") from error

    @contextmanager
    def create(self, path: Path, dtype: np.dtype[Any], software: str) -> Iterator[Plane]:
        """Write a file like this one; see `ImageStack.create`. Its planes are mapped, so that any number fits."""
        import tifffile

        arguments = written_as(self._tiff, self._series, dtype)
        planes = tifffile.memmap(
            path, shape=self.shape.lengths, dtype=dtype, photometric="minisblack", software=software, **arguments
        )
        _reserve(path)
        yield planes.reshape(self.shape.planes, *self.shape.plane)
        planes.flush()

    def close(self) -> None:
        """Close the file."""
        self._tiff.close()

    def _map(self) -> Plane | None:
        """Return all planes as they lie in the file, None where they are compressed or scattered."""
        offset = self._series.dataoffset
        if offset is None:
            return None
        stored = self.shape.dtype.newbyteorder(self._tiff.byteorder)
        lengths = (self.shape.planes, *self.shape.plane)
        if offset + np.prod(lengths, dtype=np.int64) * stored.itemsize > self._tiff.filehandle.size:
            raise FreqbenchError("truncated: it ends before its last plane does")
        return self._tiff.filehandle.memmap_array(stored, lengths, offset)

    def _check_whole(self, page: "Page", where: str) -> None:
        """Look where the parts of a page lie: tifffile takes zeros for those that are not there."""
        size = self._tiff.filehandle.size
        for offset, count in zip(page.dataoffsets, page.databytecounts, strict=True):
            if offset == 0 or count == 0 or offset + count > size:
                raise FreqbenchError(f"{where} is truncated: pixels are missing")

    def _decoded(self, page: "Page") -> Plane:
        try:
            return np.asarray(page.asarray())
        except ValueError as error:
            if "imagecodecs" not in str(error):
                raise
        # LZW, which microscopes write, needs a further package; Pillow can decode it by itself
        from PIL import Image

        with Image.open(self.path) as image:
            image.seek(int(page.index))
            pixels = np.asarray(image)
        if pixels.dtype != self.shape.dtype:
            raise FreqbenchError("its compression cannot be read; install imagecodecs, or save it without compression")
        return pixels


@contextmanager
def _lost_pages() -> Iterator[list[str]]:
    """Yield the messages on a broken chain of pages: tifffile logs them, and goes on with the pages that it has."""
    lost: list[str] = []

    def note(record: logging.LogRecord) -> bool:
        if "TiffPages" in record.getMessage() and record.levelno >= logging.ERROR:
            lost.append(record.getMessage())
        return False

    logger = logging.getLogger("tifffile")
    logger.addFilter(note)
    try:
        yield lost
    finally:
        logger.removeFilter(note)


def _reserve(path: Path) -> None:
    """Take the room on the disk now: a mapped file that does not find it later kills the process without a word."""
    if hasattr(os, "posix_fallocate"):
        with path.open("r+b") as file:
            os.posix_fallocate(file.fileno(), 0, path.stat().st_size)


def _only_series(tiff: "TiffFile") -> "TiffPageSeries":
    page = tiff.pages.first
    colours = getattr(page.photometric, "name", "MINISBLACK")  # the tag is optional
    if page.samplesperpixel > 1 or colours not in ("MINISBLACK", "MINISWHITE", "PALETTE"):
        raise FreqbenchError(f"is a colour image ({colours}), but grey is needed; save one channel a file, or a stack")
    if colours == "PALETTE":
        raise FreqbenchError("has a palette; set its lookup table to grey and save it again")
    if colours == "MINISWHITE":
        raise FreqbenchError("stores white as 0 (MINISWHITE); save it with black as 0 (MINISBLACK)")
    found = tiff.series
    if len(found) != 1:
        raise FreqbenchError(f"holds {len(found)} images of different kinds; save each in a file of its own")
    (series,) = found
    for kind in DESCRIBED:
        if getattr(tiff, f"is_{kind}") and series.kind != kind:
            raise FreqbenchError(f"truncated or damaged: its {kind} metadata describe another stack than it holds")
        if series.kind == kind:
            break
    return series


def _shape(tiff: "TiffFile", series: "TiffPageSeries") -> Shape:
    if not series.axes.endswith("YX"):
        raise FreqbenchError(f"has the axes {series.axes}; planes with Y and X last are needed")
    if 0 in series.shape:
        raise FreqbenchError("holds no pixels")
    dtype = series.dtype.newbyteorder("=")
    used = series.keyframe.bitspersample
    bits = used if dtype.kind == "u" and used < 8 * dtype.itemsize else None
    if bits is None and tiff.ome_metadata is not None and series.kind == "ome" and dtype.kind == "u":
        bits = significant_bits(tiff.ome_metadata)
    return Shape(series.axes, tuple(series.shape), dtype, bits)


def _remarks(series: "TiffPageSeries", shape: Shape) -> Iterator[str]:
    if len(series.levels) > 1:
        yield f"of its {len(series.levels)} resolutions only the full one is restored and written"
    channels = dict(zip(shape.axes, shape.lengths, strict=True)).get("C", 1)
    if channels > 1:
        yield f"its {channels} channels are restored with one and the same model"
