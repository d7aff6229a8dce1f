"""Laplace loss: the likelihood of the target under a predicted distribution."""

import math
from typing import ClassVar

from torch import Tensor

from freqbench.losses.paired import PairedLoss, check_choice


class LaplaceLoss(PairedLoss):
    r"""Mean negative log-likelihood of the target under a Laplace distribution in every pixel.

    Weigert et al., "Content-aware image restoration", Nature Methods 2018, as csbdeep computes it:

    .. math::
        L = \operatorname{mean} \left( |\mu - T| / s + \log s + \log 2 \right).

    The prediction holds :math:`\mu` in the first half of its channels and the scale :math:`s` in the second,
    as `freqbench.models.CAREUNet` with its probabilistic head returns it. The scale must be positive; the
    loss of one that is not is not finite. The CARE study of frequency losses prints the formula without
    log 2.

    Args:
        constant: keep the term log 2, which changes no gradient.

    Raises:
        ValueError: if an option has a value that is not allowed.
    """

    channels_per_target: ClassVar[int] = 2

    def __init__(self, *, constant: bool = True) -> None:
        super().__init__()
        check_choice("constant", constant, (True, False))
        self.constant = constant

    def compute(self, prediction: Tensor, target: Tensor) -> Tensor:
        """Return the loss of a prediction (N, 2C, H, W)."""
        mean, scale = prediction.chunk(2, dim=1)
        likelihood = ((mean - target).abs() / scale + scale.log()).mean()
        return likelihood + math.log(2.0) if self.constant else likelihood
