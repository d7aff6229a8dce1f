"""Which device computes."""

from typing import Any

from freqbench.errors import FreqbenchError
from freqbench.gpu_slots import Slot, check_gpus, slots_of_environment, visible_gpus, warn

WITHOUT_TRAINING_MIB = 8192.0
"""Memory that a step other than a training reserves on a GPU; the largest is LPIPS with VGG-16 on a batch."""

_held: list[Slot] = []


def choose_device(wanted: str) -> Any:
    """Return the kind of torch device for a configuration value, without reserving one.

    Args:
        wanted: ``auto`` (a CUDA device if there is one), ``cpu`` or ``cuda``.

    Raises:
        FreqbenchError: if CUDA is asked for and there is no device.
    """
    import torch

    available = torch.cuda.is_available()
    if wanted == "cuda" and not available:
        raise FreqbenchError("device: `cuda` is asked for, but torch sees no CUDA device; use `auto` or `cpu`")
    return torch.device("cuda" if available and wanted != "cpu" else "cpu")


def claim_device(wanted: str, needed_mib: float = WITHOUT_TRAINING_MIB) -> Any:
    """Return the torch device to compute on; a GPU is reserved until the process ends, see `freqbench.gpu_slots`.

    The GPU becomes CUDA's current device. A process has one: the second call returns that of the first.

    Args:
        wanted: as in `choose_device`.
        needed_mib: memory of the GPU that the process will take, by estimate.

    Raises:
        FreqbenchError: if CUDA is asked for and there is no device, there are fewer than ``FREQBENCH_GPUS`` says, or
            none can be reserved.
    """
    if wanted != "cpu":
        check_gpus()
    device = choose_device(wanted)
    if device.type != "cuda":
        return device
    import torch

    if not _held:
        _held.append(slots_of_environment().take(visible_gpus(), needed_mib, on_wait=warn))
    index = _held[0].gpu.index
    torch.cuda.set_device(index)
    return torch.device("cuda", index)


def describe_device(device: Any) -> str:
    """Return a name to print: the model of the GPU, or the number of threads on the CPU."""
    import torch

    if device.type == "cuda":
        return str(torch.cuda.get_device_name(device))
    threads = torch.get_num_threads()
    return f"CPU, {threads} thread{'' if threads == 1 else 's'}"
