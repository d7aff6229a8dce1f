"""torch's global switches during a training; what was set before comes back after it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
import torch.utils.deterministic

from freqbench.errors import FreqbenchError
from freqbench.training.execution import Execution

WORKSPACE_VARIABLE = "CUBLAS_WORKSPACE_CONFIG"
DETERMINISTIC_WORKSPACES = (":4096:8", ":16:8")
"""The two sizes with which cuBLAS promises the same result twice (its manual, section on reproducibility)."""


@contextmanager
def backend_settings(execution: Execution) -> Iterator[None]:
    """Set torch's switches for a training, and put them back.

    - Only deterministic algorithms, or else cuDNN's fastest ones, tried out on the first batch: crops have one size.
    - New memory is not filled with NaN, which torch does by itself when it is to be deterministic: a help in
      finding operations that read what they have not written, at a pass over every activation.
    - Convolutions in TensorFloat-32 or in IEEE float32; products of matrices, which only losses have, in the latter.

    Raises:
        FreqbenchError: if the training is to be deterministic and CUBLAS_WORKSPACE_CONFIG forbids it.
    """
    cudnn: Any = torch.backends.cudnn
    matmul: Any = torch.backends.cuda.matmul
    filling: Any = torch.utils.deterministic
    is_deterministic = execution.deterministic
    if is_deterministic and execution.device == "cuda":
        _set_workspace()
    before = (
        torch.are_deterministic_algorithms_enabled(),
        torch.is_deterministic_algorithms_warn_only_enabled(),
        cudnn.benchmark,
        cudnn.conv.fp32_precision,
        matmul.fp32_precision,
        filling.fill_uninitialized_memory,
    )
    try:
        torch.use_deterministic_algorithms(is_deterministic)
        cudnn.benchmark = not is_deterministic
        cudnn.conv.fp32_precision = "tf32" if execution.tf32 else "ieee"
        matmul.fp32_precision = "ieee"
        filling.fill_uninitialized_memory = False
        yield
    finally:
        torch.use_deterministic_algorithms(before[0], warn_only=before[1])
        cudnn.benchmark, cudnn.conv.fp32_precision, matmul.fp32_precision, filling.fill_uninitialized_memory = before[
            2:
        ]


def _set_workspace() -> None:
    """Choose cuBLAS's work space, which it takes when it starts; it stays for the process."""
    wanted = os.environ.setdefault(WORKSPACE_VARIABLE, DETERMINISTIC_WORKSPACES[0])
    if wanted not in DETERMINISTIC_WORKSPACES:
        raise FreqbenchError(
            f"the environment variable {WORKSPACE_VARIABLE} is `{wanted}`, with which results differ between runs; "
            f"remove it, set it to `{DETERMINISTIC_WORKSPACES[0]}`, or set `training.deterministic: false`"
        )
