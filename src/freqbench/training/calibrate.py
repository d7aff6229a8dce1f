"""The weight of a frequency loss, from the size of its gradient before training.

The LFFL paper gives lambda_4 for its own loss and calibrates the others "to match LFFL's initial gradient
magnitudes". It does not say at which state, or which norm. Here: the Euclidean norm of the gradient with
respect to the generator's output, for each train patch alone, and the median over patches. It is measured
at the output of the untrained generator and at the noisy input, since the two can differ fourfold; the
configuration says which one counts, and the file keeps both. Methods that differ in the multiple of the weight
alone share one measurement.
"""

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from freqbench.config import Config, Method
from freqbench.data.patches import PatchSet, read_patches
from freqbench.device import claim_device
from freqbench.errors import FreqbenchError
from freqbench.files import read_json
from freqbench.losses.perceptual import FeatureSpaceLoss
from freqbench.metrics.precision import full_precision
from freqbench.run import Run
from freqbench.training.build import (
    build_batches,
    build_features,
    build_frequency_loss,
    build_generator,
    predicts_scale,
)
from freqbench.training.objective import FREQUENCY_LAYER
from freqbench.training.term_weights import Task, frequency_domain, uncalibrated_weight

STATES = ("untrained", "input")


def calibrate(run: Run) -> dict[str, Any]:
    """Measure the initial gradient of a method's frequency loss and find its weight.

    Args:
        run: a calibrated method on a split of a data set; its seed does not matter.

    Returns:
        The ``weight``, which is ``multiple`` times that of the configured state in ``weight_by_state``; and for each
        state the quartiles of the gradient norm of this method's loss and of the reference's. ``measured_for`` names
        the method in whose calibration they were measured.

    Raises:
        FreqbenchError: for a method that has a weight of its own, if a gradient is zero or not finite, so
            that no weight follows, or if the calibration that this one shares is missing.
    """
    config, settings, task = run.config, run.settings, run.data.task
    if not settings.is_calibrated:
        reason = "it has no frequency loss" if settings.loss is None else f"its weight is {settings.weight_text}"
        raise FreqbenchError(f"methods.{run.method}: {reason}; there is nothing to calibrate")
    source = config.measured_for(run.dataset, run.method)
    if source != run.method:
        shared: dict[str, Any] = read_json(run.layout.calibration(run.dataset, source, run.split))
        return shared | {"method": run.method, **_weight(config, settings, shared["weight_by_state"])}
    pairs = calibration_pairs(config, read_patches(run.layout, run.dataset, run.split).side("train"))
    gradients = gradient_norms(config, method_loss(config, settings, task), pairs)
    measured = {
        "dataset": run.dataset,
        "method": run.method,
        "measured_for": run.method,
        "split": run.split,
        "loss": settings.loss,
        "domain": frequency_domain(settings, task),
        "state": config.calibration.state,
        "patches": len(pairs[0]),
        "gradient_norm": {state: quartiles(norms) for state, norms in gradients.items()},
    }
    reference = config.method(config.calibration.reference)
    theirs = gradient_norms(config, method_loss(config, reference, task), pairs)
    own_weight = uncalibrated_weight(reference, task)
    weights = {}
    for state in STATES:
        ours = _median(run.method, settings, state, gradients[state])
        weights[state] = own_weight * _median(reference.name, reference, state, theirs[state]) / ours
    return measured | {
        "reference": reference.name,
        "reference_weight": own_weight,
        "reference_gradient_norm": {state: quartiles(norms) for state, norms in theirs.items()},
        "weight_by_state": weights,
        **_weight(config, settings, weights),
    }


def _weight(config: Config, method: Method, by_state: dict[str, float]) -> dict[str, float]:
    """Return the weight of a method with its multiple, from the weight that matches the reference."""
    multiple = method.weight_multiple
    return {"multiple": multiple, "weight": multiple * by_state[config.calibration.state]}


def calibration_pairs(config: Config, patches: PatchSet) -> tuple[Tensor, Tensor]:
    """Return noisy patches and their targets, spread evenly over the train patches and cropped as in training.

    With `training.target: second_capture` the targets are other captures: no clean image has a part in the weight.
    """
    count = min(config.calibration.patches, len(patches.table))
    chosen = np.linspace(0, len(patches.table) - 1, count).round().astype(int)
    seed = config.seeds[0]
    stream = build_batches(config, patches, seed, claim_device(config.training.device))
    # the order decides which patch gets which crop
    batch = stream.batch_of(chosen[np.random.default_rng((seed, 0, 0)).permutation(count)], 0)
    return batch.noisy, batch.target


def gradient_norms(config: Config, loss: nn.Module, pairs: tuple[Tensor, Tensor]) -> dict[str, list[float]]:
    """Return the gradient norm of each patch at each state.

    Args:
        config: the study.
        loss: ``loss(prediction, target) -> scalar`` on images.
        pairs: noisy patches and their targets, both (N, 1, H, W).
    """
    noisy, targets = pairs
    loss = loss.to(noisy.device)
    torch.manual_seed(config.seeds[0])
    generator = build_generator(config).to(noisy.device)
    norms: dict[str, list[float]] = {state: [] for state in STATES}
    for image, target in zip(noisy.split(1), targets.split(1), strict=True):
        with torch.no_grad():
            untrained = generator(image)
        for state, prediction in (("untrained", untrained), ("input", image)):
            with full_precision(noisy.device):
                norms[state].append(gradient_norm(loss, prediction, target))
    return norms


def method_loss(config: Config, method: Method, task: Task) -> nn.Module:
    """Return the frequency loss of a method as a function of images.

    Raises:
        FreqbenchError: if it needs a scale besides the image.
    """
    if predicts_scale(method):
        raise FreqbenchError(
            f"methods.{method.name}: {method.loss} needs a scale besides the image and cannot be calibrated, nor be "
            "the reference; give its `weight` as a number"
        )
    loss = build_frequency_loss(method)
    assert loss is not None
    if frequency_domain(method, task) == "features":
        return FeatureSpaceLoss(build_features(config), loss, FREQUENCY_LAYER)
    return loss


def gradient_norm(loss: nn.Module, prediction: Tensor, target: Tensor) -> float:
    """Return the Euclidean norm of the gradient of a loss with respect to the prediction.

    Args:
        loss: ``loss(prediction, target) -> scalar``.
        prediction: (1, 1, H, W).
        target: (1, 1, H, W).
    """
    prediction = prediction.detach().clone().requires_grad_(True)
    (gradient,) = torch.autograd.grad(loss(prediction, target), prediction)
    return float(gradient.norm())


def _median(name: str, method: Method, state: str, norms: list[float]) -> float:
    """Return the median gradient norm, from which a weight can follow."""
    median = float(np.median(norms))
    if not np.isfinite(median) or median <= 0:
        raise FreqbenchError(
            f"methods.{name}: the gradient of {method.loss} is {median} at the state `{state}`; no weight can be "
            "calibrated with it, give `weight` as a number"
        )
    return median


def quartiles(values: list[float]) -> dict[str, float]:
    """Return ``q25``, ``median`` and ``q75``."""
    low, middle, high = np.quantile(values, (0.25, 0.5, 0.75))
    return {"q25": float(low), "median": float(middle), "q75": float(high)}
