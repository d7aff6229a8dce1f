"""What a training has on the disk until it is done: its states, and the report if it diverged."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from freqbench.errors import FreqbenchError
from freqbench.files import remove_leftovers
from freqbench.provenance import fingerprint
from freqbench.run import Run
from freqbench.training.divergence import DivergedError, refuse_diverged, report_divergence
from freqbench.training.identity import training_identity
from freqbench.training.state import MADE_FROM, check_state, discard_state, load_state, other_states, save_state


@dataclass
class SavedTraining:
    """The files of one training.

    Attributes:
        made_from: everything that decides the training.
        fingerprint: the hash of it.
        state: path of the last state; the one before it lies beside it.
        divergence: path of the report.
        iteration: iteration of the last state, 0 if there is none.
    """

    made_from: dict[str, Any]
    fingerprint: str
    state: Path
    divergence: Path
    iteration: int = 0

    @classmethod
    def of(cls, run: Run) -> "SavedTraining":
        """Return the files of a run's training."""
        made_from = training_identity(run)
        identity = fingerprint(made_from)
        key = (*run.key, identity[:16])
        return cls(made_from, identity, run.layout.training_state(*key), run.layout.training_divergence(*key))

    def others(self) -> Iterator[str]:
        """Yield a remark on each state that the same run has with other settings, data or code."""
        return other_states(self.state, self.state.stem.rpartition("-")[0], self.made_from)

    def load(self, device: torch.device) -> tuple[dict[str, Any] | None, str]:
        """Return the last whole state, None without one, and a remark for the user, empty without one.

        Raises:
            FreqbenchError: if the training diverged before, or the state is another training's or unreadable.
        """
        refuse_diverged(self.divergence)
        remove_leftovers(self.state)
        state, remark = load_state(self.state, device)
        if state is not None:
            check_state(self.state, state, self.made_from)
            self.iteration = state["iteration"]
        return state, remark

    def save(self, content: dict[str, Any]) -> None:
        """Save a state.

        Raises:
            FreqbenchError: if it cannot be written.
        """
        save_state(self.state, content | {MADE_FROM: self.made_from})
        self.iteration = content["iteration"]

    def report(
        self, error: DivergedError, content: dict[str, Any], patches_of: Callable[[int], list[str]]
    ) -> FreqbenchError:
        """Write what is known of a divergence, and return the error to be raised; see `report_divergence`."""
        last_good = (self.state, self.iteration) if self.iteration else None
        content = content | {MADE_FROM: self.made_from}
        return report_divergence(error, self.divergence, state=content, patches_of=patches_of, last_good=last_good)

    def discard(self) -> None:
        """Remove the states, as the training is done."""
        discard_state(self.state)
