"""Which steps of a plan are up to date."""

import hashlib
import time
from functools import cached_property
from pathlib import Path
from typing import Any

from freqbench.errors import FreqbenchError
from freqbench.files import read_json, sha256_of, write_json
from freqbench.plan.steps import Step
from freqbench.provenance import fingerprint

PLACES = ("results", "mirror")
"""Keys of the configuration that say where files are, and decide no number."""


class Stamps:
    """One small file for each step that ran: what it ran with, and when it began.

    A step is up to date if its outputs are there, its inputs are not newer than its beginning, and its command, the
    configuration and the package's code are the same. That is coarser than the workflow, which knows the settings and
    the modules of each step. It costs little: a training that is run again finds that it is done.

    Args:
        folder: where the stamps are.
        config: the configuration in force.
    """

    def __init__(self, folder: Path, config: dict[str, Any]) -> None:
        self.folder = folder
        self._settings = {key: value for key, value in config.items() if key not in PLACES}

    def is_current(self, step: Step) -> bool:
        """Return whether a step need not run."""
        try:
            stamp = read_json(self._path(step))
        except FreqbenchError:  # none, or half a one
            return False
        if not isinstance(stamp, dict) or stamp.get("fingerprint") != self._fingerprint(step):
            return False
        try:
            newest = max((Path(name).stat().st_mtime_ns for name in step.inputs), default=0)
        except OSError:
            return False
        return newest <= stamp["began_ns"] and all(Path(name).exists() for name in step.outputs)

    def begin(self, step: Step) -> int:
        """Note that a step begins, and return the time, which `finish` wants."""
        self._path(step).unlink(missing_ok=True)
        return time.time_ns()

    def finish(self, step: Step, began_ns: int) -> None:
        """Note that a step is done."""
        write_json(
            self._path(step), {"fingerprint": self._fingerprint(step), "began_ns": began_ns, "step": step.outputs[0]}
        )

    def _path(self, step: Step) -> Path:
        return self.folder / f"{hashlib.sha256(step.outputs[0].encode()).hexdigest()[:24]}.json"

    def _fingerprint(self, step: Step) -> str:
        return fingerprint([step.command, self._settings, self._code])

    @cached_property
    def _code(self) -> str:
        root = Path(__file__).parents[1]
        files = sorted(path for path in root.rglob("*") if path.is_file() and path.suffix != ".pyc")
        return fingerprint({str(path.relative_to(root)): sha256_of(path) for path in files})
