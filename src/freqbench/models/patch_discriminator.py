"""The discriminator of pix2pix, which judges overlapping patches of an image."""

from typing import Literal, get_args

from torch import Tensor, nn

Norm = Literal["batch", "instance", "none"]
NEGATIVE_SLOPE = 0.2
INITIAL_STANDARD_DEVIATION = 0.02
LARGEST_WIDENING = 8


class PatchDiscriminator(nn.Module):
    """PatchGAN: a map of logits, each of which sees a patch of the image.

    Isola et al., "Image-to-Image Translation with Conditional Adversarial Networks", CVPR 2017, Sec. 3.2.2
    and Appendix 6.1.2. With three layers a logit sees 70 x 70 pixels and 256 x 256 pixels give
    30 x 30 logits; 2,763,585 parameters with the defaults. Only the image is judged: pix2pix also shows
    the input to its discriminator.

    Weights start normal with standard deviation 0.02 (those of batch normalisation around 1), biases at
    zero; the global random state is used.

    Args:
        in_channels: channels of the image.
        features: channels after the first convolution; doubled by each further layer, at most eightfold.
        layers: number of convolutions of stride 2.
        norm: normalisation of all layers but the first and the last; with ``batch`` the convolutions
            before it need no bias and have none.

    Raises:
        ValueError: if ``norm`` or ``layers`` is none of the allowed.
    """

    def __init__(self, in_channels: int = 1, features: int = 64, layers: int = 3, norm: Norm = "batch") -> None:
        super().__init__()
        if norm not in get_args(Norm):
            raise ValueError(f"norm must be one of {', '.join(get_args(Norm))}, not {norm!r}")
        if layers < 1:
            raise ValueError(f"layers must be at least 1, not {layers}")
        # The last convolutions keep the size but for two pixels; below this side nothing is left of it.
        self.smallest_side = 3 * 2**layers
        widths = [features * min(2**index, LARGEST_WIDENING) for index in range(layers + 1)]
        modules: list[nn.Module] = [
            nn.Conv2d(in_channels, features, 4, stride=2, padding=1),
            nn.LeakyReLU(NEGATIVE_SLOPE, inplace=True),
        ]
        for index in range(1, layers + 1):
            stride = 2 if index < layers else 1
            modules += [
                nn.Conv2d(widths[index - 1], widths[index], 4, stride, padding=1, bias=norm != "batch"),
                _normalisation(norm, widths[index]),
                nn.LeakyReLU(NEGATIVE_SLOPE, inplace=True),
            ]
        modules.append(nn.Conv2d(widths[-1], 1, 4, padding=1))
        self.network = nn.Sequential(*modules)
        self.network.apply(_initialise)

    def forward(self, image: Tensor) -> Tensor:
        """Return the logits of being real, (N, 1, h, w), for images (N, in_channels, H, W) in [0, 1].

        Raises:
            ValueError: if the images are too small to leave a logit.
        """
        if min(image.shape[-2:]) < self.smallest_side:
            raise ValueError(
                f"images must be at least {self.smallest_side} pixels high and wide, "
                f"not {image.shape[-2]} x {image.shape[-1]}"
            )
        logits: Tensor = self.network(image)
        return logits


def _normalisation(norm: Norm, channels: int) -> nn.Module:
    if norm == "batch":
        return nn.BatchNorm2d(channels)
    return nn.InstanceNorm2d(channels) if norm == "instance" else nn.Identity()


def _initialise(module: nn.Module) -> None:
    if isinstance(module, nn.Conv2d):
        nn.init.normal_(module.weight, 0.0, INITIAL_STANDARD_DEVIATION)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, INITIAL_STANDARD_DEVIATION)
        nn.init.zeros_(module.bias)
