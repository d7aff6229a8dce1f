"""Bring the FMD images here: from a folder, from an archive in the mirror, or by download."""

import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from freqbench.config.datasets import FMDSource
from freqbench.data.source import FMD_CITATION, FMD_LICENCE, SourceRecord, hash_images
from freqbench.errors import FreqbenchError
from freqbench.files import atomic_folder
from freqbench.mirror import find_in_mirror

FIGSHARE = "https://ndownloader.figshare.com/files/{id}"
"""figshare.com/ndownloader answers 202 with no bytes; this host serves the file."""


@dataclass(frozen=True)
class Archive:
    """A published FMD archive: figshare file id, size in bytes, MD5."""

    figshare_id: int
    size: int
    md5: str


ARCHIVES = {
    "Confocal_FISH": Archive(43648074, 697856000, "1187cccaf456db747e3a1b58512549d0"),
    "Confocal_BPAE_B": Archive(43648062, 589619200, "59fabbba691aa1e72f34a1af73d0a71c"),
    "Confocal_BPAE_G": Archive(43648065, 790200320, "20b796d0c502c33ffe4154f49c6e8bed"),
    "Confocal_BPAE_R": Archive(43648071, 627537920, "3d8b449e7b9284bc1c4c6c66c95526f1"),
    "Confocal_MICE": Archive(43648080, 737976320, "0b27b77206366c86c11eaf9b965d7f76"),
    "WideField_BPAE_R": Archive(43648116, 709232640, "e02b07bc4cfcd19dc911bd9d0c4e65a0"),
}
"""Archives of the record 10.7274/r0-ed2r-4052 whose checksum is published."""


def fetch_fmd(
    source: FMDSource,
    level: str,
    destination: Path,
    *,
    mirror: Path | None = None,
    advance: Callable[[int, int], None] | None = None,
    address: str = FIGSHARE,
) -> SourceRecord:
    """Find or download the images of one FMD type.

    A folder is used where it lies; nothing is copied. An archive is unpacked to ``destination``.

    Args:
        source: type, and folder if there is one.
        level: level of the degraded images, such as ``raw``.
        destination: folder to unpack an archive to.
        mirror: folder searched before a download.
        advance: called with the number of images hashed and the number of all.
        address: where archives are downloaded, with ``{id}`` for the figshare id.

    Raises:
        FreqbenchError: if the images cannot be had or differ from their checksums.
    """
    if source.folder is not None:
        root = _existing_folder(source.folder, mirror)
    else:
        _unpack(_archive(source.type, mirror, address), source.type, destination)
        root = destination
    files = hash_images(root, (level, "gt"), advance)
    _check_against_sums(root, files)
    return SourceRecord(root, "fmd", f"FMD {source.type}, {level}", FMD_LICENCE, FMD_CITATION, files)


def _existing_folder(folder: Path, mirror: Path | None) -> Path:
    candidates = [folder] if folder.is_absolute() or mirror is None else [mirror / folder, folder]
    for candidate in candidates:
        if candidate.is_dir():
            return candidate.resolve()
    looked = " and ".join(str(candidate) for candidate in candidates)
    hint = "" if mirror is not None else "; set FREQBENCH_MIRROR or `mirror:` to the folder that holds it"
    raise FreqbenchError(f"source.folder: no folder {looked}{hint}")


def _archive(fmd_type: str, mirror: Path | None, address: str) -> Path:
    archive = ARCHIVES.get(fmd_type)
    if archive is None:
        raise FreqbenchError(
            f"source.type: the archive of {fmd_type} has no published checksum; unpack it yourself and name its "
            f"folder with `source.folder` (archives with checksum: {', '.join(ARCHIVES)})"
        )
    name = f"{fmd_type}.tar"
    found = find_in_mirror(name, mirror, md5=archive.md5)
    if found is not None:
        return found
    import pooch

    url = address.format(id=archive.figshare_id)
    try:
        # pooch downloads to a temporary name and renames after the checksum agrees
        return Path(
            pooch.retrieve(
                url,
                known_hash=f"md5:{archive.md5}",
                fname=name,
                path=pooch.os_cache("freqbench"),
                downloader=pooch.HTTPDownloader(progressbar=True, timeout=60),
            )
        )
    except Exception as error:  # requests, urllib3 and pooch each raise their own kinds
        raise FreqbenchError(
            f"{name}: could not be downloaded from {url} ({type(error).__name__}: {str(error)[:200]}); "
            "run again, or put the archive into a folder and name that with FREQBENCH_MIRROR"
        ) from error


def _unpack(archive: Path, fmd_type: str, destination: Path) -> None:
    """Unpack so that the folder appears only when whole; members that would leave it are refused."""
    try:
        with atomic_folder(destination) as temporary:
            with tarfile.open(archive, "r:") as tar:
                tar.extractall(temporary, filter="data")
            inner = temporary / fmd_type
            if not inner.is_dir():
                raise FreqbenchError(f"{archive}: holds no folder {fmd_type}; it is not FMD's archive of that type")
            for entry in inner.iterdir():
                entry.rename(temporary / entry.name)
            inner.rmdir()
    except (tarfile.TarError, EOFError) as error:
        raise FreqbenchError(f"{archive}: cannot be unpacked ({error}); delete it and fetch again") from error


def _check_against_sums(root: Path, files: dict[str, str]) -> None:
    """Compare with the nearest SHA256SUMS above the folder, where there is one (a mirror has it)."""
    for folder in (root, *root.parents):
        sums = folder / "SHA256SUMS"
        if not sums.is_file():
            continue
        lines = (line.split(maxsplit=1) for line in sums.read_text(encoding="utf-8").splitlines() if line.strip())
        known = {name.strip().lstrip("*").removeprefix("./"): digest for digest, name in lines}
        prefix = root.relative_to(folder).as_posix()
        for name, digest in files.items():
            expected = known.get(f"{prefix}/{name}" if prefix != "." else name)
            if expected is not None and expected != digest:
                raise FreqbenchError(f"{root / name}: differs from its line in {sums}; fetch the file again")
        return
