"""Pairs in FMD's layout: ``<level>/<fov>/<capture>.png`` and ``gt/<fov>/avg50.png``."""

import csv
from pathlib import Path

from freqbench.data.readers.pairing import NamedImage, Pairing, pair_images
from freqbench.data.source import SPECIMENS_FILE, SourceRecord
from freqbench.errors import FreqbenchError

CLEAN_NAME = "avg50.png"


def pair_fmd_layout(record: SourceRecord, level: str, captures: int | None = None) -> Pairing:
    """Pair the images of a level with the clean images.

    A phantom says from which specimen each field of view comes; FMD does not, so there each field of view is a
    group of its own and only the audit can find that two show one specimen.

    Args:
        record: where the images are.
        level: folder of the degraded images, such as ``raw``.
        captures: captures that each field of view must have; None: any number.

    Raises:
        FreqbenchError: if no image of the level was recorded.
    """
    specimens = _specimens(record.root) if record.kind == "phantom" else {}
    pairing = Pairing(level, ("specimen", "field of view", "capture"))
    degraded: list[NamedImage] = []
    clean: list[NamedImage] = []
    for name in record.files:
        folder, fov, file = name.split("/")
        if folder == level:
            degraded.append(NamedImage(name, fov, Path(file).stem, specimens.get(fov, "")))
        elif file == CLEAN_NAME:
            clean.append(NamedImage(name, fov))
        else:
            pairing.bad[name] = f"is not part of FMD's layout, whose clean image is gt/{fov}/{CLEAN_NAME}; remove it"
    if not degraded:
        raise FreqbenchError(f"{record.root / level}: no images of this level; the source has none recorded")
    return pair_images(pairing, degraded, clean, captures)


def _specimens(root: Path) -> dict[str, str]:
    """Return the specimen by field of view, as the phantom's writer noted them."""
    path = root / SPECIMENS_FILE
    try:
        with path.open(newline="", encoding="utf-8") as handle:
            return {row["fov"]: row["specimen"] for row in csv.DictReader(handle)}
    except (OSError, KeyError, ValueError) as error:
        raise FreqbenchError(f"{path}: says not which specimen each field shows ({error}); simulate again") from error
