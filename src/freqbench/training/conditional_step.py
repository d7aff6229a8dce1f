"""An optimiser's step that the device itself takes or leaves, without telling the host."""

from typing import Any

import torch
from torch import Tensor


def step_if(optimiser: torch.optim.Optimizer, condition: Tensor) -> None:
    """Take an optimiser's step where a condition on the device holds; else nothing of it changes.

    A fused optimiser of torch leaves weights, moments and its count of steps as they are when it is told that a
    gradient overflowed (`torch.amp.GradScaler` does so). The flag is a tensor that its kernel reads on the device, so
    the host need not wait to know. Gradients of zero would not do: weight decay and moments would go on.

    Args:
        optimiser: made with ``fused=True``; its gradients are set.
        condition: boolean scalar on the device of the weights.

    Raises:
        ValueError: if the optimiser is not fused, and would take the step in any case.
    """
    if not all(group.get("fused") for group in optimiser.param_groups):
        raise ValueError("the optimiser must be fused to leave a step out on the device")
    flagged: Any = optimiser
    flagged.found_inf = condition.logical_not().float()
    try:
        optimiser.step()
    finally:
        del flagged.found_inf
