"""The peak memory of one computation, above what lay in memory before it."""

import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import torch
from torch.profiler import ProfilerActivity, profile

CPU_DEVICE_TYPE = 0


def peak_memory(step: Callable[[], object], device: torch.device) -> int:
    """Return the largest number of bytes that a step holds at once, what it returns included.

    On a GPU: what torch's caching allocator counts, the work space of the FFT included. On the CPU: every
    allocation and release of torch's allocator, which the profiler records, summed up in the order of
    time; resident memory would also count what the allocator keeps for later. What a library allocates by
    itself (the CPU's FFT) is not seen there.

    Args:
        step: the computation; it runs twice, since the first run also makes what is kept, such as FFT plans.
        device: where it computes.

    Raises:
        RuntimeError: if the profiler recorded nothing.
    """
    step()
    return _peak_on_gpu(step, device) if device.type == "cuda" else _peak_on_cpu(step)


def _peak_on_gpu(step: Callable[[], object], device: torch.device) -> int:
    torch.cuda.synchronize(device)
    before = torch.cuda.memory_allocated(device)
    torch.cuda.reset_peak_memory_stats(device)
    result = step()
    torch.cuda.synchronize(device)
    del result
    return torch.cuda.max_memory_allocated(device) - before


def _peak_on_cpu(step: Callable[[], object]) -> int:
    # the profiler writes a line to the terminal at each start and stop; read when it starts first
    os.environ.setdefault("KINETO_LOG_LEVEL", "99")
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as record:
        result = step()
    del result
    with tempfile.TemporaryDirectory(prefix="freqbench-benchmark-") as folder:
        trace = Path(folder, "trace.json")
        record.export_chrome_trace(str(trace))
        events = json.loads(trace.read_text(encoding="utf-8"))["traceEvents"]
    changes = [
        (event["ts"], event["args"]["Bytes"])
        for event in events
        if event["name"] == "[memory]" and event["args"]["Device Type"] == CPU_DEVICE_TYPE
    ]
    if not changes:
        raise RuntimeError(f"the profiler of torch {torch.__version__} recorded no allocation")
    held = peak = 0
    for _, change in sorted(changes, key=lambda entry: entry[0]):
        held += change
        peak = max(peak, held)
    return peak
