"""The training loop."""

import math
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FrameType
from typing import Any, Literal

import torch
from torch import Tensor, nn

from freqbench.errors import FreqbenchError
from freqbench.metrics.precision import full_precision
from freqbench.training.batches import BatchStream
from freqbench.training.conditional_step import step_if
from freqbench.training.execution import Execution
from freqbench.training.objective import GeneratorObjective
from freqbench.training.schedule import DiscriminatorSchedule, learning_rate_factor

INTERRUPTED = 75
"""Exit status of a training that was told to stop and saved its state (EX_TEMPFAIL: try again)."""


class TrainingInterruptedError(Exception):
    """A signal asked the training to stop; its state is saved."""


@dataclass
class Trainer:
    """Everything that a training changes, and the loop that changes it.

    Attributes:
        generator: maps (N, 1, H, W) in [0, 1] to the same shape.
        discriminator: maps images to a map of logits.
        optimiser_generator: optimiser of the generator.
        optimiser_discriminator: optimiser of the discriminator, fused.
        execution: how the networks compute.
        objective: terms of the generator's loss.
        schedule: when the discriminator learns.
        batches: training batches by iteration.
        iterations: generator updates of the whole training.
        log_every: iterations between two records.
        learning_rate_schedule: how both learning rates change over the training.
        iteration: generator updates done.
        records: the log: iteration, mean of each term since the last record, over the iterations that have
            it, discriminator's loss and the share of iterations in which it was updated.
    """

    generator: nn.Module
    discriminator: nn.Module
    optimiser_generator: torch.optim.Optimizer
    optimiser_discriminator: torch.optim.Optimizer
    execution: Execution
    objective: GeneratorObjective
    schedule: DiscriminatorSchedule
    batches: BatchStream
    iterations: int
    log_every: int
    learning_rate_schedule: Literal["constant", "cosine"] = "constant"
    iteration: int = 0
    records: list[dict[str, float]] = field(default_factory=list)
    _sums: dict[str, Tensor] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=dict)
    _since: int = 0
    _updates_before: int = 0

    def run(
        self,
        *,
        checkpoint_every: int,
        save: Callable[[dict[str, Any]], None],
        on_record: Callable[[dict[str, float]], None],
        on_step: Callable[[], None],
    ) -> None:
        """Train to the end, from wherever the state is.

        Args:
            checkpoint_every: iterations between two saved states.
            save: stores a state.
            on_record: called with each new record of the log.
            on_step: called after each iteration.

        Raises:
            TrainingInterruptedError: after SIGTERM or SIGINT, when the state is saved.
            FreqbenchError: if a loss term is not finite (the message names it), or a weight in the end.
        """
        self.generator.train()
        self.discriminator.train()
        with _StopRequest() as stop:
            while self.iteration < self.iterations:
                self._step()
                self.iteration += 1
                if self.iteration % self.log_every == 0 or self.iteration == self.iterations:
                    self._record()
                    on_record(self.records[-1])
                on_step()
                if stop.requested:
                    save(self.state())
                    raise TrainingInterruptedError
                if self.iteration % checkpoint_every == 0 and self.iteration < self.iterations:
                    save(self.state())
        # the terms of an iteration are taken before its step: they cannot tell what the last one did
        if not all(bool(weight.isfinite().all()) for weight in self.generator.parameters()):
            raise _diverged("in the last iteration", "a weight of the generator")

    def _step(self) -> None:
        self._set_learning_rates()
        batch = self.batches.batch(self.iteration)
        prediction = self.execution.apply(self.generator, batch.noisy)
        adversarial = self.objective.weights.adversarial > 0 and self.schedule.is_adversarial(self.iteration)

        logits = None
        if adversarial:
            self.discriminator.requires_grad_(False)
            with torch.no_grad():
                real = self.execution.apply(self.discriminator, batch.clean)
            logits = (real, self.execution.apply(self.discriminator, prediction))
        with full_precision(prediction.device):
            terms = self.objective(prediction, batch.clean, logits)
            total = self.objective.total(terms)
        self.optimiser_generator.zero_grad(set_to_none=True)
        self.execution.backward(total, prediction)
        self.optimiser_generator.step()
        self._add(terms | {"total": total})

        if adversarial:
            self._discriminator_step(batch.clean, prediction.detach())
        self._since += 1

    def _set_learning_rates(self) -> None:
        """Set the rates from the iteration alone, so that there is no scheduler state to save."""
        factor = learning_rate_factor(self.learning_rate_schedule, self.iteration, self.iterations)
        for optimiser in (self.optimiser_generator, self.optimiser_discriminator):
            for group in optimiser.param_groups:
                group.setdefault("initial_lr", group["lr"])
                group["lr"] = factor * group["initial_lr"]

    def _discriminator_step(self, clean: Tensor, prediction: Tensor) -> None:
        self.discriminator.requires_grad_(True)
        # two passes: in one, batch normalisation would mix the statistics of real and restored images
        logits = (self.execution.apply(self.discriminator, images) for images in (clean, prediction))
        loss = self.objective.adversarial.discriminator(*logits)
        self.optimiser_discriminator.zero_grad(set_to_none=True)
        loss.backward()
        step_if(self.optimiser_discriminator, self.schedule.should_update(loss))
        self._add({"discriminator": loss})

    def _add(self, terms: dict[str, Tensor]) -> None:
        """Sum up on the device: reading each value would wait for the device in every iteration."""
        for name, value in terms.items():
            detached = value.detach()
            self._sums[name] = self._sums[name] + detached if name in self._sums else detached
            # the adversarial terms can begin between two records
            self._counts[name] = self._counts.get(name, 0) + 1

    def _record(self) -> None:
        means = {name: float(value) / self._counts[name] for name, value in self._sums.items()}
        broken = [name for name, value in means.items() if not math.isfinite(value)]
        if broken:
            raise _diverged(f"before iteration {self.iteration}", ", ".join(broken))
        updates = self.schedule.updates - self._updates_before
        record = {"iteration": self.iteration, **means, "discriminator_updates": updates / self._since}
        self.records.append(record)
        self._sums, self._counts, self._since, self._updates_before = {}, {}, 0, self.schedule.updates

    def state(self) -> dict[str, Any]:
        """Return all that a resumed training needs. Batches and random draws follow from the iteration."""
        return {
            "iteration": self.iteration,
            "records": self.records,
            "sums": self._sums,
            "counts": self._counts,
            "since": self._since,
            "updates": self.schedule.updates,
            "updates_before": self._updates_before,
            "generator": self.generator.state_dict(),
            "discriminator": self.discriminator.state_dict(),
            "optimiser_generator": self.optimiser_generator.state_dict(),
            "optimiser_discriminator": self.optimiser_discriminator.state_dict(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go back to a state."""
        self.iteration, self.records = state["iteration"], state["records"]
        self._sums, self._counts, self._since = state["sums"], state["counts"], state["since"]
        self.schedule.updates, self._updates_before = state["updates"], state["updates_before"]
        self.generator.load_state_dict(state["generator"])
        self.discriminator.load_state_dict(state["discriminator"])
        self.optimiser_generator.load_state_dict(state["optimiser_generator"])
        self.optimiser_discriminator.load_state_dict(state["optimiser_discriminator"])


def _diverged(when: str, what: str) -> FreqbenchError:
    return FreqbenchError(
        f"training diverged {when}: {what} is not finite; lower `training.learning_rate_generator` or the weight of "
        "the frequency loss"
    )


class _StopRequest:
    """Notes SIGTERM (a cluster takes the machine back) and SIGINT instead of dying in the middle of a step."""

    def __init__(self) -> None:
        self.requested = False
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> "_StopRequest":
        for number in (signal.SIGTERM, signal.SIGINT):
            self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self.requested = True
