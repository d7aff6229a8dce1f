"""Fourier space loss (FSL), its supervised part."""

from typing import Any, Literal

import torch
from torch import Tensor

from freqbench.losses.paired import PairedLoss, check_choice, check_number
from freqbench.losses.windows import separable_hann


class FourierSpaceLoss(PairedLoss):
    r"""Mean absolute differences of the amplitudes and of the phases of two windowed images.

    Fuoli, Van Gool and Timofte, "Fourier Space Losses for Efficient Perceptual Image Super-Resolution",
    ICCV 2021, Eqs. 1 to 9 without the Fourier discriminator. Both images are multiplied by a Hann window
    and transformed by the orthonormal DFT; over the half of the spectrum with non-negative vertical
    frequency, its Nyquist row left out,

    .. math::
        L = w_A \operatorname{mean} \bigl| |P| - |T| \bigr|
          + w_\varphi \operatorname{mean} | \angle P - \angle T |,

    the difference of the phases taken the short way round, in :math:`[0, \pi]`.

    The derivative of a phase is 1 / amplitude and has no bound. Here the amplitude in that derivative, and
    only there, is at least ``phase_gradient_floor``, so no frequency pulls with more than
    1 / ``phase_gradient_floor``. The paper has no such bound; value and gradient are the paper's wherever
    the amplitude is above it.

    Args:
        amplitude_weight: :math:`w_A`.
        phase_weight: :math:`w_\varphi`.
        window: ``hann`` or None.
        periodic: the window has the period H and W (the form for spectra) instead of H - 1 and W - 1. The
            paper does not say.
        phase_gradient_floor: in units of the orthonormal spectrum.

    Raises:
        ValueError: if an option has a value that is not allowed.
    """

    def __init__(
        self,
        *,
        amplitude_weight: float = 0.5,
        phase_weight: float = 0.5,
        window: Literal["hann"] | None = "hann",
        periodic: bool = True,
        phase_gradient_floor: float = 1e-3,
    ) -> None:
        super().__init__()
        check_number("amplitude_weight", amplitude_weight)
        check_number("phase_weight", phase_weight)
        check_choice("window", window, ("hann", None))
        check_choice("periodic", periodic, (True, False))
        check_number("phase_gradient_floor", phase_gradient_floor, positive=True)
        self.amplitude_weight = amplitude_weight
        self.phase_weight = phase_weight
        self.window = window
        self.periodic = periodic
        self.phase_gradient_floor = phase_gradient_floor

    def compute(self, prediction: Tensor, target: Tensor) -> Tensor:
        """Return the loss."""
        predicted, wanted = self._spectrum(prediction), self._spectrum(target)
        amplitude = (predicted.abs() - wanted.abs()).abs().mean()
        difference = self._phase(predicted) - self._phase(wanted)
        wrapped = torch.remainder(difference + torch.pi, 2 * torch.pi) - torch.pi
        return self.amplitude_weight * amplitude + self.phase_weight * wrapped.abs().mean()

    def _spectrum(self, images: Tensor) -> Tensor:
        """Return the rows 0 to H / 2 - 1 (rounded up) and all columns of the DFT of windowed images."""
        height, width = images.shape[-2:]
        if self.window == "hann":
            images = images * separable_hann(height, width, periodic=self.periodic, like=images)
        spectrum: Tensor = torch.fft.rfft2(images, dim=(-1, -2), norm="ortho")
        return spectrum[..., : (height + 1) // 2, :]

    def _phase(self, spectrum: Tensor) -> Tensor:
        phase: Tensor = _Phase.apply(spectrum, self.phase_gradient_floor)  # type: ignore[no-untyped-call]
        return phase


class _Phase(torch.autograd.Function):
    """The angle of complex numbers, with a bound on its derivative."""

    @staticmethod
    def forward(ctx: Any, spectrum: Tensor, floor: float) -> Tensor:
        ctx.save_for_backward(spectrum)
        ctx.floor = floor
        return torch.angle(spectrum)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        (spectrum,) = ctx.saved_tensors
        # d angle = Im(conj(z) dz) / |z|^2, whose gradient is i z / |z|^2.
        bounded = spectrum.abs().clamp(min=ctx.floor).square()
        return gradients[0] * 1j * spectrum / bounded, None
