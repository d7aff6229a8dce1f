"""Learned perceptual image patch similarity."""

import warnings
from pathlib import Path
from typing import Any, Literal, Self, get_args

import torch
from torch import nn

from freqbench.metrics.contracts import label_for
from freqbench.metrics.inputs import check_images
from freqbench.metrics.precision import full_precision

Network = Literal["vgg", "alex"]
_MIN_SIZE: dict[Network, int] = {"vgg": 16, "alex": 31}
_TRUNK: dict[Network, str] = {"vgg": "vgg16", "alex": "alexnet"}


class LPIPS(nn.Module):
    """Learned perceptual image patch similarity, version 0.1, with the authors' linear heads.

    Distance between unit-normalised features of five layers, weighted by channel and averaged over the
    pixels: Zhang et al. (2018), Eq. 1. Grey images are replicated to three channels, and [0, data_range] is
    mapped to [-1, 1]. The metric of a table is named by its network; the LFFL paper's is VGG.

    With ``weights="untrained"`` the trunk is random. Such a value is for runs without the pretrained
    weights only: it is comparable with no published one, and `label` says so.

    Args:
        network: ``vgg`` (VGG-16) or ``alex`` (AlexNet).
        weights: ``imagenet`` or ``untrained``.
        mirror: folder in which the pretrained weights are looked for before a download.
        seed: seed of the untrained trunk. The global random state is neither read nor changed.

    Attributes:
        label: name for tables and figures.
        untrained: whether the trunk has random weights.
        min_size: smallest height and width in pixels.

    Raises:
        ValueError: if ``network`` or ``weights`` is none of the above.
        FreqbenchError: if the pretrained weights can be had neither from the mirror nor by a download.

    References:
        R. Zhang, P. Isola, A. A. Efros, E. Shechtman, O. Wang, "The unreasonable effectiveness of deep
        features as a perceptual metric", CVPR 2018. DOI 10.1109/CVPR.2018.00068
    """

    def __init__(
        self,
        network: Network = "vgg",
        *,
        weights: Literal["imagenet", "untrained"] = "imagenet",
        mirror: Path | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__()
        if network not in get_args(Network):
            raise ValueError(f"network must be vgg or alex, got {network!r}")
        if weights not in ("imagenet", "untrained"):
            raise ValueError(f"weights must be imagenet or untrained, got {weights!r}")
        self.network = network
        self.untrained = weights == "untrained"
        self.min_size = _MIN_SIZE[network]
        label = label_for("lpips", untrained=self.untrained)
        self.label = label if network == "vgg" else label.replace("LPIPS", "LPIPS-Alex")
        self._model = _build(network)
        if self.untrained:
            trunk = _random_trunk(self._model.net.state_dict(), seed)
        else:
            from freqbench.weights import load_weights

            keys = [_torchvision_key(key) for key in self._model.net.state_dict()]
            trunk = load_weights(_TRUNK[network], mirror, keys=keys)
        _load(self._model, network, trunk)
        self._model.net.to(memory_format=torch.channels_last)
        self.eval().requires_grad_(False)

    @torch.no_grad()
    def forward(self, prediction: torch.Tensor, target: torch.Tensor, data_range: float = 1.0) -> torch.Tensor:
        """Return the distance of each image pair.

        Args:
            prediction: images ``(N, 1, H, W)`` or RGB images ``(N, 3, H, W)`` in [0, data_range].
            target: images of the same shape and range.
            data_range: the largest value that the images can take.

        Returns:
            ``(N,)`` float32 on the device of the prediction, at least 0; 0 for identical images.

        Raises:
            ValueError: see `freqbench.metrics.inputs.check_images`.
        """
        return self.with_features(prediction, target, data_range)[0]

    @torch.no_grad()
    def with_features(
        self, prediction: torch.Tensor, target: torch.Tensor, data_range: float = 1.0
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return the distance of each image pair, and the deepest features of both images, for other uses.

        Args:
            prediction: as of `forward`.
            target: as of `forward`.
            data_range: as of `forward`.

        Returns:
            The distances, ``(N,)``, and for prediction and target the spatial means of the trunk's last activations,
            ``(N, D)``: with VGG those of relu5_3, D = 512. All float32 on the device of the prediction.

        Raises:
            ValueError: see `freqbench.metrics.inputs.check_images`.
        """
        check_images(prediction, target, data_range, metric="lpips", min_size=self.min_size, channels=(1, 3))
        shift = self._model.scaling_layer.shift
        images, clean = (
            each.to(device=shift.device, dtype=torch.float32) * (2 / data_range) - 1 for each in (prediction, target)
        )
        # captures of one field of view share their clean image: the trunk sees it once
        distinct, places = torch.unique(clean, dim=0, return_inverse=True)
        with full_precision(shift.device):
            layers, clean_layers = self._activations(images), self._activations(distinct)
            trios = zip(layers, clean_layers, self._model.lins, strict=True)
            values = torch.stack([_layer_distance(*trio, places) for trio in trios]).sum(0)
        pooled = (layers[-1].mean(dim=(2, 3)), clean_layers[-1].mean(dim=(2, 3))[places])
        return values.to(prediction.device), pooled[0].to(prediction.device), pooled[1].to(prediction.device)

    def _activations(self, images: torch.Tensor) -> list[torch.Tensor]:
        """Return the trunk's activations of images in [-1, 1]."""
        scaled = self._model.scaling_layer(images.expand(-1, 3, -1, -1))
        # in this order of the memory convolutions are faster, on CPUs too
        return list(self._model.net(scaled.contiguous(memory_format=torch.channels_last)))

    def train(self, mode: bool = True) -> Self:
        """Stay in evaluation mode: in training mode the linear heads drop channels at random."""
        del mode
        return super().train(False)


def _layer_distance(
    activations: torch.Tensor, distinct: torch.Tensor, head: nn.Module, places: torch.Tensor
) -> torch.Tensor:
    """Return what a layer adds to the distance of each image to the one at its place among the distinct ones."""
    import lpips

    difference = lpips.normalize_tensor(activations) - lpips.normalize_tensor(distinct)[places]
    weighted: torch.Tensor = head(difference.square())
    return weighted.mean(dim=(1, 2, 3))


def _build(network: Network) -> Any:
    """Return the package's model with parameters that hold no memory yet."""
    import lpips

    with warnings.catch_warnings(), torch.device("meta"):
        warnings.filterwarnings("ignore", message=".*'pretrained'.*|.*weight enum.*", category=UserWarning)
        # On the meta device torchvision's unused classifier, 90 % of VGG-16, is never allocated.
        return lpips.LPIPS(
            pretrained=False,
            net=network,
            version="0.1",
            lpips=True,
            spatial=False,
            pnet_rand=True,
            pnet_tune=False,
            use_dropout=True,
            eval_mode=True,
            verbose=False,
        )


def _load(model: Any, network: Network, trunk: dict[str, torch.Tensor]) -> None:
    """Give the model its trunk and the linear heads that the package ships."""
    import lpips

    heads_file = Path(lpips.__file__).parent / "weights" / "v0.1" / f"{network}.pth"
    state = torch.load(heads_file, map_location="cpu", weights_only=True)
    for key in model.net.state_dict():
        state[f"net.{key}"] = trunk[_torchvision_key(key)].float()
    for key in model.lins.state_dict():
        index, _, rest = key.partition(".")
        state[f"lins.{key}"] = state[f"lin{index}.{rest}"]
    model.scaling_layer = lpips.ScalingLayer()
    state |= {f"scaling_layer.{key}": value for key, value in model.scaling_layer.state_dict().items()}
    model.load_state_dict(state, strict=True, assign=True)


def _torchvision_key(key: str) -> str:
    """Turn ``slice2.5.weight`` into torchvision's ``features.5.weight``."""
    return "features." + key.partition(".")[2]


def _random_trunk(shapes: dict[str, torch.Tensor], seed: int) -> dict[str, torch.Tensor]:
    """Return He-normal convolution weights (fan out) and zero biases, under torchvision's keys."""
    generator = torch.Generator().manual_seed(seed)
    trunk = {}
    for key, parameter in shapes.items():
        value = torch.zeros(parameter.shape)
        if value.ndim == 4:
            nn.init.kaiming_normal_(value, mode="fan_out", nonlinearity="relu", generator=generator)
        trunk[_torchvision_key(key)] = value
    return trunk
