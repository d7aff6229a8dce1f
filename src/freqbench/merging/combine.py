"""Combine parts of one study in one folder, without changing a byte of any of them."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from freqbench.config import Config, parse_config
from freqbench.errors import FreqbenchError
from freqbench.files import atomic_path, read_json, sha256_of, write_json
from freqbench.layout import Layout
from freqbench.merging.agreement import check_code, check_configurations, check_patches
from freqbench.merging.parts import CONFIG, Part, is_side, read_part
from freqbench.run import runs_of, trainings_on

CIRCUMSTANCES = frozenset(
    {
        *("written", "finished", "machine", "packages", "device", "execution", "threads", "parts", "resumed_at"),
        *("wall_seconds", "seconds_per_iteration", "energy_joules"),
        *("peak_memory_mib", "peak_gpu_allocated_mib", "peak_gpu_reserved_mib"),
    }
)
"""Keys of a manifest that differ from one run of a step to the next."""


@dataclass(frozen=True)
class MergedFile:
    """A file of the merged folder.

    Attributes:
        name: its path there.
        source: the file that it is a copy of; itself where it is there already.
        time_ns: modification time that it gets: the oldest of all parts' copies.
        is_there: whether it is in the merged folder already.
    """

    name: str
    source: Path
    time_ns: int
    is_there: bool


@dataclass(frozen=True)
class Merge:
    """What a merge does.

    Attributes:
        into: the merged folder.
        config: its configuration.
        files: all its files, by path.
        remarks: what a reader must know.
    """

    into: Path
    config: Config
    files: tuple[MergedFile, ...]
    remarks: tuple[str, ...]

    @property
    def new(self) -> tuple[MergedFile, ...]:
        """The files that are not there yet."""
        return tuple(file for file in self.files if not file.is_there)

    def missing(self) -> tuple[list[str], list[str]]:
        """Return the trainings and the measured runs that no part has."""
        names, layout = {file.name for file in self.files}, Layout(Path())
        runs = [run for dataset in self.config.datasets for run in runs_of(self.config, dataset)]
        trainings = [run for dataset in self.config.datasets for run in trainings_on(self.config, dataset)]
        return (
            [_words(run.key) for run in trainings if layout.training_manifest(*run.key).as_posix() not in names],
            [_words(run.key) for run in runs if layout.image_metrics(*run.key).as_posix() not in names],
        )


def plan_merge(folders: Sequence[Path], into: Path, config: tuple[str, Config] | None = None) -> Merge:
    """Check that parts belong together, and list what the merged folder will hold. Nothing is written.

    What is in ``into`` already is a part like the others, so that a merge can go on, or a further part be added later.
    A file in several parts must be the same in all; of manifests that holds without `CIRCUMSTANCES`, of the record of
    a source without the folder of the images, and logs are not compared.

    Args:
        folders: of the parts.
        into: the merged folder.
        config: what a configuration is called, and what it holds: the parts must be of it.

    Raises:
        FreqbenchError: if a folder holds no results, or configuration, code, data or results differ.
    """
    chosen = [folder for folder in dict.fromkeys(folders) if folder.resolve() != into.resolve()]
    if not chosen:
        raise FreqbenchError("merge: name at least one folder of results besides the one that they are merged into")
    parts = [read_part(folder) for folder in chosen]
    if (into / CONFIG).is_file():
        parts.insert(0, read_part(into))
    elif into.exists() and (not into.is_dir() or any(into.iterdir())):
        raise FreqbenchError(
            f"{into}: is there already and holds no results ({CONFIG} is missing); name another folder"
        )
    given = [(config[0], config[1].model_dump(mode="json"))] if config is not None else []
    check_configurations([*given, *((str(part.folder / CONFIG), part.config) for part in parts)])
    remarks = check_code(parts)
    check_patches(parts)
    files = tuple(_merged(name, parts, into) for name in sorted({name for part in parts for name in part.files}))
    return Merge(into, parse_config(parts[0].config, str(parts[0].folder / CONFIG)), files, tuple(remarks))


def carry_out(merge: Merge, advance: Callable[[int, int], None] | None = None) -> None:
    """Write the merged folder: each file is linked or copied, whole or not at all; none that is there is replaced.

    Args:
        merge: of `plan_merge`.
        advance: called with the number of files done and the number of all.

    Raises:
        FreqbenchError: if a file cannot be written.
    """
    if not (merge.into / CONFIG).is_file():
        where = {"results": merge.into.parent} if merge.into.name == merge.config.name else {}
        write_json(merge.into / CONFIG, merge.config.model_copy(update=where).model_dump(mode="json"))
    for done, file in enumerate(merge.files, start=1):
        target = merge.into / file.name
        if not file.is_there:
            _bring(file, target)
        elif target.stat().st_mtime_ns > file.time_ns:
            # another part has it from earlier: what that part made of it must not look outdated
            os.utime(target, ns=(file.time_ns, file.time_ns))
        if advance is not None:
            advance(done, len(merge.files))


def _merged(name: str, parts: Sequence[Part], into: Path) -> MergedFile:
    """Choose which part's file is taken, after all others are found to be the same."""
    found = [part.files[name] for part in parts if name in part.files]
    if not is_side(name):
        for other in found[1:]:
            _check_same(name, found[0], other)
    # the oldest time: in each part its own results are younger than that, whatever its clock says
    oldest = min(path.stat().st_mtime_ns for path in found)
    source = next((path for path in found if _images_exist(path)), found[0]) if _is_source(name) else found[0]
    is_there = found[0] == into / name
    return MergedFile(name, found[0] if is_there else source, oldest, is_there)


