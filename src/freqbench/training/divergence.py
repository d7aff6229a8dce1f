"""Where a training diverged: the first iteration with a number that is not finite, and what it trained on."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from freqbench.errors import FreqbenchError
from freqbench.files import read_json, write_json
from freqbench.training.state import save_tensors

ADVICE = "lower `training.learning_rate_generator` or the weight of the frequency loss"


class DivergedError(FreqbenchError):
    """A loss term or a weight is not finite.

    Attributes:
        iteration: the first iteration with such a value, counted from 1 as in the log.
        broken: names of its terms that are not finite; empty if only its update broke the weights.
        terms: all terms of that iteration and of the one before it, as far as they are known, by iteration.
    """

    def __init__(self, iteration: int, broken: list[str], terms: dict[int, dict[str, float]]) -> None:
        self.iteration, self.broken, self.terms = iteration, broken, terms
        what = ", ".join(broken) if broken else "a weight after its update"
        super().__init__(f"training diverged in iteration {iteration}: {what} is not finite")


@dataclass
class DivergenceWatch:
    """Keeps the terms of the iterations since it last looked, on the device: looking waits for the device."""

    _seen: dict[int, list[tuple[list[str], Tensor]]] = field(default_factory=dict)

    def note(self, iteration: int, terms: Mapping[str, Tensor]) -> None:
        """Keep terms, scalars, of an iteration counted from 1."""
        # stacked, so copied: what is noted stays as it is even if a term's memory is used again
        values = torch.stack([value.detach().float() for value in terms.values()])
        self._seen.setdefault(iteration, []).append((list(terms), values))

    def check(self, iteration: int, networks: Iterable[torch.nn.Module] = ()) -> None:
        """Look at all terms noted since the last time, and at the weights of networks.

        Args:
            iteration: iterations done: the weights are those after it.
            networks: whose weights to look at.

        Raises:
            DivergedError: for the first iteration with a value that is not finite.
        """
        noted = [values for parts in self._seen.values() for _, values in parts]
        finite = [torch.cat(noted).isfinite().all()] if noted else []
        finite += [weight.isfinite().all() for network in networks for weight in network.parameters()]
        # one wait for everything
        if not finite or bool(torch.stack(finite).all()):
            # the last one stays: should the next one diverge, its cause may be the update before it
            self._seen = {done: parts for done, parts in self._seen.items() if done == iteration}
            return
        before: dict[int, dict[str, float]] = {}
        for done in self._seen:
            terms = self._terms(done)
            broken = [name for name, value in terms.items() if not math.isfinite(value)]
            if broken:
                raise DivergedError(done, broken, before | {done: terms})
            before = {done: terms}
        raise DivergedError(iteration, [], before)

    def _terms(self, iteration: int) -> dict[str, float]:
        return {
            name: value
            for names, values in self._seen[iteration]
            for name, value in zip(names, values.tolist(), strict=True)
        }


def refuse_diverged(path: Path) -> None:
    """Do not start a training that diverged already: with the same settings it would do so again.

    Args:
        path: where the report of its divergence would lie.

    Raises:
        FreqbenchError: if it is there.
    """
    if path.exists():
        raise FreqbenchError(
            f"{path}: this training diverged in iteration {read_json(path)['iteration']}, and would again; {ADVICE}, "
            "or delete this file to try the same once more"
        )


def report_divergence(
    error: DivergedError,
    path: Path,
    *,
    state: dict[str, Any],
    patches_of: Callable[[int], list[str]],
    last_good: tuple[Path, int] | None,
) -> FreqbenchError:
    """Write what is known of a divergence, and return the error to be raised.

    Args:
        error: what was found.
        path: of the report, a JSON file; the state lies beside it with the suffix ``pt``.
        state: the state of the training when it was found, some iterations after it happened.
        patches_of: ids of the patches in the batch of an iteration, counted from 1.
        last_good: the last state that was saved with finite terms and weights, and its iteration.
    """
    saved = path.with_suffix(".pt")
    report = {
        "iteration": error.iteration,
        "found_after_iteration": state["iteration"],
        "not_finite": error.broken or ["weights"],
        "iterations": [
            {
                "iteration": number,
                "terms": {name: _plain(value) for name, value in terms.items()},
                "patches": patches_of(number),
            }
            for number, terms in sorted(error.terms.items())
        ],
        "state": saved.name,
        "last_good_state": None if last_good is None else {"file": last_good[0].name, "iteration": last_good[1]},
    }
    write_json(path, report)
    where = f"its terms and patches are in {path}, the state beside it"
    try:
        save_tensors(state, saved)
    except FreqbenchError as unsaved:
        where = f"its terms and patches are in {path}; the state could not be saved ({unsaved})"
    return FreqbenchError(f"{error}; {where}; {ADVICE}")


def _plain(value: float) -> float | str:
    """Return a number that JSON can hold, and a word for one that it cannot."""
    return value if math.isfinite(value) else str(value)
