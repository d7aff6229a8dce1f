"""Fourier ring correlation (FRC) loss."""

from typing import Literal, get_args

from torch import Tensor

from freqbench.losses.paired import PairedLoss, check_choice, check_number
from freqbench.losses.ring_products import ring_products
from freqbench.losses.rings import Edges, ring_count, ring_numbers
from freqbench.losses.spectrum import half_spectrum
from freqbench.losses.windows import radial_hann


class FourierRingCorrelationLoss(PairedLoss):
    r"""One minus the area under the Fourier ring correlation of two images.

    Kaczmar-Michalska et al., "Image quality measurements and denoising using Fourier Ring Correlations",
    Eqs. 3 and 5. With the DFTs :math:`P` and :math:`T`, summed over the frequencies of ring r and over the
    channels,

    .. math::
        FRC_r = \frac{\Re \sum P \overline T}{\sqrt{\sum |P|^2 \sum |T|^2}}, \quad
        L = 1 - \int FRC\, df,

    and the mean over the images of the batch. The integral is the trapezoidal rule over the rings, with the
    frequency running from 0 to 1, as in the authors' code, whose loss is the same without the constant 1;
    the paper prints a plain sum. It lies in [0, 2], and is 0 where all rings agree.

    The rings are the authors': of width 1, ring r with the distances r < d <= r + 1 from the zero
    frequency, which belongs to none, no more than the corners of the spectrum. The authors' code knows
    256 x 256 pixels; here the unit is one cycle per shorter side, for images of any size.

    The loss does not see scale, offset, or a filter that is positive and the same in all directions: it
    is meant beside an L1 loss, or before an affine fit of the intensities.

    In a ring without power the correlation is 0 / 0, which the authors' code takes for 0. Here ``epsilon``
    is added to the mean power of each frequency, which comes to the same and bounds the gradient, whose
    denominator is the amplitude of the prediction. A ring that no frequency falls in, as the first of ``lower``
    in square images, does not count.

    Args:
        ring_width: in cycles per shorter side of the image.
        edges: ``upper`` as above, ``lower``: r <= d < r + 1, or ``nearest``: d rounds to r + 1.
        numerator: ``real``, which is signed, or ``modulus`` of the complex sum, as some libraries take it.
        integration: ``trapezoid``: the first and the last ring count half; ``mean``: all count alike.
        window: ``hann`` multiplies both images by a radial Hann window first. The authors do so in their
            analysis of images but not in training.
        epsilon: mean power of a frequency in the orthonormal spectrum that counts as nothing. The noise
            of rounding to 8 bits has 1.3e-6.

    Raises:
        ValueError: if an option has a value that is not allowed, and from the call if the images are too
            small for one ring.
    """

    def __init__(
        self,
        *,
        ring_width: float = 1.0,
        edges: Edges = "upper",
        numerator: Literal["real", "modulus"] = "real",
        integration: Literal["trapezoid", "mean"] = "trapezoid",
        window: Literal["hann"] | None = None,
        epsilon: float = 1e-12,
    ) -> None:
        super().__init__()
        check_number("ring_width", ring_width, positive=True)
        check_choice("edges", edges, get_args(Edges))
        check_choice("numerator", numerator, ("real", "modulus"))
        check_choice("integration", integration, ("trapezoid", "mean"))
        check_choice("window", window, ("hann", None))
        check_number("epsilon", epsilon, positive=True)
        self.ring_width = ring_width
        self.edges = edges
        self.numerator = numerator
        self.integration = integration
        self.window = window
        self.epsilon = epsilon

    def compute(self, prediction: Tensor, target: Tensor) -> Tensor:
        """Return the loss, the mean over the batch."""
        correlation, sizes = self._rings(prediction, target)
        weights = (sizes > 0).to(correlation.dtype)
        if self.integration == "trapezoid":
            weights[:1].mul_(0.5)
            weights[-1:].mul_(0.5)
        # images of 2 or 3 pixels can leave all rings empty: an area of nothing
        area = (correlation * weights).sum(-1) / weights.sum().clamp(min=0.25)
        return 1.0 - area.mean()

    def correlation(self, prediction: Tensor, target: Tensor) -> Tensor:
        """Return the correlation of each ring, (N, R) in [-1, 1], for two (N, C, H, W) of one precision."""
        return self._rings(prediction, target)[0]

    def _rings(self, prediction: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        """Return the correlation of each ring, (N, R), and how many frequencies the ring has, (R,)."""
        height, width = prediction.shape[-2:]
        predicted, wanted = self._spectrum(prediction), self._spectrum(target)
        count = ring_count(height, width, self.ring_width)
        numbers = ring_numbers(height, width, self.ring_width, self.edges, device=prediction.device)
        rings = ring_products(predicted, wanted, width, numbers, count)
        common = rings.common.abs() if self.numerator == "modulus" else rings.common
        # at least 1: also a ring without any frequency, as the first of ``lower``, is 0 / 0
        floor = self.epsilon * prediction.shape[1] * rings.sizes.clamp(min=1.0)
        # two roots: the product of two powers can leave the range of float32
        return common / ((rings.power + floor).sqrt() * (rings.other_power + floor).sqrt()), rings.sizes

    def _spectrum(self, images: Tensor) -> Tensor:
        if self.window is None:
            return half_spectrum(images)
        return half_spectrum(images * radial_hann(*images.shape[-2:], like=images))
