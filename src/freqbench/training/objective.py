"""The generator's objective: the paper's spatial terms and one frequency loss.

Total = lambda_1 L1 + lambda_2 perceptual + lambda_3 adversarial + lambda_4 frequency (LFFL paper).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from freqbench.losses.adversarial import RelativisticAverageGANLoss
from freqbench.losses.perceptual import PerceptualLoss
from freqbench.models.vgg import VGGFeatures

PERCEPTUAL_LAYER = "conv2_2"
FREQUENCY_LAYER = "conv1_2"
"""VGG-19 layers of the paper, both taken before their ReLU."""


def location_of(prediction: Tensor, target: Tensor) -> Tensor:
    """Return the restored image of a prediction: as many of its channels, the first, as the target has."""
    return prediction[:, : target.shape[1]]


@dataclass(frozen=True)
class Weights:
    """lambda_1 to lambda_4. A term of weight 0 is not computed."""

    l1: float
    perceptual: float
    adversarial: float
    frequency: float


class GeneratorObjective(nn.Module):
    """All terms of the generator's loss, with the VGG features computed once for the terms that share them.

    Args:
        weights: weight of each term.
        features: VGG-19 with the layers conv1_2 and conv2_2; not needed without perceptual term and
            frequency loss on features.
        frequency: the frequency loss, ``loss(prediction, target) -> scalar``; None for the spatial baseline.
        domain: whether the frequency loss sees intensities or the features of conv1_2.
        perceptual_criterion: distance between features.
    """

    def __init__(
        self,
        weights: Weights,
        features: VGGFeatures | None,
        frequency: nn.Module | None,
        *,
        domain: Literal["image", "features"] = "image",
        perceptual_criterion: Literal["l1", "mse"] = "l1",
    ) -> None:
        super().__init__()
        self.weights, self.domain = weights, domain
        self.features, self.frequency = features, frequency
        self.pixel = nn.L1Loss()
        self.adversarial = RelativisticAverageGANLoss()
        self.has_frequency = frequency is not None and weights.frequency > 0
        self.needs_features = weights.perceptual > 0 or (self.has_frequency and domain == "features")
        if self.needs_features and features is None:
            raise ValueError("the perceptual term and a frequency loss on features need VGG features")
        self.perceptual = None
        if features is not None:
            self.perceptual = PerceptualLoss(features, PERCEPTUAL_LAYER, perceptual_criterion)

    def forward(self, prediction: Tensor, target: Tensor, logits: tuple[Tensor, Tensor] | None) -> dict[str, Tensor]:
        """Return each term by name, unweighted, scalar.

        Args:
            prediction: output of the generator, (N, 1, H, W), or (N, 2, H, W) where it predicts a scale, too; only
                a frequency loss that needs the scale sees it.
            target: clean images, (N, 1, H, W) in [0, 1].
            logits: discriminator's logits of the real images (without gradient) and of the predictions;
                None for an iteration without adversarial term.
        """
        # losses are computed in full precision even where the networks run in a reduced one
        prediction, target = prediction.float(), target.float()
        location = location_of(prediction, target)
        terms = {}
        if self.weights.l1 > 0:
            terms["l1"] = self.pixel(location, target)
        seen, wanted = self._features(location, target)
        if self.perceptual is not None and self.weights.perceptual > 0:
            terms["perceptual"] = self.perceptual.criterion(seen[PERCEPTUAL_LAYER], wanted[PERCEPTUAL_LAYER])
        if self.frequency is not None and self.has_frequency:
            pair = (prediction, target)
            if self.domain == "features":
                pair = (seen[FREQUENCY_LAYER], wanted[FREQUENCY_LAYER])
            terms["frequency"] = self.frequency(*pair)
        if logits is not None and self.weights.adversarial > 0:
            terms["adversarial"] = self.adversarial.generator(*logits)
        return terms

    def total(self, terms: Mapping[str, Tensor]) -> Tensor:
        """Return the weighted sum of the terms."""
        return torch.stack([getattr(self.weights, name) * value for name, value in terms.items()]).sum()

    def _features(self, prediction: Tensor, target: Tensor) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        if not self.needs_features or self.features is None:
            return {}, {}
        with torch.no_grad():
            wanted = self.features(target)
        return self.features(prediction), wanted