def _check_same(name: str, one: Path, other: Path) -> None:
    if one.stat().st_size == other.stat().st_size:
        hashes = sha256_of(one), sha256_of(other)
        if hashes[0] == hashes[1]:
            return
    if name.endswith(".json"):
        first, second = (_lasting(name, read_json(path)) for path in (one, other))
        if first == second:
            return
        key, values = next(iter(_differences(first, second)))
        raise FreqbenchError(
            f"{name}: differs: `{key}` is {values[0]} in {one} and {values[1]} in {other}; {_advice(name)}"
        )
    first_hash, second_hash = sha256_of(one), sha256_of(other)
    raise FreqbenchError(
        f"{name}: differs: SHA-256 {first_hash[:12]}... of {one}, {second_hash[:12]}... of {other}; {_advice(name)}"
    )


def _advice(name: str) -> str:
    if name.startswith("data/"):
        return "the parts were made of other data; make the data once, and copy them to each machine"
    return "one of them must be removed, or computed again on the same kind of machine"


def _lasting(name: str, content: Any) -> Any:
    """Return what of a JSON file is the same each time that its step runs."""
    if not isinstance(content, dict):
        return content
    passing = {"root"} if _is_source(name) else CIRCUMSTANCES
    return {key: value for key, value in content.items() if key not in passing}


def _differences(one: Any, other: Any, key: str = "") -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield the keys in which two contents differ, with both values, shortened."""
    if isinstance(one, dict) and isinstance(other, dict):
        for name in dict.fromkeys([*one, *other]):
            if one.get(name) != other.get(name):
                yield from _differences(one.get(name), other.get(name), f"{key}.{name}" if key else str(name))
        return
    yield key, (f"{one!r}"[:60], f"{other!r}"[:60])


def _is_source(name: str) -> bool:
    return name.startswith("data/") and name.endswith("/source.json")


def _images_exist(path: Path) -> bool:
    """Return whether the images of a record of a source are on this machine."""
    return (path.parent / str(read_json(path).get("root", ""))).is_dir()


def _bring(file: MergedFile, target: Path) -> None:
    """Link a file where one disk and the right time allow it, else copy it with that time."""
    if file.source.stat().st_mtime_ns == file.time_ns:
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.hardlink_to(file.source)  # refuses a file that is there
        except OSError:  # another disk, or one without links
            pass
        else:
            return
    with atomic_path(target) as temporary:
        with file.source.open("rb") as source, temporary.open("wb") as copy:
            while block := source.read(1 << 20):
                copy.write(block)
        os.utime(temporary, ns=(file.time_ns, file.time_ns))


def _words(key: tuple[str, str, int, int]) -> str:
    dataset, method, split, seed = key
    return f"{dataset} {method} split {split} seed {seed}"
