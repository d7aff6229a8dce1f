"""The training loop."""

import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

import torch
from torch import Tensor, nn

from freqbench.metrics.precision import full_precision
from freqbench.training.batches import BatchStream
from freqbench.training.conditional_step import step_if
from freqbench.training.divergence import DivergenceWatch
from freqbench.training.execution import Execution
from freqbench.training.objective import GeneratorObjective, location_of
from freqbench.training.randomness import seed_global_generators
from freqbench.training.samples import Samples
from freqbench.training.schedule import DiscriminatorSchedule, Schedule, learning_rate_factor
from freqbench.training.validation import Validation


class TrainingInterruptedError(Exception):
    """A signal asked the training to stop; its state is saved."""


@dataclass
class Trainer:
    """Everything that a training changes, and the loop that changes it.

    Attributes:
        generator: maps (N, 1, H, W) in [0, 1] to the same shape, or to (N, 2, H, W) with a scale.
        discriminator: maps images to a map of logits.
        optimiser_generator: optimiser of the generator.
        optimiser_discriminator: optimiser of the discriminator, fused.
        execution: how the networks compute.
        objective: terms of the generator's loss.
        schedule: when the discriminator learns.
        batches: training batches by iteration.
        iterations: generator updates of the whole training.
        log_every: iterations between two records.
        samples: what the training shows now and then; None: nothing.
        validation: what held-out patches decide; None: nothing.
        learning_rate_schedule: how both learning rates change over the training.
        learning_rate_left: share of them that is left at the end of an exponential schedule.
        iteration: generator updates done.
        records: the log: iteration, mean of each term since the last record, over the iterations that have
            it, discriminator's loss and the share of iterations in which it was updated; now and then PSNRs.
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
    samples: Samples | None = None
    validation: Validation | None = None
    learning_rate_schedule: Schedule = "constant"
    learning_rate_left: float = 1.0
    iteration: int = 0
    records: list[dict[str, float]] = field(default_factory=list)
    _sums: dict[str, Tensor] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=dict)
    _since: int = 0
    _updates_before: int = 0
    _watch: DivergenceWatch = field(default_factory=DivergenceWatch)

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
            DivergedError: if a loss term or a weight is not finite; no such state is given to ``save``.
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
                last = self.iteration == self.iterations
                due = self.iteration % checkpoint_every == 0 and not last
                if stop.requested or due or last:
                    # the terms of an iteration are taken before its step: only the weights tell what that did
                    self._watch.check(self.iteration, (self.generator, self.discriminator))
                if stop.requested or due:
                    save(self.state())
                if stop.requested:
                    raise TrainingInterruptedError

    def _step(self) -> None:
        self.execution.begin_iteration()
        self._set_learning_rates()
        seed_global_generators(self.batches.seed, self.iteration)
        batch = self.batches.batch(self.iteration)
        prediction = self.execution.apply(self.generator, batch.noisy)
        adversarial = self.objective.weights.adversarial > 0 and self.schedule.is_adversarial(self.iteration)

        logits = None
        if adversarial:
            self.discriminator.requires_grad_(False)
            with torch.no_grad():
                real = self.execution.apply(self.discriminator, batch.target)
            logits = (real, self.execution.apply(self.discriminator, location_of(prediction, batch.target)))
        with full_precision(prediction.device):
            terms = self.objective(prediction, batch.target, logits)
            total = self.objective.total(terms)
        self.optimiser_generator.zero_grad(set_to_none=True)
        self.execution.backward(total, prediction)
        self.optimiser_generator.step()
        self._add(terms | {"total": total})

        if adversarial:
            self._discriminator_step(batch.target, location_of(prediction, batch.target).detach())
        self._since += 1

    def _set_learning_rates(self) -> None:
        """Set the rates from the iteration, and from what the validation has made of them."""
        place = (self.iteration, self.iterations)
        factor = learning_rate_factor(self.learning_rate_schedule, *place, left=self.learning_rate_left)
        if self.validation is not None:
            factor *= self.validation.factor
        for optimiser in (self.optimiser_generator, self.optimiser_discriminator):
            for group in optimiser.param_groups:
                group.setdefault("initial_lr", group["lr"])
                group["lr"] = factor * group["initial_lr"]

    def _discriminator_step(self, target: Tensor, prediction: Tensor) -> None:
        self.discriminator.requires_grad_(True)
        # two passes: in one, batch normalisation would mix the statistics of real and restored images
        logits = (self.execution.apply(self.discriminator, images) for images in (target, prediction))
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
        self._watch.note(self.iteration + 1, terms)

    def _record(self) -> None:
        self._watch.check(self.iteration)
        means = {name: float(value) / self._counts[name] for name, value in self._sums.items()}
        updates = self.schedule.updates - self._updates_before
        record = {"iteration": self.iteration, **means, "discriminator_updates": updates / self._since}
        before = int(self.records[-1]["iteration"]) if self.records else 0
        if self.samples is not None and self.samples.is_due(before, self.iteration, self.iterations):
            record |= self.samples.take(self.generator, self.iteration)
        if self.validation is not None and self.validation.is_due(self.iteration):
            record |= self.validation.take(self.generator, self.objective, self.iteration)
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
            "validation": None if self.validation is None else self.validation.state(),
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
        if self.validation is not None:
            self.validation.restore(state["validation"])


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
