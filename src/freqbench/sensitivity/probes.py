"""The losses whose sensitivity is measured: all of the package, and those of the study's methods."""

import inspect
from dataclasses import dataclass
from typing import Any

from torch import nn

from freqbench.config import Config
from freqbench.config.names import base_name
from freqbench.losses.perceptual import FeatureSpaceLoss, PerceptualLoss
from freqbench.losses.registry import build_loss, loss_class
from freqbench.reporting.labels import method_label
from freqbench.training.build import build_features, predicts_scale
from freqbench.training.objective import FREQUENCY_LAYER, PERCEPTUAL_LAYER
from freqbench.training.term_weights import frequency_domain

STANDARD: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("L1", "l1", {}),
    ("L2", "l2", {}),
    ("MS-SSIM + L1", "ms_ssim_l1", {}),
    ("FFT", "fft", {}),
    ("band-pass", "bandpass", {}),
    ("FFL", "focal_frequency", {}),
    ("FSL", "fourier_space", {}),
    ("FRC", "fourier_ring_correlation", {}),
    ("LFFL α=0.5", "log_focal_frequency", {"alpha": 0.5}),
    ("LFFL α=1", "log_focal_frequency", {"alpha": 1.0}),
    ("LFFL α=2", "log_focal_frequency", {"alpha": 2.0}),
)
"""Label, registered name and options. The Laplace loss is missing: at a fixed scale it is L1."""

PERCEPTUAL_LABEL = f"perceptual ({PERCEPTUAL_LAYER})"


@dataclass(frozen=True)
class Probe:
    """A loss with the name that the figure gives it.

    Attributes:
        label: as printed.
        loss: ``loss(prediction, target) -> scalar`` on images (N, 1, H, W).
    """

    label: str
    loss: nn.Module


def probes(config: Config, dataset: str) -> list[Probe]:
    """Return the losses of a data set's figure.

    The standard ones have their default options and see intensities. The perceptual loss is among them where the study
    has VGG features. A method of the study is added if its
    loss or its options are not among them, or if it sees VGG features of this data set; once for all that differ in
    their weight or their generator alone.

    Raises:
        FreqbenchError: if a loss does not exist, or the feature network's weights cannot be had.
    """
    found = [Probe(label, build_loss(name, options)) for label, name, options in STANDARD]
    methods, task = config.methods_of(dataset), config.datasets[dataset].task
    on_features = any(method.loss and frequency_domain(method, task) == "features" for method in methods)
    if on_features or config.training.objective.perceptual > 0:
        features = build_features(config)
        found.append(Probe(PERCEPTUAL_LABEL, PerceptualLoss(features, PERCEPTUAL_LAYER)))
    taken: list[tuple[str, dict[str, Any], str]] = []
    for method in methods:
        same = (str(method.loss), method.options, method.domain)
        # a loss that needs a scale says nothing of an image alone
        if method.loss is None or predicts_scale(method) or same in taken:
            continue
        taken.append(same)
        label = method_label(base_name(method.name))
        loss = build_loss(method.loss, method.options)
        if frequency_domain(method, task) == "features":
            found.append(Probe(f"{label} ({FREQUENCY_LAYER})", FeatureSpaceLoss(features, loss)))
        elif not _is_standard(method.loss, method.options):
            found.append(Probe(label, loss))
    return found


def _is_standard(loss: str, options: dict[str, Any]) -> bool:
    """Return whether a loss with these options is among the standard ones, its defaults written out or not."""

    def settled(given: dict[str, Any]) -> dict[str, Any]:
        return {key: one.default for key, one in inspect.signature(loss_class(loss)).parameters.items()} | given

    return any(name == loss and settled(standard) == settled(options) for _, name, standard in STANDARD)
