"""What held-out fields of view decide in a training: the learning rates, and which weights are kept.

As csbdeep trains CARE (Weigert et al. 2018): the rate is halved when the validation loss has not fallen for ten epochs,
and the weights with the lowest one are kept. The loss is the method's own, so the moments differ between methods.
"""

import math
from dataclasses import dataclass, field
from typing import Any, Literal

import torch
from torch import Tensor, nn

from freqbench.config.training import Training
from freqbench.data.patches import PatchSet
from freqbench.metrics.precision import full_precision
from freqbench.training.central_crops import central_crops
from freqbench.training.execution import Execution
from freqbench.training.objective import GeneratorObjective
from freqbench.training.targets import Target, fixed_targets


@dataclass
class Plateau:
    """The factor on the learning rates, lowered whenever a loss stands still.

    Keras's ``ReduceLROnPlateau`` with ``min_delta`` and ``cooldown`` of 0: the factor is multiplied as soon as
    ``patience`` values in a row are not below the lowest so far, and counting begins anew.

    Attributes:
        reduction: what the factor is multiplied by.
        patience: values in a row.
        factor: on the learning rates, 1 at first.
        lowest: lowest value so far.
        waited: values since the lowest, or since the last reduction.
    """

    reduction: float
    patience: int
    factor: float = 1.0
    lowest: float = math.inf
    waited: int = 0

    def note(self, value: float) -> bool:
        """Take a value; return whether it is the lowest so far."""
        if value < self.lowest:
            self.lowest, self.waited = value, 0
            return True
        self.waited += 1
        if self.waited >= self.patience:
            self.factor *= self.reduction
            self.waited = 0
        return False


@dataclass
class Validation:
    """The loss on held-out patches, and what follows from it.

    Attributes:
        patches: those of the held-out fields of view.
        every: iterations between two validations.
        crop: width and height of the middle part that is seen; None: the whole patch.
        batch_size: patches in a pass.
        plateau: lowers the learning rates.
        target: `training.target`; of the other captures of a window always the next one.
        keep: the weights that a training ends with: the last, or those with the lowest loss.
        execution: how the generator computes.
        device: where it does.
    """

    patches: PatchSet
    every: int
    crop: int | None
    batch_size: int
    plateau: Plateau
    target: Target
    keep: Literal["last", "best"]
    execution: Execution
    device: torch.device
    _best: dict[str, Tensor] = field(default_factory=dict)
    _best_iteration: int = 0

    @property
    def factor(self) -> float:
        """Return the factor on the learning rates."""
        return self.plateau.factor

    def is_due(self, iteration: int) -> bool:
        """Return whether there is a validation after this iteration."""
        return iteration % self.every == 0

    def take(self, generator: nn.Module, objective: GeneratorObjective, iteration: int) -> dict[str, float]:
        """Measure the loss, act on it, and return what belongs into the log.

        The generator and all random states are left as they were.

        Returns:
            ``held_out_loss``, the objective without its adversarial term, and ``learning_rate_factor``, that of the
            iterations to come.
        """
        loss = self._loss(generator, objective)
        if self.plateau.note(loss) and self.keep == "best":
            self._best_iteration = iteration
            self._best = {name: value.detach().clone() for name, value in generator.state_dict().items()}
        return {"held_out_loss": loss, "learning_rate_factor": self.plateau.factor}

    def choose(self, generator: nn.Module) -> int | None:
        """Give the generator the weights to be kept; return the iteration that they are of, None for the last."""
        if not self._best:
            return None
        generator.load_state_dict(self._best)
        return self._best_iteration

    def state(self) -> dict[str, Any]:
        """Return all that a resumed training needs."""
        plateau = {"factor": self.plateau.factor, "lowest": self.plateau.lowest, "waited": self.plateau.waited}
        return {"plateau": plateau, "best": self._best, "best_iteration": self._best_iteration}

    def restore(self, state: dict[str, Any]) -> None:
        """Go back to a state."""
        for name, value in state["plateau"].items():
            setattr(self.plateau, name, value)
        self._best, self._best_iteration = state["best"], state["best_iteration"]

    def _loss(self, generator: nn.Module, objective: GeneratorObjective) -> float:
        mode = generator.training
        generator.eval()
        total = 0.0
        targets, target_rows = fixed_targets(self.patches, self.target)
        try:
            with torch.no_grad(), full_precision(self.device):
                for first in range(0, len(self.patches.table), self.batch_size):
                    rows = slice(first, first + self.batch_size)
                    noisy, target = (
                        central_crops(images, self.crop)[:, None].to(self.device)
                        for images in (self.patches.noisy[rows], targets[target_rows[rows]])
                    )
                    terms = objective(self.execution.apply(generator, noisy), target, None)
                    total += float(objective.total(terms)) * len(noisy)
        finally:
            generator.train(mode)
        return total / len(self.patches.table)


def build_validation(
    config: Training, patches: PatchSet, device: torch.device, execution: Execution
) -> Validation | None:
    """Return the validation of a training on its held-out patches; None where the configuration has none."""
    settings = config.validation
    if settings is None:
        return None
    return Validation(
        patches,
        every=settings.every,
        crop=config.crop,
        batch_size=config.batch_size,
        plateau=Plateau(settings.factor, settings.patience),
        target=config.target,
        keep=settings.keep,
        execution=execution,
        device=device,
    )
