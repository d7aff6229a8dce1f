"""A small decoder that makes an image out of a fixed, coarse noise."""

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

LEVELS = 4
NEGATIVE_SLOPE = 0.1


class LatentDecoder(nn.Module):
    """Convolutional decoder: one image comes out, with neither clamp nor activation.

    Its input is not the image but noise, (1, features, H / 16, W / 16), fixed with the weights' seed: there is nothing
    to copy, and whatever is finer than 16 pixels has to be made by the weights. That is the part of an auto-encoder
    in which the FFL paper looks for missing frequencies, and the deep image prior (Ulyanov et al., CVPR 2018) without
    an encoder. 32,513 parameters with the defaults: enough to hold a small image after many steps, so that it is the
    order in which frequencies come that is seen, and not what the network can hold.

    Four levels of bilinear upsampling by 2, 3 x 3 convolution and LeakyReLU (0.1), then a linear 3 x 3 convolution.
    The last level has half the features. Nearest-neighbour upsampling would fill the spectrum with copies of its low
    frequencies from the start; behind the bilinear one it starts nearly empty. Weights start normal after He, biases
    at zero, from the global random state. Nothing in it is random after that; on a GPU the gradient of the bilinear
    upsampling is not deterministic.

    Args:
        features: channels of the noise and of the first three levels.

    References:
        L. Jiang, B. Dai, W. Wu, C. C. Loy, "Focal frequency loss for image reconstruction and synthesis",
        ICCV 2021. arXiv 2012.12821
    """

    def __init__(self, features: int = 32) -> None:
        super().__init__()
        widths = [*[features] * LEVELS, features // 2]
        self.levels = nn.ModuleList(nn.Conv2d(before, after, 3, padding=1) for before, after in pairwise(widths))
        self.last = nn.Conv2d(widths[-1], 1, 3, padding=1)
        for module in (*self.levels, self.last):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            nn.init.zeros_(module.bias)

    def forward(self, noise: Tensor) -> Tensor:
        """Return the image (1, 1, H, W) of a noise (1, features, H / 16, W / 16)."""
        x = noise
        for level in self.levels:
            x = F.leaky_relu(level(F.interpolate(x, scale_factor=2.0, mode="bilinear")), NEGATIVE_SLOPE)
        image: Tensor = self.last(x)
        return image


def seeded_decoder(features: int, height: int, width: int, seed: int) -> tuple[LatentDecoder, Tensor]:
    """Return a decoder and its noise, both functions of the seed alone; the global random state is left as it was.

    Args:
        features: channels.
        height: H of the image, divisible by 16.
        width: W of the image, divisible by 16.
        seed: of weights and noise.

    Raises:
        ValueError: if height or width is not divisible by 16.
    """
    scale = 2**LEVELS
    if height % scale or width % scale:
        raise ValueError(f"height and width must be divisible by {scale}, not {height} x {width}")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return LatentDecoder(features), torch.randn(1, features, height // scale, width // scale)
