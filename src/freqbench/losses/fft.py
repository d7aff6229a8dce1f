"""FFT loss: the mean absolute error, taken in the spectrum."""

from typing import Literal

from torch import Tensor

from freqbench.losses.paired import PairedLoss, check_choice
from freqbench.losses.spectrum import half_spectrum, hermitian_multiplicity


class FFTLoss(PairedLoss):
    r"""Mean modulus of the difference of two spectra.

    The CARE study of frequency losses defines

    .. math::
        L = \frac{1}{NM} \sum_{u,v} |F_P - F_T|

    "similar to MAE" and states neither the normalisation of the transform nor whether the complex numbers
    or their moduli are subtracted. Here the transform is orthonormal (not normalised, the loss is
    :math:`\sqrt{NM}` times larger) and the difference complex.

    Args:
        difference: ``complex``, or ``modulus``: :math:`||F_P| - |F_T||`, which does not see the phase.
        norm: ``ortho``, or ``backward``: no factor on the transform, as in TensorFlow.

    Raises:
        ValueError: if an option has a value that is not allowed.
    """

    def __init__(
        self,
        *,
        difference: Literal["complex", "modulus"] = "complex",
        norm: Literal["ortho", "backward"] = "ortho",
    ) -> None:
        super().__init__()
        check_choice("difference", difference, ("complex", "modulus"))
        check_choice("norm", norm, ("ortho", "backward"))
        self.difference = difference
        self.norm = norm

    def compute(self, prediction: Tensor, target: Tensor) -> Tensor:
        """Return the loss."""
        height, width = prediction.shape[-2:]
        if self.difference == "complex":
            distance = half_spectrum(prediction - target).abs()
        else:
            distance = (half_spectrum(prediction).abs() - half_spectrum(target).abs()).abs()
        scale = (height * width) ** 0.5 if self.norm == "backward" else 1.0
        counts = hermitian_multiplicity(width, like=distance)
        return scale * (counts * distance).sum() / prediction.numel()
