"""Image quality metrics, each with its contract.

Per image: ``metric(prediction, target, data_range=1.0) -> (N,)``. Per set of images: the Fréchet and the
kernel distance between the features of two sets. Importing this package loads neither torch nor a metric library.
"""

from typing import TYPE_CHECKING, Any

from freqbench.metrics.contracts import CONTRACTS, MetricContract, label_for
from freqbench.metrics.evaluate import compute_image_metrics
from freqbench.metrics.frc import frc, frc_area, frc_frequencies
from freqbench.metrics.frechet import frechet_distance
from freqbench.metrics.fsim import fsim
from freqbench.metrics.gmsd import gmsd
from freqbench.metrics.kernel_distance import kernel_distance
from freqbench.metrics.lfd import lfd
from freqbench.metrics.ms_ssim import ms_ssim
from freqbench.metrics.mse import mse
from freqbench.metrics.power_spectrum import power_spectrum_distance
from freqbench.metrics.psnr import psnr
from freqbench.metrics.ssim import ssim

if TYPE_CHECKING:
    from freqbench.metrics.features import FeatureExtractor, build_feature_extractor
    from freqbench.metrics.lpips import LPIPS

__all__ = [
    "CONTRACTS",
    "LPIPS",
    "FeatureExtractor",
    "MetricContract",
    "build_feature_extractor",
    "compute_image_metrics",
    "frc",
    "frc_area",
    "frc_frequencies",
    "frechet_distance",
    "fsim",
    "gmsd",
    "kernel_distance",
    "label_for",
    "lfd",
    "ms_ssim",
    "mse",
    "power_spectrum_distance",
    "psnr",
    "ssim",
]


def __getattr__(name: str) -> Any:
    """Import the networks' metrics when they are first asked for: they need torch."""
    if name == "LPIPS":
        from freqbench.metrics.lpips import LPIPS

        return LPIPS
    if name in ("FeatureExtractor", "build_feature_extractor"):
        from freqbench.metrics import features

        return getattr(features, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
