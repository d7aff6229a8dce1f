"""The paper's weights of the loss terms (LFFL paper, section on training)."""

from typing import Literal

from freqbench.config.methods import Method
from freqbench.errors import FreqbenchError

Task = Literal["denoise", "deblur"]


def l1_weight(configured: float | Literal["paper"], task: Task) -> float:
    """Return lambda_1: the paper has 1 to denoise and 0.1 to deblur."""
    if configured == "paper":
        return 1.0 if task == "denoise" else 0.1
    return configured


def paper_frequency_weight(alpha: float, task: Task) -> float:
    """Return the paper's lambda_4 for LFFL.

    The paper lists 4, 2, 2^(1/2) to denoise and 2, 2^(1/2), 2^(1/4) to deblur for alpha = 0.5, 1, 2; these
    are 2^(1/alpha) and 2^(1/(2 alpha)), which is how other values of alpha are served here.
    """
    return float(2.0 ** (1.0 / (alpha if task == "denoise" else 2.0 * alpha)))


def frequency_domain(method: Method, task: Task) -> Literal["image", "features"]:
    """Return what the frequency loss sees; ``task`` stands for images to denoise and features to deblur."""
    if method.domain == "task":
        return "image" if task == "denoise" else "features"
    return method.domain


def uncalibrated_weight(method: Method, task: Task) -> float:
    """Return lambda_4 of a method that needs no calibration: 0 without a frequency loss.

    Raises:
        FreqbenchError: for the paper's weight of an alpha that has none.
        ValueError: for a calibrated method.
    """
    if method.loss is None:
        return 0.0
    if method.weight_origin == "paper":
        alpha = float(method.options.get("alpha", 1.0))
        if alpha <= 0:
            raise FreqbenchError(
                f"methods.{method.name}: `weight: paper` needs an alpha above 0, not {alpha:g}; give it as a number"
            )
        return method.weight_multiple * paper_frequency_weight(alpha, task)
    if not isinstance(method.weight, float):
        raise ValueError(f"{method.name} is calibrated; its weight has to be measured")
    return method.weight
