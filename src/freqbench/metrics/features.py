"""Image features for the Fréchet distance."""

from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from freqbench.errors import FreqbenchError
from freqbench.metrics.contracts import label_for
from freqbench.metrics.inception import InceptionFeatures
from freqbench.metrics.precision import full_precision


class FeatureExtractor(nn.Module):
    """A frozen network that turns images into one feature vector each.

    Args:
        network: maps grey images ``(N, 1, H, W)`` in [0, 1] to features ``(N, D)``.
        name: the set-level metric that its Fréchet distance is, a key of `freqbench.metrics.CONTRACTS`.
        untrained: whether the network has random weights.

    Attributes:
        name: the metric's key.
        label: its name for tables and figures.
    """

    def __init__(self, network: nn.Module, name: str, *, untrained: bool) -> None:
        super().__init__()
        self.name = name
        self.label = label_for(name, untrained=untrained)
        self._network = network.eval().requires_grad_(False)

    @torch.no_grad()
    def forward(self, images: torch.Tensor, batch_size: int = 16) -> NDArray[np.float32]:
        """Return the features of a set of images.

        Args:
            images: floating-point images ``(N, 1, H, W)``; values outside [0, 1] are clamped.
            batch_size: images that are computed at once.

        Returns:
            ``(N, D)`` float32.

        Raises:
            ValueError: on another shape, integer images, NaN or infinity.
        """
        if images.ndim != 4 or images.shape[0] == 0 or images.shape[1] != 1:
            raise ValueError(f"expected images (N, 1, H, W), got shape {tuple(images.shape)}")
        if not images.is_floating_point():
            raise ValueError(f"expected floating-point images in [0, 1], got {images.dtype}")
        if not images.isfinite().all():
            raise ValueError("the images hold NaN or infinity")
        device = next(self._network.parameters()).device
        with full_precision(device):
            parts = []
            for batch in torch.split(images, batch_size):
                # captures of one field of view share their clean image: the network sees it once
                distinct, places = torch.unique(batch, dim=0, return_inverse=True)
                features = self._network(distinct.to(device=device, dtype=torch.float32).clamp(0, 1))
                parts.append(features[places.to(device)].cpu().numpy())
        return np.concatenate(parts)


class PooledVGG(nn.Module):
    """The spatial means of the 512 channels of VGG-16's last convolution, after its ReLU (relu5_3)."""

    def __init__(self, vgg: nn.Module) -> None:
        super().__init__()
        self._vgg = vgg

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return the features ``(N, 512)`` of images ``(N, 1, H, W)`` in [0, 1]."""
        features: dict[str, torch.Tensor] = self._vgg(images)
        return features["relu5_3"].mean(dim=(2, 3))


def build_feature_extractor(
    kind: Literal["inception", "vgg16"],
    *,
    weights: Literal["imagenet", "untrained"] = "imagenet",
    mirror: Path | None = None,
    seed: int = 0,
) -> FeatureExtractor:
    """Return the features of a Fréchet distance.

    Args:
        kind: ``inception``, whose Fréchet distance is the FID, or ``vgg16``, whose distance is another
            number and is called FD-VGG16.
        weights: ``imagenet``, or ``untrained`` for random weights, with vgg16 only.
        mirror: folder in which pretrained weights are looked for before a download.
        seed: seed of untrained weights.

    Raises:
        ValueError: if ``kind`` or ``weights`` is none of the above.
        FreqbenchError: if weights cannot be had, or for an untrained Inception network.
    """
    if weights not in ("imagenet", "untrained"):
        raise ValueError(f"weights must be imagenet or untrained, got {weights!r}")
    untrained = weights == "untrained"
    if kind == "inception":
        if untrained:
            raise FreqbenchError(
                "the FID needs the trained Inception network; with `feature_networks: untrained` choose "
                "`frechet_features: vgg16`"
            )
        return FeatureExtractor(InceptionFeatures(mirror), "fid", untrained=False)
    if kind == "vgg16":
        from freqbench.models.vgg import VGGFeatures

        vgg = VGGFeatures("vgg16", ("relu5_3",), weights=weights, mirror=mirror, seed=seed)
        return FeatureExtractor(PooledVGG(vgg), "fd_vgg16", untrained=untrained)
    raise ValueError(f"kind must be inception or vgg16, got {kind!r}")
