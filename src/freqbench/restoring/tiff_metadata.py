"""Which metadata of a TIFF stack go into the file with its restored planes."""

from typing import TYPE_CHECKING, Any

import numpy as np

from freqbench.restoring.ome_xml import for_restored

if TYPE_CHECKING:
    from tifffile import TiffFile, TiffPageSeries

IMAGEJ_AXES = "TZCYX"
IMAGEJ_TYPES = ("uint8", "uint16", "float32")
LARGEST_CLASSIC = 2**32 - 2**25
"""Bytes of pixels above which a TIFF with offsets of 32 bits has no room for all its pages."""


def written_as(tiff: "TiffFile", series: "TiffPageSeries", dtype: np.dtype[Any]) -> dict[str, Any]:
    """Return the arguments with which `tifffile.memmap` writes a file like another one.

    OME-XML is kept but for what describes the file itself; ImageJ's metadata (unit, spacing, frame interval, labels,
    lookup tables, display range) are kept whole; elsewhere axes and description are. The pixel size of the TIFF's own
    tags is kept everywhere.

    Args:
        tiff: the open file.
        series: its stack.
        dtype: type of the pixels to be written.

    Raises:
        FreqbenchError: if OME has no such type.
    """
    arguments = _resolution(tiff)
    if series.kind == "ome":
        assert tiff.ome_metadata is not None
        xml = for_restored(tiff.ome_metadata, dtype)
        return arguments | {"description": xml.encode(), "metadata": None}
    if series.kind == "imagej" and dtype.name in IMAGEJ_TYPES and _is_in_order(series.axes):
        kept = tiff.imagej_metadata or {}
        metadata = {name: _escaped(value) if isinstance(value, str) else value for name, value in kept.items()}
        if "Info" in kept:
            metadata["Info"] = kept["Info"]  # a text of its own, in Unicode
        # above 4 GB ImageJ reads all planes from one page that says how many follow
        truncate = series.size * dtype.itemsize > LARGEST_CLASSIC
        return arguments | {"imagej": True, "truncate": truncate, "metadata": metadata | {"axes": series.axes}}
    arguments["metadata"] = {"axes": series.axes}
    description = tiff.pages.first.description
    if description and series.kind not in ("shaped", "imagej"):
        arguments["description"] = description.encode()
    return arguments


def _resolution(tiff: "TiffFile") -> dict[str, Any]:
    tags = tiff.pages.first.tags
    horizontal, vertical = tags.valueof("XResolution"), tags.valueof("YResolution")
    found: dict[str, Any] = {}
    if horizontal is not None and vertical is not None and horizontal[1] and vertical[1]:
        unit = tags.valueof("ResolutionUnit")
        found = {"resolution": (horizontal, vertical), "resolutionunit": None if unit is None else int(unit)}
    time = tags.valueof("DateTime")
    return found | ({"datetime": time} if time else {})


def _is_in_order(axes: str) -> bool:
    places = [IMAGEJ_AXES.find(axis) for axis in axes]
    return places == sorted(places) and -1 not in places


def _escaped(text: str) -> str:
    r"""Return a text as ImageJ writes it into its description: µ is ``\u00B5``."""
    return "".join(letter if ord(letter) < 128 else f"\\u{ord(letter):04X}" for letter in text)
