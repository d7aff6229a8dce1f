"""Features of VGG-16 and VGG-19 before and after their activations, frozen."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal, Self

import torch
from torch import Tensor, nn

from freqbench.weights import load_weights

CONVOLUTIONS_PER_STAGE = {"vgg16": (2, 2, 3, 3, 3), "vgg19": (2, 2, 4, 4, 4)}
CHANNELS_PER_STAGE = (64, 128, 256, 512, 512)
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STANDARD_DEVIATION = (0.229, 0.224, 0.225)


class VGGFeatures(nn.Module):
    """Intermediate activations of a VGG network (Simonyan and Zisserman, ICLR 2015), for losses.

    The network is frozen and stays in evaluation mode; gradients flow to the images. It computes in
    float32, outside autocast. Only the layers up to the deepest one asked for exist, under the parameter
    names of torchvision (``features.0.weight``, ...).

    Layers are named as in ESRGAN and BasicSR: ``conv2_2`` is the output of the second convolution of the
    second stage *before* its activation, ``relu2_2`` after it, ``pool2`` after the stage's pooling.

    Args:
        architecture: ``vgg16`` or ``vgg19``.
        layers: names of the layers to return.
        weights: ``imagenet``, or ``untrained``: He initialisation from ``seed``, zero bias, for machines
            without the weights. Untrained features are no perceptual measure.
        mirror: folder searched for the weights before any download, see `freqbench.weights`.
        seed: of the untrained weights; the global random state is neither used nor changed.

    Raises:
        ValueError: if the architecture, a layer or ``weights`` is unknown, or no layer is named.
        FreqbenchError: if the ImageNet weights cannot be had.
    """

    mean: Tensor
    standard_deviation: Tensor

    def __init__(
        self,
        architecture: Literal["vgg16", "vgg19"],
        layers: Sequence[str],
        *,
        weights: Literal["imagenet", "untrained"] = "imagenet",
        mirror: Path | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__()
        if architecture not in CONVOLUTIONS_PER_STAGE:
            raise ValueError(f"architecture must be vgg16 or vgg19, not {architecture!r}")
        if weights not in ("imagenet", "untrained"):
            raise ValueError(f"weights must be imagenet or untrained, not {weights!r}")
        names = list(_layer_names(architecture))
        unknown = [layer for layer in layers if layer not in names]
        if unknown or not layers:
            raise ValueError(f"layers must be some of {', '.join(names)}, not {', '.join(unknown) or 'none'}")
        self.architecture = architecture
        self.layers = tuple(layers)
        self._names = names[: 1 + max(names.index(layer) for layer in layers)]
        self.features = nn.Sequential(*_modules(self._names))
        if weights == "imagenet":
            self._load_imagenet(mirror)
        else:
            self._initialise(seed)
        for name, values in (("mean", IMAGENET_MEAN), ("standard_deviation", IMAGENET_STANDARD_DEVIATION)):
            self.register_buffer(name, torch.tensor(values).reshape(1, 3, 1, 1), persistent=False)
        self.requires_grad_(False)
        self.eval()

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """Return the features of images.

        Args:
            image: (N, 1, H, W) or (N, 3, H, W), in [0, 1]; grey is repeated in the three channels, then
                ImageNet's mean and standard deviation are taken out.

        Returns:
            Each layer asked for, (N, C, H', W'), float32.

        Raises:
            ValueError: if the images have another shape or are too small for the pooling layers.
        """
        if image.ndim != 4 or image.shape[1] not in (1, 3):
            raise ValueError(f"images must have the shape (N, 1 or 3, H, W), not {tuple(image.shape)}")
        smallest = 2 ** sum(name.startswith("pool") for name in self._names)
        if min(image.shape[-2:]) < smallest:
            raise ValueError(f"images must be at least {smallest} pixels high and wide for {self._names[-1]}")
        activations = {}
        with torch.autocast(image.device.type, enabled=False):
            x = (image.to(self.mean.dtype) - self.mean) / self.standard_deviation
            for name, module in zip(self._names, self.features, strict=True):
                x = module(x)
                if name in self.layers:
                    activations[name] = x
        return activations

    def train(self, mode: bool = True) -> Self:
        """Stay in evaluation mode, whatever is asked."""
        del mode
        return super().train(False)

    def _load_imagenet(self, mirror: Path | None) -> None:
        expected = [f"features.{key}" for key in self.features.state_dict()]
        tensors = load_weights(self.architecture, mirror, keys=expected)
        self.features.load_state_dict({key.removeprefix("features."): tensors[key] for key in expected})

    def _initialise(self, seed: int) -> None:
        generator = torch.Generator().manual_seed(seed)
        for module in self.features:
            if isinstance(module, nn.Conv2d):
                assert module.bias is not None
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu", generator=generator)
                nn.init.zeros_(module.bias)


def _layer_names(architecture: str) -> Iterator[str]:
    """Yield the names of all layers in the order of torchvision's ``features``."""
    for stage, convolutions in enumerate(CONVOLUTIONS_PER_STAGE[architecture], start=1):
        for index in range(1, convolutions + 1):
            yield f"conv{stage}_{index}"
            yield f"relu{stage}_{index}"
        yield f"pool{stage}"


def _modules(names: Sequence[str]) -> Iterator[nn.Module]:
    channels = 3
    for name in names:
        if name.startswith("conv"):
            width = CHANNELS_PER_STAGE[int(name[len("conv")]) - 1]
            # On the meta device the constructor draws nothing from the global random state.
            yield nn.Conv2d(channels, width, 3, padding=1, device="meta").to_empty(device="cpu")
            channels = width
        elif name.startswith("relu"):
            # Not in place: it would overwrite the activation that is returned as conv*_*.
            yield nn.ReLU(inplace=False)
        else:
            yield nn.MaxPool2d(2)
