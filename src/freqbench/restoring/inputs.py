"""Which images are to be restored: files, folders, patterns of names, and the index of a data set."""

import glob
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from freqbench.data.index import read_index
from freqbench.data.source import SourceRecord
from freqbench.errors import FreqbenchError

SUFFIXES = (".png", ".tif", ".tiff")
INDEX = "images.csv"
SOURCE = "source.json"


@dataclass(frozen=True)
class Input:
    """An image to restore.

    Attributes:
        path: the file.
        name: its name below the folder of the outputs.
        bit_depth: bits that the index of a data set declares.
        data_range: range of floats that the index of a data set declares.
        is_indexed: whether it is from the index of a data set.
    """

    path: Path
    name: Path
    bit_depth: int | None = None
    data_range: tuple[float, float] | None = None
    is_indexed: bool = False


def find_inputs(given: Iterable[Path]) -> list[Input]:
    """Return the images that are meant, each once, in the order given.

    Args:
        given: files; folders, of which the PNG and TIFF files are taken; patterns with ``*``, ``?`` or ``**``; or the
            ``images.csv`` of an indexed data set, of which the degraded images are taken, with its declared scale.

    Raises:
        FreqbenchError: if a folder or a pattern holds nothing, or two images have the same name.
    """
    found: dict[Path, Input] = {}
    for path in given:
        for image in _expanded(path):
            found.setdefault(image.path.resolve(), image)
    names: dict[Path, Path] = {}
    for image in found.values():
        if image.name in names:
            raise FreqbenchError(
                f"{names[image.name]} and {image.path} have the same name, so that one output would replace the "
                "other; restore them into different folders"
            )
        names[image.name] = image.path
    return list(found.values())


def _expanded(path: Path) -> list[Input]:
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if _is_image(file))
        if not files:
            raise FreqbenchError(f"{path}: holds no {', '.join(SUFFIXES)} files")
        return [Input(file, Path(file.name)) for file in files]
    if path.name == INDEX:
        return _of_index(path)
    if glob.has_magic(str(path)) and not path.exists():
        fixed = next(parent for parent in path.parents if not glob.has_magic(str(parent)))
        files = sorted(file for file in fixed.glob(str(path.relative_to(fixed))) if _is_image(file))
        if not files:
            raise FreqbenchError(f"{path}: matches no {', '.join(SUFFIXES)} file")
        return [Input(file, file.relative_to(fixed)) for file in files]
    return [Input(path, Path(path.name))]


def _of_index(path: Path) -> list[Input]:
    record = SourceRecord.read(path.with_name(SOURCE))
    scale = {"bit_depth": record.bit_depth, "data_range": record.data_range}
    return [
        Input(record.root / name, Path(name), is_indexed=True, **scale)  # type: ignore[arg-type]
        for name in read_index(path)["noisy"]
    ]


def _is_image(path: Path) -> bool:
    return path.is_file() and path.suffix.lower() in SUFFIXES and not path.name.startswith(".")
