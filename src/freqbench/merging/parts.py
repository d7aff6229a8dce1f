"""A part of a study: a folder of results that one machine computed."""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from freqbench.errors import FreqbenchError
from freqbench.files import read_json

CONFIG = "config.json"
AGGREGATES = ("tables", "figures", "statistics", "report.html", "run.json")
"""What is made of all results together: made again after a merge."""
LEFT_BEHIND = (CONFIG, "state", *AGGREGATES)
"""First parts of the paths that a merge does not take. ``state``: unfinished trainings, which go on where they are."""
SIDE = ("logs", "benchmarks", "preflight.json")
"""What tells how a machine fared: taken from the first folder that has it, and never compared."""
SIDE_FOLDERS = ("samples", "tensorboard")
"""Folders beside a training that no step declares: the same."""


@dataclass(frozen=True)
class Part:
    """A folder of results.

    Attributes:
        folder: where it is.
        config: the configuration that was in force.
        files: what a merge takes, by its path in the folder.
    """

    folder: Path
    config: dict[str, Any]
    files: dict[str, Path]

    def json_files(self) -> dict[str, dict[str, Any]]:
        """Return the JSON files that hold keys and values, by path."""
        found = {name: read_json(path) for name, path in self.files.items() if path.suffix == ".json"}
        return {name: content for name, content in found.items() if isinstance(content, dict)}


def read_part(folder: Path) -> Part:
    """Find what is in a folder of results.

    Raises:
        FreqbenchError: if it is none.
    """
    path = folder / CONFIG
    if not path.is_file():
        raise FreqbenchError(
            f"{folder}: is no folder of results ({CONFIG} is missing); name that of one study, such as results/smoke"
        )
    config = read_json(path)
    if not isinstance(config, dict):
        raise FreqbenchError(f"{path}: must hold keys and values; run the workflow again")
    files = {file.relative_to(folder).as_posix(): file for file in sorted(folder.rglob("*")) if file.is_file()}
    return Part(folder, config, {name: file for name, file in files.items() if is_taken(name)})


def is_taken(name: str) -> bool:
    """Return whether a merge takes a file, given its path in a folder of results."""
    parts = PurePosixPath(name).parts
    if parts[0] in LEFT_BEHIND or any(part.startswith(".") for part in parts):
        return False
    # what belongs to single methods lies in folders; what lies beside these tabulates or gathers all of them
    beside = {"calibration": 2, "metrics": 3}
    return len(parts) != beside.get(parts[0])


def is_side(name: str) -> bool:
    """Return whether a file tells of a machine and not of results."""
    parts = PurePosixPath(name).parts
    return parts[0] in SIDE or any(part in SIDE_FOLDERS for part in parts)
