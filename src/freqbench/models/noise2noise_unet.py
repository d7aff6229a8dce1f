"""The U-Net of Noise2Noise."""

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

LEVELS = 5
DIVISOR = 2**LEVELS
NEGATIVE_SLOPE = 0.1
LAST_WIDTHS = (64, 32)


class Noise2NoiseUNet(nn.Module):
    """U-Net of Noise2Noise: an image of the same size comes out, with neither clamp nor activation.

    Lehtinen et al., "Noise2Noise: Learning Image Restoration without Clean Data", ICML 2018, appendix (table of
    the network), as the study of the Fourier ring correlation loss uses it. 988,609 parameters with the defaults,
    987,408 without biases, the number given for FMD's benchmark (Zhang et al., CVPR 2019). An output pixel depends
    on up to 288 x 288 input pixels.

    All convolutions are 3 x 3, zero-padded to keep the size and followed by LeakyReLU (0.1), but for the linear
    last one. Two convolutions come before the first max pooling (2 x 2 pixels), one before each of the four further
    ones and one at the lowest level, each with ``features`` channels. On the way up, five times: nearest-neighbour
    upsampling, then the result of the pooling at that resolution is appended (at the full resolution the image
    itself), then two convolutions of ``2 * features`` channels; at the full resolution 64 and 32 whatever
    ``features`` is, and the last one.

    Weights start normal after He with gain sqrt(2), that of ReLU, and biases at zero: what Keras' ``he_normal`` of
    the FRC study's code takes. The gain for a slope of 0.1 would be 0.5 % smaller in each layer; Keras cuts the
    normal distribution at two standard deviations, with the same variance. The global random state is used.

    Args:
        in_channels: channels of the input.
        out_channels: channels of the output.
        features: channels of the encoder; the decoder has twice as many.
        bias: whether the convolutions have a bias.
    """

    def __init__(self, in_channels: int = 1, out_channels: int = 1, *, features: int = 48, bias: bool = True) -> None:
        super().__init__()
        wide = 2 * features
        down = [(in_channels, features, features), *[(features, features)] * (LEVELS - 1)]
        self.encoder = nn.ModuleList(_level(channels, bias) for channels in down)
        self.lowest = _level((features, features), bias)
        # channels of what is upsampled and of what is appended to it, from the lowest level to the full resolution
        joined = [features + features, *[wide + features] * (LEVELS - 2), wide + in_channels]
        widths = [*[(wide, wide)] * (LEVELS - 1), LAST_WIDTHS]
        self.decoder = nn.ModuleList(
            _level((before, *after), bias) for before, after in zip(joined, widths, strict=True)
        )
        self.last = nn.Conv2d(LAST_WIDTHS[-1], out_channels, 3, padding=1, bias=bias)
        self.apply(_initialise)

    def forward(self, image: Tensor) -> Tensor:
        """Restore images.

        Args:
            image: (N, in_channels, H, W), in [0, 1].

        Returns:
            (N, out_channels, H, W), not clamped.

        Raises:
            ValueError: if H or W is not divisible by 32.
        """
        height, width = image.shape[-2:]
        if height % DIVISOR or width % DIVISOR:
            raise ValueError(f"height and width must be divisible by {DIVISOR}, not {height} x {width}")
        skips = [image]
        for level in self.encoder:
            skips.append(F.max_pool2d(level(skips[-1]), 2))
        x = self.lowest(skips.pop())
        for level in self.decoder:
            x = level(torch.cat([F.interpolate(x, scale_factor=2.0, mode="nearest"), skips.pop()], dim=1))
        output: Tensor = self.last(x)
        return output


def _level(channels: tuple[int, ...], bias: bool) -> nn.Sequential:
    """Return a chain of convolutions with LeakyReLU, through these numbers of channels."""
    modules: list[nn.Module] = []
    for before, after in pairwise(channels):
        modules += [nn.Conv2d(before, after, 3, padding=1, bias=bias), nn.LeakyReLU(NEGATIVE_SLOPE, inplace=True)]
    return nn.Sequential(*modules)


def _initialise(module: nn.Module) -> None:
    if isinstance(module, nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
        if module.bias is not None:
            nn.init.zeros_(module.bias)
