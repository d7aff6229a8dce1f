"""Losses that compare the features of a frozen VGG network instead of the images."""

from typing import Literal

import torch
from torch import Tensor, nn

from freqbench.losses.paired import PairedLoss, check_choice
from freqbench.models.vgg import VGGFeatures


class FeatureSpaceLoss(PairedLoss):
    """Any loss between two images, applied to one layer's features of prediction and target.

    The LFFL paper applies its frequency losses in this way to VGG-19 ``conv1_2`` for deblurring. The
    target's features carry no gradient.

    Args:
        features: the frozen network, which must return ``layer``.
        criterion: loss between two (N, C, H, W), such as `LogFocalFrequencyLoss`.
        layer: name of the layer.

    Raises:
        ValueError: if the network does not return the layer.
    """

    def __init__(self, features: VGGFeatures, criterion: nn.Module, layer: str = "conv1_2") -> None:
        super().__init__()
        check_choice("layer", layer, features.layers)
        self.features = features
        self.criterion = criterion
        self.layer = layer

    def compute(self, prediction: Tensor, target: Tensor) -> Tensor:
        """Return the loss of the features; images (N, 1 or 3, H, W)."""
        with torch.no_grad():
            wanted = self.features(target)[self.layer]
        loss: Tensor = self.criterion(self.features(prediction)[self.layer], wanted)
        return loss


class PerceptualLoss(FeatureSpaceLoss):
    """Mean distance of VGG features: the perceptual loss of ESRGAN (``l1``) or of Johnson et al. (``mse``).

    Wang et al., "ESRGAN", ECCV Workshops 2018, Sec. 3.3, features before their activation; Johnson, Alahi
    and Fei-Fei, "Perceptual Losses for Real-Time Style Transfer and Super-Resolution", ECCV 2016, Eq. 2.
    The LFFL paper names the layer (VGG-19 ``conv2_2``) but not the distance.

    Args:
        features: the frozen network, which must return ``layer``.
        layer: name of the layer.
        criterion: ``l1`` or ``mse``, the mean over batch, channels and positions.

    Raises:
        ValueError: if the network does not return the layer, or the criterion is unknown.
    """

    def __init__(self, features: VGGFeatures, layer: str = "conv2_2", criterion: Literal["l1", "mse"] = "l1") -> None:
        check_choice("criterion", criterion, ("l1", "mse"))
        super().__init__(features, nn.L1Loss() if criterion == "l1" else nn.MSELoss(), layer)
