"""How long one iteration of a study's training takes on this machine, measured on made-up patches."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch

from freqbench.config import Config, Method
from freqbench.data.patches import PatchSet
from freqbench.training.assemble import assemble
from freqbench.training.backend_settings import backend_settings
from freqbench.training.execution import execution_of
from freqbench.training.loop import Trainer
from freqbench.training.term_weights import Task

PROBED_SIDE = 64
"""Side in pixels of the crops that are tried first on a CPU."""


@dataclass(frozen=True)
class StepTime:
    """The time of one iteration.

    Attributes:
        seconds: mean over the measured iterations, for the crops of the study.
        steps: how many were measured.
        measured_side: side of the crops that were measured, in pixels; smaller ones than the study's were scaled up
            by the area, as convolutions are.
    """

    seconds: float
    steps: int
    measured_side: int


def measure_step_time(
    config: Config,
    method: Method,
    task: Task,
    side: int,
    device: torch.device,
    *,
    steps: int,
    limit_seconds: float,
    advance: Callable[[int, int], None] | None = None,
) -> StepTime:
    """Time iterations of a training with the full objective, after one that is not counted.

    The feature network is untrained, which takes the same time, so nothing is downloaded. On a CPU a few steps at the
    paper's size take hours and tens of gigabytes: where the limit would be passed, small crops are measured.

    Args:
        config: the study.
        method: the method that is timed.
        task: of the data set.
        side: width and height of the study's crops in pixels.
        device: where it computes.
        steps: iterations to measure.
        limit_seconds: no iteration begins after this time.
        advance: called with the number of iterations measured and the number of all.

    Raises:
        FreqbenchError: if the training cannot be built.
        torch.OutOfMemoryError: if it does not fit into the memory of the GPU.
    """
    execution = execution_of(config.training, device)

    def trainer_of(pixels: int) -> Trainer:
        small = config.training.model_copy(
            update={"crop": None, "augment": False, "iterations": steps + 1, "epochs": None}
        )
        return assemble(
            config.model_copy(update={"training": small, "feature_networks": "untrained"}),
            method,
            _made_up(config.training.batch_size, pixels),
            task=task,
            frequency_weight=1.0,
            seed=0,
            device=device,
            execution=execution,
        )

    with backend_settings(execution):
        if device.type == "cpu" and side > PROBED_SIDE:
            trainer, scale = trainer_of(PROBED_SIDE), (side / PROBED_SIDE) ** 2
            began = time.perf_counter()
            trainer._step()
            if (time.perf_counter() - began) * scale * (steps + 1) > limit_seconds:
                seconds, counted = _timed(trainer, device, steps, limit_seconds, advance)
                return StepTime(seconds * scale, counted, PROBED_SIDE)
        trainer = trainer_of(side)
        trainer._step()
        return StepTime(*_timed(trainer, device, steps, limit_seconds, advance), side)


def _timed(
    trainer: Trainer, device: torch.device, steps: int, limit_seconds: float, advance: Callable[[int, int], None] | None
) -> tuple[float, int]:
    """Return the seconds of an iteration, and how many were measured."""
    _wait_for(device)
    began = time.perf_counter()
    done = 0
    while done < steps and (done == 0 or time.perf_counter() - began < limit_seconds):
        trainer._step()
        done += 1
        if advance is not None:
            advance(done, steps)
    _wait_for(device)
    return (time.perf_counter() - began) / done, done


def _wait_for(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def _made_up(count: int, side: int) -> PatchSet:
    rng = np.random.default_rng(0)
    noisy, clean = rng.integers(256, size=(2, count, side, side), dtype=np.uint8)
    return PatchSet(pd.DataFrame({"patch_id": range(count)}), noisy, clean)
