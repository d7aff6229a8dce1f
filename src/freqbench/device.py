"""Which device computes."""

from typing import Any

from freqbench.errors import FreqbenchError


def choose_device(wanted: str) -> Any:
    """Return the torch device for a configuration value.

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


def describe_device(device: Any) -> str:
    """Return a name to print: the model of the GPU, or the number of threads on the CPU."""
    import torch

    if device.type == "cuda":
        return str(torch.cuda.get_device_name(device))
    return f"CPU, {torch.get_num_threads()} threads"
