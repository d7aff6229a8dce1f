"""The OME-XML of an image, kept for a file that holds its restored planes."""

from typing import Any
from xml.etree import ElementTree

import numpy as np

from freqbench.errors import FreqbenchError

PIXEL_TYPES = {"uint8": "uint8", "uint16": "uint16", "float32": "float", "float64": "double"}
"""OME's names of the types of pixels."""

SCHEMA_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"


def significant_bits(xml: str) -> int | None:
    """Return the bits that the pixels use, None where the XML does not say so.

    Raises:
        FreqbenchError: if it is no OME-XML of one image.
    """
    said = _pixels(_parsed(xml)).get("SignificantBits", "")
    return int(said) if said.isdecimal() and int(said) > 0 else None


def for_restored(xml: str, dtype: np.dtype[Any]) -> str:
    """Return the XML for a file with planes of a type, in the order of the XML's own ``DimensionOrder``.

    Everything is kept but what describes the old file: the type of the pixels, their place in it, and its identity.

    Raises:
        FreqbenchError: if it is no OME-XML of one image, or OME has no such type.
    """
    if dtype.name not in PIXEL_TYPES:
        raise FreqbenchError(f"OME-TIFF has no pixels of {dtype.name}; choose --dtype float32")
    root = _parsed(xml)
    namespace = root.tag.partition("}")[0].lstrip("{")
    # what was read as the default namespace is written as it, or readers that look for `<OME` do not know the file
    ElementTree.register_namespace("", namespace)
    ElementTree.register_namespace("xsi", SCHEMA_INSTANCE)
    pixels = _pixels(root)
    root.attrib.pop("UUID", None)
    pixels.set("Type", PIXEL_TYPES[dtype.name])
    pixels.attrib.pop("BigEndian", None)
    if dtype.kind == "f":
        pixels.attrib.pop("SignificantBits", None)
    tag = f"{{{namespace}}}TiffData"
    places = [index for index, child in enumerate(pixels) if child.tag == tag]
    for child in [pixels[index] for index in places]:
        pixels.remove(child)
    # without attributes: all planes, from the first one of the file on
    pixels.insert(places[0] if places else len(pixels), ElementTree.Element(tag))
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode")


def _parsed(xml: str) -> ElementTree.Element:
    try:
        return ElementTree.fromstring(xml.encode())
    except ElementTree.ParseError as error:
        raise FreqbenchError(f"its OME-XML is damaged ({error}); export the image again") from error


def _pixels(root: ElementTree.Element) -> ElementTree.Element:
    found = root.findall("{*}Image/{*}Pixels")
    if len(found) != 1:
        raise FreqbenchError(f"its OME-XML describes {len(found)} images; save the one to be used in a file of its own")
    return found[0]
