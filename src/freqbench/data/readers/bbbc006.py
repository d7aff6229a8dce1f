"""BBBC006: U2OS nuclei in 34 planes; a defocused plane paired with the plane in focus.

Broad Bioimage Benchmark Collection, image set BBBC006v1 (Ljosa, Sokolnicki, Carpenter: Annotated high-throughput
microscopy image sets for validation, Nature Methods 2012). 384 wells, 2 sites, 2 channels, 696x520 pixels, 16 bits.
"""

import re
from pathlib import Path

from freqbench.config.local_sources import IN_FOCUS, BBBC006Source
from freqbench.data.readers.pairing import NamedImage, Pairing, pair_images
from freqbench.data.source import SourceRecord
from freqbench.errors import FreqbenchError

LICENCE = "reported as CC0 and as CC BY 3.0; see the set's page when you download it"
CITATION = (
    "image set BBBC006v1 from the Broad Bioimage Benchmark Collection; Ljosa, Sokolnicki, Carpenter: Annotated "
    "high-throughput microscopy image sets for validation, Nature Methods 9, 637 (2012)"
)

PLANE_NAME = re.compile(
    r"mcf-z-stacks-\d+_(?P<well>[a-z]\d\d)_s(?P<site>[12])_w(?P<channel>[12]).*\.tif", re.IGNORECASE
)
"""The rest of a name is an id that differs from plane to plane."""


def plane_folder(number: int) -> str:
    """Return the folder of a plane, as its archive unpacks."""
    return f"BBBC006_v1_images_z_{number:02d}"


def files_of_planes(root: Path, source: BBBC006Source) -> list[str]:
    """Return the files of both planes relative to ``root``, sorted, without those of the other channel.

    Raises:
        FreqbenchError: if a plane's folder is missing or has no image of the channel.
    """
    files = []
    for number in (source.defocus, IN_FOCUS):
        folder = plane_folder(number)
        paths = [path for path in sorted((root / folder).glob("*")) if path.is_file() and path.name[0] != "."]
        found = [PLANE_NAME.fullmatch(path.name) for path in paths]
        if not any(match and match["channel"] == str(source.channel) for match in found):
            raise FreqbenchError(
                f"{root / folder}: no images of channel w{source.channel}; unzip {folder}.zip of BBBC006 there"
            )
        files += [
            f"{folder}/{path.name}"
            for path, match in zip(paths, found, strict=True)
            if match is None or match["channel"] == str(source.channel)
        ]
    return files


def pair_planes(record: SourceRecord, source: BBBC006Source) -> Pairing:
    """Pair the recorded planes by well and site.

    A field of view is called ``<well>_s<site>``; its group is the well, since the two sites of a well share one
    culture of cells and one staining.
    """
    pairing = Pairing(f"z_{source.defocus:02d}", ("well", "field of view", "capture"))
    degraded: list[NamedImage] = []
    clean: list[NamedImage] = []
    for file in record.files:
        folder, _, name = file.rpartition("/")
        match = PLANE_NAME.fullmatch(name)
        if match is None:
            pairing.bad[file] = (
                "is not named as a plane of BBBC006, mcf-z-stacks-..._<well>_s<site>_w<channel>...; remove it"
            )
            continue
        well = match["well"].lower()
        image = NamedImage(file, f"{well}_s{match['site']}", "1", well)
        (degraded if folder == plane_folder(source.defocus) else clean).append(image)
    return pair_images(pairing, degraded, clean)
