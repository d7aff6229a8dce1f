"""Generators that a training keeps on its way: what it could do after 1, 2, 4, ... iterations.

While the training runs they lie beside its state, which no workflow engine touches. When it is done, they are copied
to the training's outputs in one step, so that the folder there is complete or absent.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import nn

from freqbench.errors import FreqbenchError
from freqbench.files import atomic_folder, sha256_of
from freqbench.run import Run
from freqbench.training.build import location_weights
from freqbench.training.state import save_tensors


def snapshot_iterations(last: int) -> list[int]:
    """Return the iterations after which a generator is kept: the powers of two up to the last one, and that."""
    powers = [1 << power for power in range(last.bit_length())]
    return sorted({*powers, last})


def snapshot_file(folder: Path, iteration: int) -> Path:
    """Return the file of the generator after an iteration."""
    return folder / f"iteration_{iteration}.pt"


def find_snapshots(folder: Path) -> dict[int, Path]:
    """Return the kept generators of a finished training by their iteration, rising; empty where there are none."""
    found = {int(path.stem.removeprefix("iteration_")): path for path in folder.glob("iteration_*.pt")}
    return dict(sorted(found.items()))


def generator_content(run: Run, generator: nn.Module) -> dict[str, Any]:
    """Return what a file of a generator holds: its settings and weights, in the usual memory format."""
    weights = {name: value.contiguous() for name, value in location_weights(generator).items()}
    return {"settings": run.config.network.model_dump(), "state": weights}


def output_hashes(run: Run) -> dict[str, str]:
    """Return the SHA-256 of a training's generator, and of those that it has kept on its way, by their names."""
    generator, folder = run.layout.generator(*run.key), run.layout.snapshots(*run.key)
    kept = {f"{folder.name}/{path.name}": sha256_of(path) for path in find_snapshots(folder).values()}
    return {generator.name: sha256_of(generator)} | kept


@dataclass(frozen=True)
class Snapshots:
    """The kept generators of one training.

    Attributes:
        run: the training.
        due: iterations after which one is kept; empty: none is.
        unfinished: folder while the training runs.
        folder: folder when it is done.
    """

    run: Run
    due: tuple[int, ...]
    unfinished: Path
    folder: Path

    @classmethod
    def of(cls, run: Run, fingerprint: str, iterations: int) -> "Snapshots":
        """Return those of a run.

        Args:
            run: the training.
            fingerprint: of what decides it.
            iterations: of the whole training.
        """
        wanted = run.config.training.snapshots == "powers_of_two"
        due = tuple(snapshot_iterations(iterations)) if wanted else ()
        unfinished = run.layout.unfinished_snapshots(*run.key, fingerprint[:16])
        return cls(run, due, unfinished, run.layout.snapshots(*run.key))

    def keep(self, generator: nn.Module, iteration: int) -> None:
        """Keep a generator after an iteration in which one is due.

        A training that was killed repeats the iterations since its last state, and writes the same bytes again.

        Raises:
            FreqbenchError: if it cannot be written.
        """
        if iteration in self.due:
            save_tensors(generator_content(self.run, generator), snapshot_file(self.unfinished, iteration))

    def missing(self, iteration: int) -> list[int]:
        """Return the iterations up to this one whose generators should be there and are not."""
        return [due for due in self.due if due <= iteration and not snapshot_file(self.unfinished, due).is_file()]

    def publish(self) -> None:
        """Copy the kept generators to the outputs of the training; without any, remove what lies there.

        Raises:
            FreqbenchError: if one is missing, or the folder cannot be written.
        """
        if not self.due:
            shutil.rmtree(self.folder, ignore_errors=True)
            return
        missing = self.missing(self.due[-1])
        if missing:
            raise FreqbenchError(
                f"{snapshot_file(self.unfinished, missing[0])}: no such file, though the training wrote it; run the "
                "same command again"
            )
        for leftover in self.folder.parent.glob(f".{self.folder.name}-*"):  # of a process that was killed here
            shutil.rmtree(leftover, ignore_errors=True)
        with atomic_folder(self.folder) as temporary:
            for iteration in self.due:
                shutil.copyfile(snapshot_file(self.unfinished, iteration), snapshot_file(temporary, iteration))

    def discard(self) -> None:
        """Remove what lies beside the state, as the training is done."""
        shutil.rmtree(self.unfinished, ignore_errors=True)
