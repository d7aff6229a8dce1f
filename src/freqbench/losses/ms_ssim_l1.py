"""MS-SSIM + L1, the mixed loss of Zhao et al."""

from collections.abc import Sequence

import torch
from torch import Tensor

from freqbench.losses.gaussian import gaussian_filter
from freqbench.losses.paired import PairedLoss, check_number


class MSSSIML1Loss(PairedLoss):
    r"""Multi-scale structural similarity and mean absolute difference, mixed.

    Zhao, Gallo, Frosio and Kautz, "Loss Functions for Image Restoration with Neural Networks", IEEE
    Transactions on Computational Imaging 3, 2017:

    .. math::
        L = \alpha \left(1 - \operatorname{mean}\; l_M \prod_{j=1}^{M} cs_j \right)
          + (1 - \alpha) \operatorname{mean}\; G_{\sigma_M} * |P - T|,

    where :math:`cs_j` is the contrast and structure term of SSIM with a Gaussian window of standard deviation
    :math:`\sigma_j` and :math:`l_M` the luminance term with the widest, all at full resolution: in place of
    the pyramid of Wang et al. (2003) the windows grow. The paper evaluates this at the centre of 31 x 31
    pixel patches; here it is the mean over all pixels. The border is mirrored with the edge pixel repeated;
    with that border the Gaussian filter keeps the mean, so the second term is the mean absolute difference.

    The constants of SSIM assume intensities in [0, ``data_range``].

    Args:
        alpha: share of the MS-SSIM term, at most 1.
        sigmas: :math:`\sigma_1` to :math:`\sigma_M` in pixels, rising.
        k1: constant of the luminance term.
        k2: constant of the contrast and structure term.
        data_range: largest possible intensity.
        truncate: where the windows end, in standard deviations.

    Raises:
        ValueError: if an option has a value that is not allowed.
    """

    def __init__(
        self,
        alpha: float = 0.84,
        *,
        sigmas: Sequence[float] = (0.5, 1.0, 2.0, 4.0, 8.0),
        k1: float = 0.01,
        k2: float = 0.03,
        data_range: float = 1.0,
        truncate: float = 4.0,
    ) -> None:
        super().__init__()
        check_number("alpha", alpha)
        if alpha > 1:
            raise ValueError(f"alpha must be at most 1, not {alpha!r}")
        for sigma in sigmas:
            check_number("sigmas", sigma, positive=True)
        if not sigmas or list(sigmas) != sorted(set(sigmas)):
            raise ValueError(f"sigmas must be rising numbers, at least one, not {sigmas!r}")
        for name, value in (("k1", k1), ("k2", k2), ("data_range", data_range), ("truncate", truncate)):
            check_number(name, value, positive=True)
        self.alpha = alpha
        self.sigmas = tuple(sigmas)
        self.luminance_constant = (k1 * data_range) ** 2
        self.contrast_constant = (k2 * data_range) ** 2
        self.truncate = truncate

    def compute(self, prediction: Tensor, target: Tensor) -> Tensor:
        """Return the loss."""
        similarity = torch.ones_like(prediction)
        moments = torch.stack((prediction, target, prediction.square() + target.square(), prediction * target))
        for sigma in self.sigmas:
            mean, wanted_mean, power, product = gaussian_filter(moments, sigma, self.truncate)
            squares, means = mean.square() + wanted_mean.square(), mean * wanted_mean
            constant = self.contrast_constant
            similarity = similarity * (2 * (product - means) + constant) / (power - squares + constant)
        constant = self.luminance_constant
        similarity = similarity * (2 * means + constant) / (squares + constant)
        difference = (prediction - target).abs().mean()
        loss: Tensor = self.alpha * (1.0 - similarity.mean()) + (1.0 - self.alpha) * difference
        return loss
