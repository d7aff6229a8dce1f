"""Band-pass loss."""

from torch import Tensor

from freqbench.losses.gaussian import gaussian_filter
from freqbench.losses.paired import PairedLoss, check_number


class BandpassLoss(PairedLoss):
    r"""Mean absolute difference of two images behind a difference of Gaussians.

    The CARE study of frequency losses defines, with :math:`G_\sigma` a Gaussian filter,

    .. math::
        L = \operatorname{mean} \left| (G_{\sigma_1} - G_{\sigma_2}) * (P - T) \right|,

    :math:`\sigma_1` = 0.5 and :math:`\sigma_2` = 5 pixels. It does not see the mean brightness, and little of
    what is slower than the wide Gaussian. The study states neither the length of the kernel nor the border:
    here they are SciPy's, 4 standard deviations and mirrored with the edge pixel repeated.

    Args:
        narrow_sigma: :math:`\sigma_1` in pixels.
        wide_sigma: :math:`\sigma_2` in pixels, larger.
        truncate: where the kernels end, in standard deviations.

    Raises:
        ValueError: if an option has a value that is not allowed.
    """

    def __init__(self, *, narrow_sigma: float = 0.5, wide_sigma: float = 5.0, truncate: float = 4.0) -> None:
        super().__init__()
        check_number("narrow_sigma", narrow_sigma, positive=True)
        check_number("wide_sigma", wide_sigma, positive=True)
        check_number("truncate", truncate, positive=True)
        if narrow_sigma >= wide_sigma:
            raise ValueError(f"narrow_sigma must be below wide_sigma, {wide_sigma!r}, not {narrow_sigma!r}")
        self.narrow_sigma = narrow_sigma
        self.wide_sigma = wide_sigma
        self.truncate = truncate

    def compute(self, prediction: Tensor, target: Tensor) -> Tensor:
        """Return the loss."""
        difference = prediction - target
        narrow = gaussian_filter(difference, self.narrow_sigma, self.truncate)
        wide = gaussian_filter(difference, self.wide_sigma, self.truncate)
        return (narrow - wide).abs().mean()
