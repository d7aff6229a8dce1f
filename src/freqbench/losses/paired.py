"""What all losses between a prediction and its target share: the shapes and the precision."""

import math
from abc import ABC, abstractmethod
from typing import ClassVar

import torch
from torch import Tensor, nn


class PairedLoss(nn.Module, ABC):
    """Base class of losses between two batches of images of one shape.

    A subclass writes `compute`. Before it is called, the shapes are checked, autocast is switched off and
    both batches become float32, or float64 if one of them is: half precision has no FFT on most devices
    and no room for the spectrum's range.

    Attributes:
        channels_per_target: channels of the prediction for each channel of the target; above 1 for a loss
            of a predicted distribution.
    """

    channels_per_target: ClassVar[int] = 1

    def __init__(self) -> None:
        # Without it the signature of a loss without options would be torch's (*args, **kwargs).
        super().__init__()

    def forward(self, prediction: Tensor, target: Tensor) -> Tensor:
        """Return the loss.

        Args:
            prediction: (N, C, H, W), floating point.
            target: of the same shape, but for a loss with ``channels_per_target`` above 1, where C is that
                many times the target's number of channels.

        Returns:
            A scalar, float32 or float64.

        Raises:
            ValueError: if the shapes do not fit, are not (N, C, H, W), are empty, or are not floating point.
        """
        _check_pair(prediction, target, self.channels_per_target)
        dtype = torch.promote_types(prediction.dtype, target.dtype)
        if dtype != torch.float64:
            dtype = torch.float32
        with torch.autocast(prediction.device.type, enabled=False):
            return self.compute(prediction.to(dtype), target.to(dtype))

    @abstractmethod
    def compute(self, prediction: Tensor, target: Tensor) -> Tensor:
        """Return the scalar loss of two valid batches of one precision."""


def check_number(name: str, value: object, *, positive: bool = False) -> None:
    """Refuse what is no finite number, and negative ones (``positive``: also zero).

    Raises:
        ValueError: naming the option.
    """
    allowed = "a finite number > 0" if positive else "a finite number >= 0"
    if (
        not isinstance(value, int | float)
        or isinstance(value, bool)
        or not math.isfinite(value)
        or value < 0
        or (positive and value == 0)
    ):
        raise ValueError(f"{name} must be {allowed}, not {value!r}")


def check_choice(name: str, value: object, allowed: tuple[object, ...]) -> None:
    """Refuse a value that is none of the allowed.

    Raises:
        ValueError: naming the option and what is allowed.
    """
    # By type as well: 1 == True, but `detach_weight: 1` is more likely a slip than a wish.
    if not any(type(value) is type(choice) and value == choice for choice in allowed):
        raise ValueError(f"{name} must be one of {', '.join(map(repr, allowed))}, not {value!r}")


def check_whole_number(name: str, value: object, *, at_least: int = 1) -> None:
    """Refuse what is no integer of the wanted size.

    Raises:
        ValueError: naming the option.
    """
    if type(value) is not int or value < at_least:
        raise ValueError(f"{name} must be a whole number >= {at_least}, not {value!r}")


def _check_pair(prediction: Tensor, target: Tensor, channels_per_target: int) -> None:
    for images in (prediction, target):
        if images.ndim != 4 or images.numel() == 0:
            raise ValueError(f"images must be a non-empty (N, C, H, W), not {tuple(images.shape)}")
    number, channels, height, width = target.shape
    expected = (number, channels * channels_per_target, height, width)
    if channels_per_target > 1 and prediction.shape != expected:
        raise ValueError(
            f"the prediction must have the shape {expected}, {channels_per_target} channels for each of the target's, "
            f"not {tuple(prediction.shape)}"
        )
    if prediction.shape != expected:
        raise ValueError(f"prediction and target differ in shape: {tuple(prediction.shape)} and {tuple(target.shape)}")
    if not (prediction.is_floating_point() and target.is_floating_point()):
        raise ValueError(f"images must be floating point, not {prediction.dtype} and {target.dtype}")
