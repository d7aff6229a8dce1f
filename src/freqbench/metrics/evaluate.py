"""Several metrics of many image pairs, in batches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from freqbench.errors import FreqbenchError
from freqbench.metrics.contracts import CONTRACTS, check_names
from freqbench.metrics.frc import frc_area
from freqbench.metrics.fsim import fsim
from freqbench.metrics.gmsd import gmsd
from freqbench.metrics.lfd import lfd
from freqbench.metrics.ms_ssim import ms_ssim
from freqbench.metrics.mse import mse
from freqbench.metrics.power_spectrum import power_spectrum_distance
from freqbench.metrics.psnr import psnr
from freqbench.metrics.ssim import ssim

if TYPE_CHECKING:
    import torch

    ImageMetric = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def compute_image_metrics(
    names: Sequence[str],
    prediction: torch.Tensor,
    target: torch.Tensor,
    *,
    lpips: ImageMetric | None = None,
    batch_size: int = 16,
    advance: Callable[[int, int], None] | None = None,
) -> dict[str, NDArray[np.float64]]:
    """Return the per-image metrics of a set of image pairs.

    Working memory is bounded by the batch, not by the set. Values do not depend on the batch size beyond
    rounding.

    Args:
        names: keys of `freqbench.metrics.CONTRACTS` whose level is ``image``.
        prediction: images ``(N, 1, H, W)`` in [0, 1].
        target: images of the same shape and range.
        lpips: the metric ``lpips`` with its network, such as `freqbench.metrics.LPIPS`; needed only for it.
        batch_size: images that are computed at once.
        advance: called with the number of images measured and the number of all.

    Returns:
        For each name an array ``(N,)`` of float64, in the order of the images.

    Raises:
        FreqbenchError: if a name is not a per-image metric, if ``lpips`` is asked for without a network, or
            if a metric cannot be taken of these images.
        ValueError: if ``batch_size`` is not positive.
    """
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, got {batch_size}")
    metrics = _functions(names, lpips)
    if prediction.shape != target.shape:
        raise FreqbenchError(
            f"restored images {tuple(prediction.shape)} and clean images {tuple(target.shape)} differ in shape"
        )
    import torch

    values: dict[str, list[NDArray[np.float64]]] = {name: [] for name in metrics}
    batches = zip(torch.split(prediction, batch_size), torch.split(target, batch_size), strict=True)
    with torch.no_grad():
        for number, batch in enumerate(batches, start=1):
            for name, metric in metrics.items():
                values[name].append(_values(metric, *batch))
            if advance is not None:
                advance(min(number * batch_size, len(prediction)), len(prediction))
    return {name: np.concatenate(parts) for name, parts in values.items()}


def _functions(names: Sequence[str], lpips: ImageMetric | None) -> dict[str, ImageMetric]:
    check_names(names, [name for name, contract in CONTRACTS.items() if contract.level == "image"])
    metrics: dict[str, ImageMetric] = {
        "psnr": psnr,
        "mse": mse,
        "ssim": ssim,
        "ms_ssim": ms_ssim,
        "fsim": fsim,
        "gmsd": gmsd,
        "lfd": lfd,
        "frc_area": frc_area,
        "power_spectrum_distance": power_spectrum_distance,
    }
    if lpips is not None:
        metrics["lpips"] = lpips
    elif "lpips" in names:
        raise FreqbenchError("lpips: needs its network; build one with freqbench.metrics.LPIPS")
    return {name: metrics[name] for name in names}


def _values(metric: ImageMetric, prediction: torch.Tensor, target: torch.Tensor) -> NDArray[np.float64]:
    try:
        values = metric(prediction, target)
    except ValueError as error:
        # The metrics are strict with programmers; here the images are the user's.
        raise FreqbenchError(str(error)) from error
    return values.double().cpu().numpy()
