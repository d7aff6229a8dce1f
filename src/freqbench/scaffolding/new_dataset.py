"""A study of one's own images: a commented configuration, and a test of its data steps."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from freqbench.config.base import Name
from freqbench.config.load import parse_config
from freqbench.config.local_sources import FolderSource
from freqbench.data.readers.folder_pairs import IMAGE_SUFFIXES, files_of_folder, pair_folder
from freqbench.data.readers.pairing import Pairing
from freqbench.data.source import SourceRecord
from freqbench.errors import FreqbenchError
from freqbench.files import sha256_of
from freqbench.scaffolding.guess_depth import Looked, look
from freqbench.scaffolding.guess_patterns import guess_patterns
from freqbench.scaffolding.new_files import check_free, filled_template, write_new

SMALLEST_PATCH, USUAL_PATCH = 16, 128
EXAMPLE = {"specimen": "tissue", "specimens": 4, "fovs": 4, "captures": 2, "size": 96, "seed": 0}
"""The simulated images that are written where the user names none."""


@dataclass(frozen=True)
class Wishes:
    """What the user says of the images; the rest is guessed.

    Attributes:
        degraded: pattern of the degraded images.
        clean: pattern of the clean ones.
        pairs: CSV file below the folder, instead of patterns.
        bit_depth: bits that the camera uses.
        task: ``denoise`` or ``deblur``.
    """

    degraded: str | None = None
    clean: str | None = None
    pairs: Path | None = None
    bit_depth: int | None = None
    task: str = "denoise"


@dataclass(frozen=True)
class NewDataset:
    """What was written.

    Attributes:
        config: the study.
        test_file: its test.
        remarks: what was found and guessed, a line each.
    """

    config: Path
    test_file: Path
    remarks: tuple[str, ...]


def write_new_dataset(name: str, images: Path | None, folder: Path, wishes: Wishes) -> NewDataset:
    """Write ``<folder>/<name>.yaml`` and ``<folder>/test_<name>.py``.

    Args:
        name: of data set and study.
        images: folder of the images; None: a few simulated ones are written to ``<folder>/<name>_images``.
        folder: for the files.
        wishes: what the user says of the images.

    Raises:
        FreqbenchError: if the name is not allowed, a file is there already, the folder holds no pairs, or what belongs
            together cannot be guessed.
    """
    _check_name(name)
    config, test_file = folder / f"{name}.yaml", folder / f"test_{re.sub(r'[^a-z0-9_]', '_', name)}.py"
    check_free(config, test_file)
    remarks = []
    if images is None:
        images = folder / f"{name}_images"
        check_free(images)
        _simulate(images)
        remarks.append(f"no --from: simulated images were written to {images}; put yours in their place")
    elif not images.is_dir():
        raise FreqbenchError(f"--from {images}: no such folder; name the folder of your images")
    source, guessed = _source_of(images, wishes)
    files, pairing = _paired(images, source)
    used = [pair.noisy for pair in pairing.pairs] + list(dict.fromkeys(pair.clean for pair in pairing.pairs))
    looked = look([images / file for file in used], wishes.bit_depth)
    remarks += [*guessed, *_counts(files, pairing), _depth_in_words(looked, wishes)]
    values = {
        "name": name,
        "folder": images.as_posix(),
        "source": source,
        "looked": looked,
        "task": wishes.task,
        "patch": _patch_size(looked),
        "images": len(pairing.pairs),
        "fovs": len({pair.fov for pair in pairing.pairs}),
        "config_name": config.name,
    }
    text = filled_template("dataset.yaml", values)
    parse_config(_yaml(text), str(config))
    write_new({config: text, test_file: filled_template("test_dataset.py", values)})
    return NewDataset(config, test_file, tuple(remarks))


def _check_name(name: str) -> None:
    try:
        TypeAdapter(Name).validate_python(name)
    except ValidationError as error:
        raise FreqbenchError(
            f"data set {name}: a name needs lower case letters, digits, underscores and full stops, at most 60, the "
            "first one a letter or a digit, such as embryos_2026"
        ) from error


def _simulate(folder: Path) -> None:
    from freqbench.data.phantom import PhantomSpec, simulate

    simulate(PhantomSpec(**EXAMPLE), folder)  # type: ignore[arg-type]


def _source_of(images: Path, wishes: Wishes) -> tuple[FolderSource, list[str]]:
    """Return the source as wished or guessed, and what was guessed, in words."""
    content: dict[str, Any] = {"kind": "folder", "folder": images, "bit_depth": wishes.bit_depth}
    if wishes.pairs is not None:
        return _validated(content | {"pairs": wishes.pairs}), []
    if wishes.degraded is not None:
        return _validated(content | {"degraded": wishes.degraded, "clean": wishes.clean}), []
    if wishes.clean is not None:
        raise FreqbenchError("--clean: belongs to --degraded; give both, or neither to have them guessed")
    files = sorted(
        path.relative_to(images).as_posix()
        for path in images.rglob("*")
        if path.suffix.lower() in IMAGE_SUFFIXES and not path.name.startswith(".") and path.is_file()
    )
    if not files:
        raise FreqbenchError(f"--from {images}: holds no image; PNG and TIFF files are read, in subfolders, too")
    patterns = guess_patterns(files)
    said = [f"guessed: degraded images are {patterns.degraded}, clean ones {patterns.clean}"]
    if patterns.unused:
        said.append(f"not used: {len(patterns.unused)} images, such as {patterns.unused[0]}")
    if "{group}" not in patterns.degraded:
        said.append(
            "guessed: each field of view is a specimen of its own; if several come from one animal, well or slide, "
            "name that with {group} in both patterns, so that it is never on both sides of the split"
        )
    return _validated(content | {"degraded": patterns.degraded, "clean": patterns.clean}), said


def _validated(content: dict[str, Any]) -> FolderSource:
    try:
        return FolderSource.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        option = f"--{str(first['loc'][0]).replace('_', '-')}: " if first["loc"] else ""
        raise FreqbenchError(option + first["msg"].removeprefix("Value error, ")) from error


def _paired(images: Path, source: FolderSource) -> tuple[list[str], Pairing]:
    files = files_of_folder(images, source)
    # only a CSV file's hash is looked at when pairs are made; `fetch` hashes the images
    hashes = {file: "" for file in files if (images / file).is_file()}
    if source.pairs is not None:
        hashes[source.pairs.as_posix()] = sha256_of(images / source.pairs)
    pairing = pair_folder(SourceRecord(images, "folder", images.name, "", "", hashes), source)
    if not pairing.pairs:
        reason = next(iter(pairing.bad.items()), None)
        told = f": {reason[0]} {reason[1]}" if reason else ""
        raise FreqbenchError(f"--from {images}: no images belong together{told}")
    if not pairing.pairs[0].clean:
        raise FreqbenchError(
            f"--from {images}: nothing can be trained or tested without clean images; name them with --clean, or "
            "in the column clean of the CSV file"
        )
    return files, pairing


def _counts(files: list[str], pairing: Pairing) -> list[str]:
    fovs, groups = {pair.fov for pair in pairing.pairs}, {pair.group for pair in pairing.pairs}
    lines = [f"found: {len(pairing.pairs)} images of {len(fovs)} fields of view in {len(groups)} groups"]
    if pairing.bad:
        file, reason = next(iter(pairing.bad.items()))
        lines.append(f"cannot be used: {len(pairing.bad)} of {len(files)} files, such as {file}: {reason}")
    if len(groups) < 2:
        lines.append("one group alone cannot be split into train and test: the test will fail until there are two")
    return lines


def _depth_in_words(looked: Looked, wishes: Wishes) -> str:
    seen = f"the brightest pixel of {looked.number} images is {looked.brightest:g}"
    if looked.data_range is not None:
        return f"guessed: floats from {looked.data_range[0]:g} to {looked.data_range[1]:g} ({seen})"
    if wishes.bit_depth is not None or looked.bit_depth is None:
        return f"seen: {seen}"
    return f"guessed: the camera has {looked.bit_depth} bits ({seen}); correct `bit_depth` if it has more"


def _patch_size(looked: Looked) -> int:
    """Return the side of a patch: a multiple of 16 that the images hold."""
    size = min(USUAL_PATCH, looked.smallest_side // SMALLEST_PATCH * SMALLEST_PATCH)
    if size < SMALLEST_PATCH:
        raise FreqbenchError(
            f"--from: images of {looked.smallest_side} pixels are too small for a patch of {SMALLEST_PATCH}"
        )
    return size


def _yaml(text: str) -> Any:
    import yaml

    return yaml.safe_load(text)
