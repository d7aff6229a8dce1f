"""The record of where a data set's images are: the first file of every study."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from freqbench.data.image_files import Grey, read_grey
from freqbench.data.pixel_scale import PixelScale
from freqbench.errors import FreqbenchError
from freqbench.files import read_json, sha256_of, write_json

SPECIMENS_FILE = "specimens.csv"
"""Beside a phantom's images: the specimen of each field of view."""

FMD_LICENCE = "CC BY-SA 4.0"
FMD_CITATION = (
    "Zhang, Zhu, Nichols, Wang, Zhang, Smith, Howard: A Poisson-Gaussian Denoising Dataset with Real "
    "Fluorescence Microscopy Images, CVPR 2019, doi:10.7274/r0-ed2r-4052"
)


@dataclass(frozen=True)
class SourceRecord:
    """Where the images of a data set are, what they are, and the hash of each.

    Attributes:
        root: folder that the files are relative to; for ``phantom`` and ``fmd`` in FMD's layout,
            ``<level>/<fov>/<capture>.png`` and ``gt/<fov>/avg50.png``.
        kind: ``phantom``, ``fmd``, ``bbbc006`` or ``folder``, as in the configuration.
        description: a name to print.
        licence: licence of the images.
        citation: how to cite them.
        files: SHA-256 of each file by its path relative to ``root``.
        bit_depth: declared bits of the images; None: those of the files.
        data_range: declared range of float images; None: 0 to 1.
    """

    root: Path
    kind: str
    description: str
    licence: str
    citation: str
    files: dict[str, str] = field(repr=False)
    bit_depth: int | None = None
    data_range: tuple[float, float] | None = None

    @property
    def scale(self) -> PixelScale:
        """What the stored numbers of the images mean."""
        return PixelScale(self.bit_depth, self.data_range)

    def pixels(self, name: str) -> Grey:
        """Return the pixels of a file, named relative to ``root``, as uint8 or uint16 that use their full range.

        Raises:
            FreqbenchError: if it cannot be read or contradicts what is declared.
        """
        return read_grey(self.root / name, self.scale)

    def scale_of(self, _name: str) -> PixelScale:
        """Return what the stored numbers of a file mean: the same in all files of a data set."""
        return self.scale

    def write(self, path: Path) -> None:
        """Write the record as JSON, atomically; a folder beside it by its relative path, so both can move."""
        root, folder = self.root.resolve(), path.parent.resolve()
        if root.is_relative_to(folder):
            root = root.relative_to(folder)
        write_json(path, asdict(self) | {"root": root.as_posix()})

    @classmethod
    def read(cls, path: Path) -> "SourceRecord":
        """Read a record.

        Raises:
            FreqbenchError: if it is missing, damaged, or its folder is gone.
        """
        content = read_json(path)
        try:
            record = cls(**(content | {"root": path.parent / content["root"]}))
            if record.data_range is not None:
                record = replace(record, data_range=(float(record.data_range[0]), float(record.data_range[1])))
        except (TypeError, KeyError, ValueError) as error:
            raise FreqbenchError(f"{path}: not a source record ({error}); delete it and run fetch again") from error
        if not record.root.is_dir():
            raise FreqbenchError(f"{record.root}: the images of {path} are gone; run fetch or simulate again")
        return record


def hash_images(
    root: Path, levels: tuple[str, ...], advance: Callable[[int, int], None] | None = None
) -> dict[str, str]:
    """Return the SHA-256 of every PNG of some levels, by path relative to ``root``, sorted.

    Args:
        root: folder in FMD's layout.
        levels: names of the level folders, such as ``raw`` and ``gt``.
        advance: called with the number of files done and the number of all.

    Raises:
        FreqbenchError: if a level is missing or holds no PNG.
    """
    paths: list[Path] = []
    for level in levels:
        found = sorted((root / level).glob("*/*.png"))
        if not found:
            raise FreqbenchError(f"{root / level}: no images; FMD's layout is {level}/<field of view>/<capture>.png")
        paths += found
    hashes = {}
    for number, path in enumerate(paths, start=1):
        hashes[path.relative_to(root).as_posix()] = sha256_of(path)
        if advance is not None:
            advance(number, len(paths))
    return hashes
