"""What a study does that changes the meaning of its numbers: simulated noise, noisy targets, fitted intensities."""

from collections.abc import Iterable

from freqbench.config import Config
from freqbench.config.synthetic_noise import SyntheticNoise

UNITS = {
    "image_range": "the difference between the brightest and the darkest pixel of the clean field of view",
    "full_range": "the full range of the bit depth",
}


def protocol_notes(config: Config, datasets: Iterable[str]) -> list[str]:
    """Return what must be known of simulated noise and noisy targets; nothing where a study has neither.

    Args:
        config: the study.
        datasets: the data sets that are shown.
    """
    notes = [
        f"{name}: simulated noise, {noise_text(noise)}. {noise.captures} captures of each field of view, drawn once "
        "and not clamped."
        for name in datasets
        if (noise := config.datasets[name].noise) is not None
    ]
    if config.training.target == "second_capture":
        notes.append(
            "Networks are trained on pairs of noisy captures of one field of view (Noise2Noise): the training sees no "
            "clean image. Classical denoisers are tuned against clean train patches."
        )
    return notes


def noise_text(noise: SyntheticNoise) -> str:
    """Return kind and amplitude of simulated noise in words."""
    if noise.kind == "gaussian":
        return f"white Gaussian of standard deviation {noise.std:g} times {UNITS[noise.unit]}"
    return f"white log-normal, LogNormal(0, {noise.sigma:g}) − 1, times {UNITS[noise.unit]}"


def fit_notes(config: Config) -> list[str]:
    """Return what tables and figures say of fitted intensities, nothing where they are not."""
    if config.evaluation.intensity_fit == "none":
        return []
    return [
        "Before every metric and in every figure each restored patch, controls included, is mapped by the a x + b, "
        "a ≥ 0, that is closest to its clean patch by least squares, then clamped: scores say nothing of brightness "
        "and contrast."
    ]


def fit_bias_notes(config: Config) -> list[str]:
    """Return what a fit does to the bias of noisy images, nothing where intensities are not fitted."""
    if config.evaluation.intensity_fit == "none":
        return []
    return [
        "The fit is a bias, too: least squares give a noisy image an a below 1, which draws it to its mean, the more "
        "noise the more."
    ]
