"""How fast and how busy the machine is while a benchmark runs: limits in seconds mean little without it."""

import os
import time

LOOP = 10_000_000
"""Squares that the loop adds up."""


def loop_seconds() -> float:
    """Return the processor seconds of a fixed loop in plain Python, the fastest of three."""
    times = []
    for _ in range(3):
        began = time.process_time()
        sum(number * number for number in range(LOOP))
        times.append(time.process_time() - began)
    return min(times)


def state_words(load: float, loop: float) -> str:
    """Return load and speed of the machine in a sentence or two."""
    busy = "" if load < (os.cpu_count() or 1) / 2 else f"The load average was {load:.1f} just before. "
    return f"{busy}A loop of {LOOP:,} squares in plain Python took {loop:.2f} s of a processor in the same run."
