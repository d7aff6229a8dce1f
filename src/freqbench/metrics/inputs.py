"""The check that every image metric makes of its input before it computes anything."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def check_images(
    prediction: torch.Tensor,
    target: torch.Tensor,
    data_range: float,
    *,
    metric: str,
    min_size: int,
    channels: tuple[int, ...] = (1,),
) -> None:
    """Raise for image pairs for which a metric has no meaningful value.

    Args:
        prediction: float32 or float64 images ``(N, C, H, W)`` in [0, data_range].
        target: images of the same shape, type and range.
        data_range: the largest value that the images can take, not the largest that they do take.
        metric: name for the messages.
        min_size: smallest height and width in pixels.
        channels: allowed numbers of channels.

    Raises:
        ValueError: on another shape or type, NaN or infinity, values outside the range, or a
            height or width below ``min_size``.
    """
    if not (math.isfinite(data_range) and data_range > 0):
        raise ValueError(f"{metric}: data_range must be a positive number, got {data_range}")
    if prediction.shape != target.shape:
        raise ValueError(
            f"{metric}: prediction {tuple(prediction.shape)} and target {tuple(target.shape)} differ in shape"
        )
    if prediction.dtype != target.dtype:
        raise ValueError(f"{metric}: prediction ({prediction.dtype}) and target ({target.dtype}) differ in type")
    _check_shape(prediction, metric=metric, min_size=min_size, channels=channels)
    _check_values(prediction, data_range, f"{metric}: the prediction")
    _check_values(target, data_range, f"{metric}: the target")


def _check_shape(images: torch.Tensor, *, metric: str, min_size: int, channels: tuple[int, ...]) -> None:
    if images.ndim != 4 or images.shape[0] == 0 or images.shape[1] not in channels:
        wanted = " or ".join(str(count) for count in channels)
        raise ValueError(f"{metric}: expected images (N, {wanted}, H, W), got shape {tuple(images.shape)}")
    height, width = images.shape[2:]
    if min(height, width) < min_size:
        raise ValueError(f"{metric}: needs images of at least {min_size}x{min_size} pixels, got {height}x{width}")


def _check_values(images: torch.Tensor, data_range: float, what: str) -> None:
    import torch

    if images.dtype not in (torch.float32, torch.float64):
        raise ValueError(f"{what} must be float32 or float64 in [0, {data_range:g}], got {images.dtype}")
    low, high = (float(value) for value in images.detach().aminmax())
    # The minimum and maximum of a tensor that holds a NaN are NaN.
    if not (math.isfinite(low) and math.isfinite(high)):
        raise ValueError(f"{what} holds NaN or infinity")
    if low < 0 or high > data_range:
        raise ValueError(f"{what} has values from {low:.6g} to {high:.6g}, outside [0, {data_range:g}]; clamp it first")
