"""Fit one image with one objective, and keep what the network shows of it on the way."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from freqbench.config.image_fit import FitObjective, ImageFit
from freqbench.errors import FreqbenchError
from freqbench.losses.registry import build_loss, channels_per_target
from freqbench.models.latent_decoder import seeded_decoder
from freqbench.training.calibrate import gradient_norm

STEPS_PER_OCTAVE = 4
"""Measurements each time that the number of iterations doubles."""


@dataclass(frozen=True)
class Fit:
    """One fit.

    Attributes:
        weight: of the loss beside the mean squared error; 0 without one.
        images: (K, 1, H, W), clamped to [0, 1], after the iterations of `measured_iterations`.
    """

    weight: float
    images: Tensor


def measured_iterations(iterations: int) -> list[int]:
    """Return the numbers of steps after which a fit is measured: 0, powers of 2 with steps between them, the last."""
    count = STEPS_PER_OCTAVE * iterations.bit_length()
    steps = {round(2 ** (step / STEPS_PER_OCTAVE)) for step in range(count + 1)}
    return sorted({0, *(step for step in steps if step < iterations), iterations})


def pictured_iterations(iterations: int) -> list[int]:
    """Return those of `measured_iterations` whose image is kept: powers of 2, and the last."""
    return [step for step in measured_iterations(iterations) if (step and not step & (step - 1)) or step == iterations]


def fit_image(
    target: Tensor, objective: FitObjective, fit: ImageFit, seed: int, advance: Callable[[], None] | None = None
) -> Fit:
    """Fit an image: Adam on the mean squared error plus the weighted loss.

    A function of its arguments and of torch's number of threads; it computes on the CPU, where nothing in it is
    random. Adam does not see the scale of the whole objective, so that a second term does not act as larger steps.

    Args:
        target: (1, 1, H, W), float32 in [0, 1].
        objective: what is minimised.
        fit: network and optimiser.
        seed: of noise and initial weights.
        advance: called after each step.

    Raises:
        FreqbenchError: if the loss does not exist, needs a scale besides the image, has no gradient to calibrate
            with, or the fit diverges.
    """
    height, width = target.shape[-2:]
    decoder, noise = seeded_decoder(fit.features, height, width, seed)
    optimiser = torch.optim.Adam(decoder.parameters(), lr=fit.learning_rate)
    value, weight = _objective(objective, decoder(noise).detach(), target)
    wanted, kept = set(measured_iterations(fit.iterations)), []
    for iteration in range(fit.iterations + 1):
        prediction = decoder(noise)
        if iteration in wanted:
            if not prediction.isfinite().all():
                raise FreqbenchError(
                    f"image_fit.objectives.{objective.name}: seed {seed} is not finite after {iteration} iterations; "
                    "lower `image_fit.learning_rate` or its `weight`"
                )
            kept.append(prediction.detach().clamp(0, 1)[0])
        if iteration == fit.iterations:
            break
        optimiser.zero_grad()
        value(prediction, target).backward()
        optimiser.step()
        if advance is not None:
            advance()
    return Fit(weight, torch.stack(kept))


def _objective(
    objective: FitObjective, untrained: Tensor, target: Tensor
) -> tuple[Callable[[Tensor, Tensor], Tensor], float]:
    """Return what is minimised, and the weight of the loss in it."""
    if objective.loss is None:
        return F.mse_loss, 0.0
    if channels_per_target(objective.loss) > 1:
        raise FreqbenchError(
            f"image_fit.objectives.{objective.name}: {objective.loss} needs a scale besides the image; name another"
        )
    loss = build_loss(objective.loss, objective.options)
    weight = objective.weight
    if weight == "calibrated":
        own = gradient_norm(loss, untrained, target)
        if not (0 < own < float("inf")):
            raise FreqbenchError(
                f"image_fit.objectives.{objective.name}: the gradient of {objective.loss} has the norm {own} at the "
                "untrained network; give `weight` as a number"
            )
        weight = gradient_norm(torch.nn.MSELoss(), untrained, target) / own
    return (lambda prediction, wanted: F.mse_loss(prediction, wanted) + weight * loss(prediction, wanted)), weight
