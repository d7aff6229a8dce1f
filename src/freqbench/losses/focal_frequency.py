"""Focal frequency loss (FFL)."""

import torch
from torch import Tensor

from freqbench.losses.paired import PairedLoss, check_choice, check_number, check_whole_number
from freqbench.losses.spectrum import half_spectrum, hermitian_multiplicity


class FocalFrequencyLoss(PairedLoss):
    r"""Squared distance of two spectra, weighted by that distance itself.

    Jiang et al., "Focal Frequency Loss for Image Reconstruction and Synthesis", ICCV 2021, Eqs. 8 to 10.
    With :math:`D` the difference of the orthonormal DFTs,

    .. math::
        w = |D|^\alpha / \max |D|^\alpha, \quad L = \operatorname{mean}\; w |D|^2,

    where the maximum is taken in each channel of each image and the weight is a constant of the gradient.
    Value and gradient agree with the authors' package ``focal_frequency_loss`` 0.3.0 for all of its
    options; this implementation transforms the difference once, to half of its spectrum, and never waits
    for the device. Where a channel has no difference at all its weight is 0.

    Args:
        alpha: exponent of the weight.
        patch_factor: cut the images into this many patches along each axis and transform each patch.
        ave_spectrum: average the spectra over the batch first.
        log_matrix: replace the weight by log(weight + 1) before it is normalised.
        batch_matrix: take the maximum over the whole batch, channels and patches included.

    Raises:
        ValueError: if an option has a value that is not allowed, and from the call if H or W is not
            divisible by ``patch_factor``.
    """

    def __init__(
        self,
        alpha: float = 1.0,
        *,
        patch_factor: int = 1,
        ave_spectrum: bool = False,
        log_matrix: bool = False,
        batch_matrix: bool = False,
    ) -> None:
        super().__init__()
        check_number("alpha", alpha)
        check_whole_number("patch_factor", patch_factor)
        check_choice("ave_spectrum", ave_spectrum, (True, False))
        check_choice("log_matrix", log_matrix, (True, False))
        check_choice("batch_matrix", batch_matrix, (True, False))
        self.alpha = alpha
        self.patch_factor = patch_factor
        self.ave_spectrum = ave_spectrum
        self.log_matrix = log_matrix
        self.batch_matrix = batch_matrix

    def compute(self, prediction: Tensor, target: Tensor) -> Tensor:
        """Return the loss."""
        difference = self._patches(prediction - target)
        if self.ave_spectrum:
            difference = difference.mean(0, keepdim=True)
        power = torch.view_as_real(half_spectrum(difference)).square().sum(-1)
        weight = self._weight(power.detach())
        counts = hermitian_multiplicity(difference.shape[-1], like=power)
        return (weight * counts * power).sum() / difference.numel()

    def _patches(self, images: Tensor) -> Tensor:
        """Cut (N, C, H, W) into (N, P, C, H / p, W / p)."""
        number, channels, height, width = images.shape
        p = self.patch_factor
        if height % p or width % p:
            raise ValueError(f"{height} x {width} pixels cannot be cut into {p} x {p} patches (patch_factor)")
        grid = images.reshape(number, channels, p, height // p, p, width // p)
        return grid.permute(0, 2, 4, 1, 3, 5).flatten(1, 2)

    def _weight(self, power: Tensor) -> Tensor:
        """Return the weight in [0, 1] for the squared moduli of the differences."""
        weight = power.pow(self.alpha / 2)
        if self.log_matrix:
            weight = torch.log1p(weight)
        largest = weight.amax() if self.batch_matrix else weight.amax((-2, -1), keepdim=True)
        return weight / torch.where(largest > 0, largest, 1.0)
