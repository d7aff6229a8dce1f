"""Guess from file names which images are degraded, which are clean, and which belong together."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import PurePosixPath

from freqbench.data.readers.file_patterns import FilePattern
from freqbench.data.readers.pairing import NamedImage
from freqbench.errors import FreqbenchError

WORDS = {
    "degraded": {"degraded", "noisy", "low", "raw", "input", "blurred", "blurry", "defocus", "defocused", "lr", "lq"},
    "clean": {"clean", "high", "gt", "target", "truth", "reference", "ref", "sharp", "focus", "infocus", "hr", "hq"},
}
"""Words in folder and file names, in lower case, that say what an image is."""

STEMS = ("{fov}", "{capture}", "{fov}_{capture}", "{fov}-{capture}", "{fov}.{capture}", "{group}_{fov}_{capture}")
"""What the part of a file name that differs between files may be."""

GIVE_PATTERNS = "give --degraded and --clean, such as `low/{fov}_{capture}.tif` and `high/{fov}.tif`, or --pairs"


@dataclass(frozen=True)
class Patterns:
    """What was guessed.

    Attributes:
        degraded: pattern of the degraded images.
        clean: pattern of the clean ones.
        unused: files that say neither, or fit nowhere.
    """

    degraded: str
    clean: str
    unused: tuple[str, ...]


def guess_patterns(files: Sequence[str]) -> Patterns:
    """Guess the patterns of image files.

    A file is on the side whose word (`WORDS`) is in its path. On each side every folder and every part of a file name
    that differs between files is tried as a placeholder; the patterns win that give each degraded image a clean one,
    with as few placeholders as possible.

    Args:
        files: paths relative to the folder, POSIX separators.

    Raises:
        FreqbenchError: if names say nothing, or no patterns pair the images.
    """
    sides = {side: [file for file in files if _side(file) == side] for side in WORDS}
    for side, found in sides.items():
        if not found:
            raise FreqbenchError(
                f"--from: no folder or file name, such as {files[0]}, says which images are {side} (none of "
                f"{', '.join(sorted(WORDS[side]))}); {GIVE_PATTERNS}"
            )
    best: tuple[int, int, str, str] | None = None
    readings = {side: _readings(found) for side, found in sides.items()}
    for (degraded, noisy), (clean, targets) in product(readings["degraded"].items(), readings["clean"].items()):
        if "{capture}" in clean or ("{group}" in degraded) != ("{group}" in clean):
            continue
        by_fov = {image.fov for image in targets}
        if len(by_fov) < len(targets) or len({(image.fov, image.capture) for image in noisy}) < len(noisy):
            continue
        paired = sum(image.fov in by_fov for image in noisy)
        rank = (-paired, degraded.count("{") + clean.count("{"), degraded, clean)
        if paired and (best is None or rank < best):
            best = rank
    if best is None:
        raise FreqbenchError(
            f"--from: no pattern pairs {sides['degraded'][0]} and its like with {sides['clean'][0]} and its like; "
            f"{GIVE_PATTERNS}"
        )
    unused = _unused(files, readings["degraded"][best[2]], readings["clean"][best[3]])
    return Patterns(best[2], best[3], unused)


def _side(file: str) -> str | None:
    """Return what a path says an image is, None if it says nothing or both."""
    tokens = set(re.split(r"[^a-z0-9]+", file.lower()))
    said = [side for side, words in WORDS.items() if tokens & words]
    return said[0] if len(said) == 1 else None


def _readings(files: Sequence[str]) -> dict[str, list[NamedImage]]:
    """Return what each pattern that fits all files of a side makes of them."""
    fitting = {}
    for text in _candidates(files):
        images = [FilePattern(text).match(file) for file in files]
        if all(images):
            fitting[text] = [image for image in images if image is not None]
    return fitting


def _candidates(files: Sequence[str]) -> Iterable[str]:
    """Yield patterns: each folder as it is or a placeholder, and each way to read the file names."""
    paths = [PurePosixPath(file) for file in files]
    depths, suffixes = {len(path.parts) for path in paths}, {_suffix(path) for path in paths}
    if len(depths) > 1 or len(suffixes) > 1 or any(set("*{}") & set(file) for file in files):
        return
    (suffix,) = suffixes
    folders = [sorted({path.parts[level] for path in paths}) for level in range(depths.pop() - 1)]
    names = _name_patterns([path.name.removesuffix(suffix) for path in paths])
    for *chosen, name in product(*(_folder_patterns(values) for values in folders), names):
        text = "/".join((*chosen, name + suffix))
        placeholders = re.findall(r"\{\w+\}", text)
        if "{fov}" in placeholders and len(set(placeholders)) == len(placeholders):
            yield text


def _folder_patterns(values: list[str]) -> list[str]:
    return values if len(values) == 1 else ["{group}", "{fov}"]


def _name_patterns(stems: list[str]) -> list[str]:
    """Return readings of file names: what all share at the ends stays, up to a separator."""
    if len(set(stems)) == 1:
        return [stems[0]]
    parts = [re.split(r"([_.-])", stem) for stem in stems]
    first, last = _shared(parts), _shared([part[::-1] for part in parts])
    # a separator belongs to what is shared, a part before it that differs does not
    prefix = "".join(parts[0][: first - first % 2])
    suffix = "".join(parts[0][len(parts[0]) - (last - last % 2) :])
    return [f"{prefix}{middle}{suffix}" for middle in STEMS]


def _shared(parts: list[list[str]]) -> int:
    """Return how many parts all lists begin with; at least one part, the one that differs, is never shared."""
    shortest = min(map(len, parts)) - 1
    return next((n for n in range(shortest) if len({part[n] for part in parts}) > 1), shortest)


def _suffix(path: PurePosixPath) -> str:
    ending = "".join(path.suffixes[-2:])
    return ending if ending.lower().startswith(".ome.") else path.suffix


def _unused(files: Sequence[str], *used: list[NamedImage]) -> tuple[str, ...]:
    noisy, clean = used
    fovs = {image.fov for image in noisy} & {image.fov for image in clean}
    kept = {image.file for image in (*noisy, *clean) if image.fov in fovs}
    return tuple(file for file in files if file not in kept)
