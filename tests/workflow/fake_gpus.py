"""A step that computes on a GPU of a made-up list, and writes down which one it had and when.

Called as ``fake_gpus.py OUTPUT SECONDS``; ``FAKE_GPUS`` is the number of GPUs. Only torch's view of the devices is
made up: what is tested is `freqbench.device` with `freqbench.gpu_slots`, as every step uses them.
"""

import json
import os
import sys
import time
from pathlib import Path
from types import ModuleType, SimpleNamespace


def fake_torch(gpus: int) -> ModuleType:
    """Return a torch that sees so many GPUs of 80 GiB and can do nothing else."""
    torch = ModuleType("torch")
    torch.cuda = SimpleNamespace(
        is_available=lambda: gpus > 0,
        device_count=lambda: gpus,
        get_device_properties=lambda index: SimpleNamespace(uuid=f"fake{index}", total_memory=80 * 2**30),
        set_device=lambda _: None,
    )
    torch.device = lambda kind, index=None: SimpleNamespace(type=kind, index=index)
    return torch


def main(output: Path, seconds: float) -> None:
    """Claim a GPU, hold it, and write its number with the times."""
    sys.modules["torch"] = fake_torch(int(os.environ["FAKE_GPUS"]))
    from freqbench.device import claim_device
    from freqbench.errors import FreqbenchError

    try:
        device = claim_device("auto", 1024.0)
    except FreqbenchError as error:
        sys.exit(f"error: {error}")
    start = time.time()
    time.sleep(seconds)
    output.write_text(json.dumps({"gpu": device.index, "start": start, "end": time.time()}), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]))
