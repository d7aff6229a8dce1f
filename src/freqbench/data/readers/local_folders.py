"""Records of images that lie in a folder already: nothing is copied or downloaded."""

from collections.abc import Callable
from pathlib import Path

from freqbench.config.local_sources import BBBC006Source, FolderSource
from freqbench.data.checksums import check_against_sums
from freqbench.data.readers import bbbc006
from freqbench.data.readers.folder_pairs import files_of_folder
from freqbench.data.source import SourceRecord
from freqbench.errors import FreqbenchError
from freqbench.files import sha256_of
from freqbench.mirror import find_folder


def record_folder(
    source: FolderSource | BBBC006Source, mirror: Path | None = None, advance: Callable[[int, int], None] | None = None
) -> SourceRecord:
    """Hash the images of a folder where it lies.

    Args:
        source: the folder and what is in it.
        mirror: folder searched first for a relative path.
        advance: called with the number of images hashed and the number of all.

    Returns:
        The record, a CSV file of pairs included. Images that are missing are not in it: making pairs finds them.

    Raises:
        FreqbenchError: if the folder is missing, holds none of the images, or a file cannot be read
            or differs from its line in a ``SHA256SUMS`` beside or above it.
    """
    root = find_folder(source.folder, mirror)
    if isinstance(source, BBBC006Source):
        files = _hashes(root, bbbc006.files_of_planes(root, source), advance)
        description = f"BBBC006, plane z_{source.defocus:02d}, channel w{source.channel}"
        return SourceRecord(
            root, source.kind, description, bbbc006.LICENCE, bbbc006.CITATION, files, bit_depth=source.bit_depth
        )
    files = _hashes(root, files_of_folder(root, source), advance)
    return SourceRecord(
        root, source.kind, root.name, source.licence, source.citation, files, source.bit_depth, source.data_range
    )


def _hashes(root: Path, files: list[str], advance: Callable[[int, int], None] | None) -> dict[str, str]:
    hashes = {}
    for number, file in enumerate(files, start=1):
        path = root / file
        try:
            if path.is_file():
                hashes[file] = sha256_of(path)
        except OSError as error:
            raise FreqbenchError(f"{path}: cannot be read ({error.strerror}); give yourself the right to") from error
        if advance is not None:
            advance(number, len(files))
    check_against_sums(root, hashes)
    return hashes
