"""Log focal frequency loss (LFFL), the loss that the reproduced paper proposes."""

from typing import Literal, get_args

import torch
from torch import Tensor

from freqbench.losses.log_distance import log_distance
from freqbench.losses.paired import PairedLoss, check_choice, check_number
from freqbench.losses.spectrum import full_spectrum, half_spectrum, hermitian_multiplicity

SMALLEST_EPSILON = 1e-16
Normalization = Literal["image", "batch", "mean", "clamp"]


class LogFocalFrequencyLoss(PairedLoss):
    r"""Log-distance of two spectra, weighted by the log-ratio of their real and imaginary parts.

    "Log Focal Frequency Loss for Bioimage Restoration", arXiv:2601.20878, Eqs. 1 to 5. With the
    orthonormal DFTs :math:`P` and :math:`T` of prediction and target,

    .. math::
        \Delta_{Re} = \log(|Re P| + \epsilon) - \log(|Re T| + \epsilon), \quad
        w = \sqrt{\Delta_{Re}^2 + \Delta_{Im}^2}, \quad
        L = \operatorname{mean}\; w^\alpha \log(|P - T| + 1),

    where the mean runs over all images, channels and frequencies. The zero frequency counts as 0, so the
    loss does not see the mean brightness. Nor does it see a frequency at which real and imaginary parts
    have the right moduli but wrong signs: there the weight is zero. It is meant beside an L1 loss.

    The defaults follow the paper; the other options are readings that the paper leaves open, but for
    ``log_weight`` and ``log_error``, which take the loss apart: each leaves one of its two logarithms out. Without
    both it is :math:`|P - T|^{1 + \alpha}`; with alpha 1 this is, by Parseval's theorem, the mean squared
    difference of the images without their means, and half its gradient.

    Args:
        alpha: exponent of the weight; 0 leaves the log-distance unweighted.
        log_weight: Eq. 1 as printed. False: the plain differences :math:`\Delta_{Re} = |Re P - Re T|` and
            :math:`\Delta_{Im} = |Im P - Im T|` in Eq. 2, so that :math:`w = |P - T|`.
        log_error: Eq. 3 as printed. False: :math:`|P - T|` in its place.
        detach_weight: treat the weight as a constant of the gradient. With a gradient the derivative of
            the logarithm reaches 1 / epsilon.
        normalize_weight: what is done to `w` before the exponent. None: nothing. ``image`` or ``batch``:
            divided by its largest value in each channel of each image, or in the batch. ``mean``: divided
            by its mean in each channel of each image. ``clamp``: cut at 1.
        epsilon: offset in the logarithms of Eq. 1, at least 1e-16.
        epsilon_inside: take ``log|Re + epsilon|``, as Eq. 1 is printed, instead of
            ``log(|Re| + epsilon)``. It is infinite at ``Re = -epsilon``, where the modulus is therefore
            kept above the resolution of epsilon.
        exclude_dc: leave out the zero frequency. With alpha > 0 this equals setting it to zero in both
            spectra for the weight, which is what the paper says; False lets it count like the others.
        full_spectrum: mean over the full spectrum (computed from half of it); False: plain mean over the
            half spectrum, in which the frequencies without a partner weigh double.
        channels: ``mean`` or ``sum`` over the channels, which differ by 64 on VGG features.

    Raises:
        ValueError: if an option has a value that is not allowed.
    """

    def __init__(
        self,
        alpha: float = 1.0,
        *,
        log_weight: bool = True,
        log_error: bool = True,
        detach_weight: bool = True,
        normalize_weight: Normalization | None = None,
        epsilon: float = 1e-8,
        epsilon_inside: bool = False,
        exclude_dc: bool = True,
        full_spectrum: bool = True,
        channels: Literal["mean", "sum"] = "mean",
    ) -> None:
        super().__init__()
        check_number("alpha", alpha)
        check_number("epsilon", epsilon, positive=True)
        if epsilon < SMALLEST_EPSILON:
            # A ratio of two moduli could leave float32's range.
            raise ValueError(f"epsilon must be at least {SMALLEST_EPSILON}, not {epsilon!r}")
        check_choice("normalize_weight", normalize_weight, (None, *get_args(Normalization)))
        check_choice("channels", channels, ("mean", "sum"))
        for name, flag in (
            ("log_weight", log_weight),
            ("log_error", log_error),
            ("detach_weight", detach_weight),
            ("epsilon_inside", epsilon_inside),
            ("exclude_dc", exclude_dc),
            ("full_spectrum", full_spectrum),
        ):
            check_choice(name, flag, (True, False))
        if epsilon_inside and not log_weight:
            raise ValueError("epsilon_inside must be False where log_weight is: there is no logarithm to be inside of")
        self.alpha = alpha
        self.log_weight = log_weight
        self.log_error = log_error
        self.detach_weight = detach_weight
        self.normalize_weight = normalize_weight
        self.epsilon = epsilon
        self.epsilon_inside = epsilon_inside
        self.exclude_dc = exclude_dc
        self.full_spectrum = full_spectrum
        self.channels = channels

    def compute(self, prediction: Tensor, target: Tensor) -> Tensor:
        """Return the loss, Eq. 5."""
        images, channels, height, width = prediction.shape
        # Conjugation leaves every term alone but log|Im + epsilon|, which needs the full spectrum.
        transform = full_spectrum if self.full_spectrum and self.epsilon_inside else half_spectrum
        predicted, wanted = transform(prediction), transform(target)
        columns = predicted.shape[-1]
        if self.full_spectrum and not self.epsilon_inside:
            counts = hermitian_multiplicity(width, like=prediction)
        else:
            counts = prediction.new_ones(columns)
        bins = height * (width if self.full_spectrum else columns)
        with torch.set_grad_enabled(torch.is_grad_enabled() and not self.detach_weight):
            deviation = self._deviation(predicted, wanted, height, width)
            weight = counts * self._weight(deviation, counts / bins)
        if self.exclude_dc:
            weight[..., 0, 0].zero_()
        difference = predicted - wanted
        distance = log_distance(difference) if self.log_error else difference.abs()
        return (weight * distance).sum() / (bins * images * (channels if self.channels == "mean" else 1))

    def _deviation(self, predicted: Tensor, wanted: Tensor, height: int, width: int) -> Tensor:
        """Return Eq. 1 as (..., H, columns, 2), of real and imaginary parts: log-ratios or plain differences."""
        if self.log_weight:
            deviation = self._offset_modulus(predicted).div_(self._offset_modulus(wanted)).log_()
        else:
            deviation = torch.view_as_real(predicted) - torch.view_as_real(wanted)
        # The frequencies that are their own conjugates have no imaginary part; what some FFTs return
        # there is rounding error, and its log-ratio would be a large weight.
        row_step = height // 2 if height % 2 == 0 else height
        column_step = width // 2 if width % 2 == 0 else width
        deviation[..., ::row_step, ::column_step, 1].zero_()
        if self.exclude_dc:
            deviation[..., 0, 0, :].zero_()
        return deviation

    def _offset_modulus(self, spectrum: Tensor) -> Tensor:
        parts = torch.view_as_real(spectrum)
        if not self.epsilon_inside:
            return parts.abs().add_(self.epsilon)
        return (parts + self.epsilon).abs().clamp_(min=self.epsilon * torch.finfo(parts.dtype).eps)

    def _weight(self, deviation: Tensor, shares: Tensor) -> Tensor:
        """Return Eq. 2, normalised, to the power alpha.

        Args:
            deviation: (..., 2), Eq. 1.
            shares: share of each column's bins in a mean over the spectrum.
        """
        if self.alpha == 0:
            return torch.ones_like(deviation[..., 0])
        squared = deviation.square_()
        squared = squared[..., 0] + squared[..., 1]
        # At zero the derivatives of the root and the power are infinite; below the clamp they are zero.
        weight = squared.clamp_(min=torch.finfo(squared.dtype).tiny).sqrt_()
        weight = self._normalized(weight, shares)
        return weight if self.alpha == 1 else weight.pow(self.alpha)

    def _normalized(self, weight: Tensor, shares: Tensor) -> Tensor:
        match self.normalize_weight:
            case None:
                return weight
            case "clamp":
                return weight.clamp(max=1.0)
            case "image":
                scale = weight.amax((-2, -1), keepdim=True)
            case "batch":
                scale = weight.amax()
            case "mean":
                scale = (weight * shares).sum((-2, -1), keepdim=True)
        return weight / scale.clamp(min=self.epsilon)
