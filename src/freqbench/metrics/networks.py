"""The networks that an evaluation needs: that of LPIPS and that of the distances between sets, or one for both."""

from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from freqbench.config.evaluation import Evaluation
from freqbench.metrics.features import FeatureExtractor, build_feature_extractor
from freqbench.metrics.lpips import LPIPS

Features = NDArray[np.float32]


class SharedTrunk:
    """LPIPS that keeps the deepest features of the images that it has compared.

    The trunk of LPIPS-VGG is the network of FD-VGG16, with the same scaling of the images, and takes most of the time
    of both.

    Args:
        lpips: with the network ``vgg`` and ImageNet weights; untrained trunks of the two metrics differ.

    Raises:
        ValueError: if it is another one.
    """

    def __init__(self, lpips: LPIPS) -> None:
        if lpips.network != "vgg" or lpips.untrained:
            raise ValueError("only the trained VGG-16 is the network of both metrics")
        self._lpips = lpips
        self._kept: list[tuple[Features, Features]] = []

    def __call__(self, prediction: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """Return the distances as `freqbench.metrics.LPIPS` does, and keep the features."""
        distances, restored, clean = self._lpips.with_features(prediction, target)
        self._kept.append((restored.cpu().numpy(), clean.cpu().numpy()))
        return distances

    def take_features(self) -> tuple[Features, Features]:
        """Return the features of the predictions and targets that were compared, ``(N, 512)`` each, and forget them."""
        restored, clean = (np.concatenate(each) for each in zip(*self._kept, strict=True))
        self._kept.clear()
        return restored, clean


class EvaluationNetworks:
    """The networks of an evaluation, each built only if a metric needs it.

    Args:
        settings: which metrics are measured, and on which features.
        weights: ``imagenet`` or ``untrained``.
        mirror: folder in which pretrained weights are looked for before a download.
        device: where the networks compute.

    Attributes:
        lpips: the metric ``lpips``, None where it is not measured.

    Raises:
        FreqbenchError: if weights cannot be had.
    """

    def __init__(
        self,
        settings: Evaluation,
        *,
        weights: Literal["imagenet", "untrained"],
        mirror: Path | None,
        device: torch.device,
    ) -> None:
        kind = settings.frechet_features
        self._batch_size = settings.batch_size
        self._extractor: FeatureExtractor | None = None
        self.lpips: LPIPS | SharedTrunk | None = None
        if "lpips" in settings.metrics:
            lpips = LPIPS(settings.lpips_network, weights=weights, mirror=mirror).to(device)
            shared = kind == "vgg16" and lpips.network == "vgg" and not lpips.untrained
            self.lpips = SharedTrunk(lpips) if shared else lpips
        if kind != "none" and not isinstance(self.lpips, SharedTrunk):
            self._extractor = build_feature_extractor(kind, weights=weights, mirror=mirror).to(device)

    def set_features(self, prediction: torch.Tensor, target: torch.Tensor) -> tuple[Features, Features] | None:
        """Return the features of restored and clean images, ``(N, D)`` each; None where no set is measured.

        Args:
            prediction: restored images ``(N, 1, H, W)`` in [0, 1]; a shared network has compared them already.
            target: clean images of the same shape and range.
        """
        if isinstance(self.lpips, SharedTrunk):
            return self.lpips.take_features()
        if self._extractor is None:
            return None
        return self._extractor(prediction, self._batch_size), self._extractor(target, self._batch_size)
