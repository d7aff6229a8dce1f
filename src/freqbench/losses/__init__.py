"""Training losses: ``loss(prediction, target)`` on images (N, C, H, W) in [0, 1] gives a scalar."""

from freqbench.losses.adversarial import RelativisticAverageGANLoss
from freqbench.losses.bandpass import BandpassLoss
from freqbench.losses.fft import FFTLoss
from freqbench.losses.focal_frequency import FocalFrequencyLoss
from freqbench.losses.fourier_ring_correlation import FourierRingCorrelationLoss
from freqbench.losses.fourier_space import FourierSpaceLoss
from freqbench.losses.laplace import LaplaceLoss
from freqbench.losses.log_focal_frequency import LogFocalFrequencyLoss
from freqbench.losses.ms_ssim_l1 import MSSSIML1Loss
from freqbench.losses.paired import PairedLoss
from freqbench.losses.perceptual import FeatureSpaceLoss, PerceptualLoss
from freqbench.losses.pixel import PixelL1Loss, PixelL2Loss
from freqbench.losses.registry import build_loss

__all__ = [
    "BandpassLoss",
    "FFTLoss",
    "FeatureSpaceLoss",
    "FocalFrequencyLoss",
    "FourierRingCorrelationLoss",
    "FourierSpaceLoss",
    "LaplaceLoss",
    "LogFocalFrequencyLoss",
    "MSSSIML1Loss",
    "PairedLoss",
    "PerceptualLoss",
    "PixelL1Loss",
    "PixelL2Loss",
    "RelativisticAverageGANLoss",
    "build_loss",
]
