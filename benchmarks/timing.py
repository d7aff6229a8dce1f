"""Times of several computations on a machine that others use too: each beside its neighbours in time."""

import random
import time
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch

Step = Callable[[], object]
TimeStep = Callable[[Step], float]


def stopwatch(device: torch.device) -> TimeStep:
    """Return a function that runs a step and returns its milliseconds on the device."""

    def on_gpu(step: Step) -> float:
        began, ended = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        torch.cuda.synchronize(device)
        began.record()
        step()
        ended.record()
        torch.cuda.synchronize(device)
        return float(began.elapsed_time(ended))

    def on_cpu(step: Step) -> float:
        began = time.perf_counter()
        step()
        return 1e3 * (time.perf_counter() - began)

    return on_gpu if device.type == "cuda" else on_cpu


def interleaved_times(
    steps: Mapping[str, Step], time_step: TimeStep, *, rounds: int, warm_up: int = 0
) -> dict[str, list[float]]:
    """Return the times of every step in every round.

    Each round runs each step once, in an order of its own that depends on the number of the round alone.
    So what slows the machine for a while slows all steps of that round, and none is always first.

    Args:
        steps: by name.
        time_step: runs a step and returns its time.
        rounds: rounds that are timed.
        warm_up: rounds before them that are not.
    """
    times: dict[str, list[float]] = {name: [] for name in steps}
    for number in range(-warm_up, rounds):
        order = list(steps)
        random.Random(f"round {number}").shuffle(order)
        for name in order:
            passed = time_step(steps[name])
            if number >= 0:
                times[name].append(passed)
    return times


def round_ratios(times: Sequence[float], peer_times: Sequence[float]) -> list[float]:
    """Return the time over the peer's time of the same round, for each round."""
    return [own / peer for own, peer in zip(times, peer_times, strict=True)]


def quartiles(values: Sequence[float]) -> tuple[float, float, float]:
    """Return the lower quartile, the median and the upper quartile."""
    lower, middle, upper = np.percentile(values, (25, 50, 75))
    return float(lower), float(middle), float(upper)
