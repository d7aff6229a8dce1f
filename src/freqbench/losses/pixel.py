"""The spatial losses."""

from torch import Tensor

from freqbench.losses.paired import PairedLoss


class PixelL1Loss(PairedLoss):
    """Mean absolute difference of two batches of images; unlike `torch.nn.L1Loss` it never broadcasts."""

    def compute(self, prediction: Tensor, target: Tensor) -> Tensor:
        """Return the loss."""
        return (prediction - target).abs().mean()


class PixelL2Loss(PairedLoss):
    """Mean squared difference of two batches of images; unlike `torch.nn.MSELoss` it never broadcasts."""

    def compute(self, prediction: Tensor, target: Tensor) -> Tensor:
        """Return the loss."""
        return (prediction - target).square().mean()
