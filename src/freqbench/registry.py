"""The frequency losses that a configuration can name. Light: nothing here imports torch.

To add a loss to the package: write one file with one class in ``freqbench/losses`` and one line here. A
loss of your own, anywhere on the Python path, needs no line: name it by its dotted path.
"""

import difflib
from collections.abc import Iterable

from freqbench.errors import FreqbenchError

LOSSES = {
    "log_focal_frequency": "freqbench.losses.log_focal_frequency.LogFocalFrequencyLoss",
    "focal_frequency": "freqbench.losses.focal_frequency.FocalFrequencyLoss",
    "fourier_space": "freqbench.losses.fourier_space.FourierSpaceLoss",
    "fourier_ring_correlation": "freqbench.losses.fourier_ring_correlation.FourierRingCorrelationLoss",
    "fft": "freqbench.losses.fft.FFTLoss",
    "bandpass": "freqbench.losses.bandpass.BandpassLoss",
    "laplace": "freqbench.losses.laplace.LaplaceLoss",
    "ms_ssim_l1": "freqbench.losses.ms_ssim_l1.MSSSIML1Loss",
    "l1": "freqbench.losses.pixel.PixelL1Loss",
    "l2": "freqbench.losses.pixel.PixelL2Loss",
}
"""Dotted path of the class by the name of the loss."""


def loss_path(name: str) -> str:
    """Return the dotted path of a loss: of a registered name, or the path itself.

    Raises:
        FreqbenchError: if the name is neither registered nor a dotted path.
    """
    if name in LOSSES:
        return LOSSES[name]
    if "." not in name:
        raise FreqbenchError(
            f"loss {name}: no such loss;{did_you_mean(name, LOSSES)} there are {', '.join(LOSSES)}, "
            "and any class by its dotted path, package.module.Class"
        )
    return name


def did_you_mean(word: str, candidates: Iterable[str]) -> str:
    """Return `` did you mean 'x'?`` for the closest candidate, or nothing."""
    close = difflib.get_close_matches(word, list(candidates), n=1)
    return f" did you mean {close[0]!r}?" if close else ""
