"""The energy that a GPU uses, from the counter of its driver."""

import torch


def energy_counter_joules(device: torch.device) -> float | None:
    """Return the energy that a GPU has used since its driver was loaded, in joules; None where nothing reports it.

    The difference of two readings is the energy of the whole board in between, that of other processes included.
    NVIDIA GPUs from Volta on count it; a part of a GPU (MIG) does not. Needs the package ``nvidia-ml-py``.
    """
    if device.type != "cuda":
        return None
    try:
        import pynvml
    except ImportError:
        return None
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return None
    try:
        # by its own number: NVML does not know CUDA_VISIBLE_DEVICES
        handle = pynvml.nvmlDeviceGetHandleByUUID(
            "GPU-" + str(torch.cuda.get_device_properties(device).uuid).removeprefix("GPU-")
        )
        return float(pynvml.nvmlDeviceGetTotalEnergyConsumption(handle)) / 1000.0
    except pynvml.NVMLError:
        return None
    finally:
        pynvml.nvmlShutdown()
