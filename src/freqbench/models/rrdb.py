"""The generator of ESRGAN: a chain of residual-in-residual dense blocks (RRDB)."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

RESIDUAL_SCALE = 0.2
NEGATIVE_SLOPE = 0.2
INITIAL_WEIGHT_SCALE = 0.1
UNSHUFFLE = 4


class ResidualDenseBlock(nn.Module):
    """Five 3x3 convolutions, each of which sees the input and all earlier outputs; (N, C, H, W) kept.

    Args:
        features: channels of the input and the output.
        growth: channels that each of the first four convolutions adds.
    """

    def __init__(self, features: int, growth: int) -> None:
        super().__init__()
        widths = [growth] * 4 + [features]
        self.convolutions = nn.ModuleList(
            nn.Conv2d(features + index * growth, width, 3, padding=1) for index, width in enumerate(widths)
        )
        for convolution in self.convolutions:
            assert isinstance(convolution, nn.Conv2d) and convolution.bias is not None
            nn.init.kaiming_normal_(convolution.weight)
            with torch.no_grad():
                convolution.weight.mul_(INITIAL_WEIGHT_SCALE)
                convolution.bias.zero_()

    def forward(self, x: Tensor) -> Tensor:
        """Return the input plus the scaled output of the last convolution."""
        known = [x]
        for convolution in self.convolutions[:-1]:
            known.append(F.leaky_relu(convolution(torch.cat(known, dim=1)), NEGATIVE_SLOPE, inplace=True))
        output: Tensor = self.convolutions[-1](torch.cat(known, dim=1))
        return output * RESIDUAL_SCALE + x


class ResidualInResidualDenseBlock(nn.Module):
    """Three dense blocks with a scaled skip connection around them; (N, C, H, W) kept."""

    def __init__(self, features: int, growth: int) -> None:
        super().__init__()
        self.blocks = nn.Sequential(*(ResidualDenseBlock(features, growth) for _ in range(3)))

    def forward(self, x: Tensor) -> Tensor:
        """Return the input plus the scaled output of the three blocks."""
        output: Tensor = self.blocks(x)
        return output * RESIDUAL_SCALE + x


class RRDBNet(nn.Module):
    """RRDB generator at scale 1: an image of the same size comes out, with neither clamp nor activation.

    Wang et al., "ESRGAN", ECCV Workshops 2018, Sec. 3.1, without batch normalisation. At scale 1 the
    paper's architecture leaves two readings; both are here:

    - plain (default): the upsampling layers are left out. 11,585,857 parameters with the defaults.
    - ``pixel_unshuffle``: each 4x4 block of pixels becomes 16 channels, the chain runs at a quarter of
      the resolution and two nearest-neighbour upsampling layers restore it, as BasicSR does at scale 1:
      11,668,353 parameters, about a sixteenth of the arithmetic.

    The weights of the dense blocks start at a tenth of Kaiming's normal initialisation (ESRGAN, Sec. 3.1,
    as BasicSR does it), the other layers at PyTorch's default; the global random state is used.

    Args:
        in_channels: channels of the input.
        out_channels: channels of the output.
        features: channels of the chain.
        growth: channels that each convolution of a dense block adds.
        blocks: number of RRDBs.
        pixel_unshuffle: the second reading above; height and width must then be divisible by 4.
        global_residual: add the input to the output (ESRGAN does not); as many channels out as in.

    Raises:
        ValueError: if ``global_residual`` is asked for with different numbers of channels.
    """

    def __init__(
        self,
        in_channels: int = 1,
        out_channels: int = 1,
        features: int = 64,
        growth: int = 32,
        blocks: int = 16,
        *,
        pixel_unshuffle: bool = False,
        global_residual: bool = False,
    ) -> None:
        super().__init__()
        if global_residual and in_channels != out_channels:
            raise ValueError(f"global_residual needs as many channels out as in, not {in_channels} and {out_channels}")
        self.pixel_unshuffle = pixel_unshuffle
        self.global_residual = global_residual
        first_channels = in_channels * UNSHUFFLE**2 if pixel_unshuffle else in_channels
        self.first = nn.Conv2d(first_channels, features, 3, padding=1)
        self.body = nn.Sequential(*(ResidualInResidualDenseBlock(features, growth) for _ in range(blocks)))
        self.body_end = nn.Conv2d(features, features, 3, padding=1)
        self.upsampling = nn.ModuleList(
            nn.Conv2d(features, features, 3, padding=1) for _ in range(2 if pixel_unshuffle else 0)
        )
        self.full_resolution = nn.Conv2d(features, features, 3, padding=1)
        self.last = nn.Conv2d(features, out_channels, 3, padding=1)

    def forward(self, image: Tensor) -> Tensor:
        """Restore images.

        Args:
            image: (N, in_channels, H, W), in [0, 1].

        Returns:
            (N, out_channels, H, W), not clamped.

        Raises:
            ValueError: if the pixels cannot be unshuffled: H or W is not divisible by 4.
        """
        x = self._unshuffled(image) if self.pixel_unshuffle else image
        x = self.first(x)
        x = x + self.body_end(self.body(x))
        for convolution in self.upsampling:
            x = _activate(convolution(F.interpolate(x, scale_factor=2.0, mode="nearest")))
        output: Tensor = self.last(_activate(self.full_resolution(x)))
        return image + output if self.global_residual else output

    @staticmethod
    def _unshuffled(image: Tensor) -> Tensor:
        height, width = image.shape[-2:]
        if height % UNSHUFFLE or width % UNSHUFFLE:
            raise ValueError(f"pixel_unshuffle needs height and width divisible by {UNSHUFFLE}, not {height} x {width}")
        return F.pixel_unshuffle(image, UNSHUFFLE)


def _activate(x: Tensor) -> Tensor:
    return F.leaky_relu(x, NEGATIVE_SLOPE, inplace=True)
