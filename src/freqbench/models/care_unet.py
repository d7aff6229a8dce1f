"""The two-dimensional U-Net of CARE (csbdeep's default)."""

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

SMALLEST_SCALE = 1e-3


class CAREUNet(nn.Module):
    """Residual U-Net of CARE: an image of the same size comes out, with neither clamp nor activation.

    Weigert et al., "Content-aware image restoration: pushing the limits of fluorescence microscopy", Nature
    Methods 15, 2018; the arrangement is that of csbdeep's two-dimensional default. 922,977 parameters with the
    defaults, 923,010 with ``probabilistic``; an output pixel then depends on 84 x 84 input pixels.

    Each level has two convolutions, zero-padded to keep the size and followed by ReLU, the last of the decoder
    included; max pooling over 2 x 2 pixels leads down, nearest-neighbour upsampling up, where the skip connection
    is appended. With the defaults the channels are 1-32-32 | 64-64 | 128-64 | 128-64-32 | 64-32-32 and 1 after
    the linear 1 x 1 head. In general, as in csbdeep's ``unet_block``:

    - encoder level n (0 is the full resolution): twice ``features * 2**n``;
    - lowest level: ``features * 2**depth``, then ``features * 2**(depth - 1)``;
    - decoder level n: ``features * 2**n``, then ``features * 2**(n - 1)``, for n = 0 once more ``features``: what
      is upsampled has as many channels as the skip connection that it meets.

    The head's output is added to the input if there are as many channels out as in (csbdeep's rule). Weights start
    uniform after Glorot and biases at zero, Keras' defaults; the global random state is used.

    Args:
        in_channels: channels of the input.
        out_channels: channels of the output.
        features: channels of the first level.
        depth: number of poolings; height and width must be divisible by ``2**depth``.
        kernel_size: width and height of the convolutions but the head, in pixels; odd.
        probabilistic: a second 1 x 1 head, softplus plus 1e-3, gives the scale of a Laplace distribution around
            the first one's output for each pixel, in the unit of the image.

    Raises:
        ValueError: if ``depth`` is below 1 or ``kernel_size`` is even.
    """

    def __init__(
        self,
        in_channels: int = 1,
        out_channels: int = 1,
        *,
        features: int = 32,
        depth: int = 2,
        kernel_size: int = 5,
        probabilistic: bool = False,
    ) -> None:
        super().__init__()
        if depth < 1:
            raise ValueError(f"depth must be at least 1, not {depth}")
        if kernel_size < 1 or kernel_size % 2 == 0:
            raise ValueError(f"kernel_size must be odd and at least 1, not {kernel_size}")
        self.divisor = 2**depth
        self.residual = in_channels == out_channels
        widths = [features * 2**level for level in range(depth + 1)]
        narrowed = [features, *widths[:-1]]
        self.encoder = nn.ModuleList(
            _level((before, width, width), kernel_size) for before, width in pairwise([in_channels, *widths[:-1]])
        )
        self.lowest = _level((widths[depth - 1], widths[depth], narrowed[depth]), kernel_size)
        self.decoder = nn.ModuleList(
            _level((2 * widths[level], widths[level], narrowed[level]), kernel_size) for level in reversed(range(depth))
        )
        self.head = nn.Conv2d(features, out_channels, 1)
        self.scale_head = nn.Conv2d(features, out_channels, 1) if probabilistic else None
        self.apply(_initialise)

    def forward(self, image: Tensor) -> Tensor:
        """Restore images.

        Args:
            image: (N, in_channels, H, W), in [0, 1].

        Returns:
            (N, out_channels, H, W), not clamped; with ``probabilistic`` (N, 2 * out_channels, H, W): the location,
            then the scale, which is at least 1e-3.

        Raises:
            ValueError: if H or W is not divisible by ``2**depth``.
        """
        height, width = image.shape[-2:]
        if height % self.divisor or width % self.divisor:
            raise ValueError(f"height and width must be divisible by {self.divisor}, not {height} x {width}")
        skips = []
        x = image
        for level in self.encoder:
            skips.append(level(x))
            x = F.max_pool2d(skips[-1], 2)
        x = self.lowest(x)
        for level, skip in zip(self.decoder, reversed(skips), strict=True):
            x = level(torch.cat([F.interpolate(x, scale_factor=2.0, mode="nearest"), skip], dim=1))
        location: Tensor = self.head(x)
        if self.residual:
            location = image + location
        if self.scale_head is None:
            return location
        return torch.cat([location, F.softplus(self.scale_head(x)) + SMALLEST_SCALE], dim=1)


def _level(channels: tuple[int, int, int], kernel_size: int) -> nn.Sequential:
    """Return two convolutions with ReLU, from the first through the second to the third number of channels."""
    modules: list[nn.Module] = []
    for before, after in pairwise(channels):
        modules += [nn.Conv2d(before, after, kernel_size, padding=kernel_size // 2), nn.ReLU(inplace=True)]
    return nn.Sequential(*modules)


def _initialise(module: nn.Module) -> None:
    if isinstance(module, nn.Conv2d):
        nn.init.xavier_uniform_(module.weight)
        assert module.bias is not None
        nn.init.zeros_(module.bias)
