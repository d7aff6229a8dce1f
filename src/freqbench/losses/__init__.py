"""Training losses: ``loss(prediction, target)`` on images (N, C, H, W) in [0, 1] gives a scalar."""

from freqbench.losses.adversarial import RelativisticAverageGANLoss
from freqbench.losses.focal_frequency import FocalFrequencyLoss
from freqbench.losses.fourier_space import FourierSpaceLoss
from freqbench.losses.log_focal_frequency import LogFocalFrequencyLoss
from freqbench.losses.paired import PairedLoss
from freqbench.losses.perceptual import FeatureSpaceLoss, PerceptualLoss
from freqbench.losses.pixel import PixelL1Loss
from freqbench.losses.registry import build_loss

__all__ = [
    "FeatureSpaceLoss",
    "FocalFrequencyLoss",
    "FourierSpaceLoss",
    "LogFocalFrequencyLoss",
    "PairedLoss",
    "PerceptualLoss",
    "PixelL1Loss",
    "RelativisticAverageGANLoss",
    "build_loss",
]
