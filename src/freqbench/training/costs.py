"""What a training takes: time, memory, energy, summed up over its parts where it was interrupted."""

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import torch

from freqbench.provenance import peak_memory_mib
from freqbench.training.energy import energy_counter_joules

MIB = 1024.0**2


@dataclass(frozen=True)
class Costs:
    """What one or more parts of a training took.

    Attributes:
        parts: how many there were; more than one where a training was resumed.
        seconds: time from start to end, sums over the parts.
        energy_joules: energy of the GPU, the same; None if a part did not report any.
        peak_memory_mib: the largest resident memory of a part.
        peak_gpu_allocated_mib: the most memory of the GPU that tensors took; None without a GPU.
        peak_gpu_reserved_mib: the most that torch held for them.
    """

    parts: int
    seconds: float
    energy_joules: float | None
    peak_memory_mib: float
    peak_gpu_allocated_mib: float | None
    peak_gpu_reserved_mib: float | None

    def after(self, before: "Costs") -> "Costs":
        """Return the costs of both."""
        energies = (before.energy_joules, self.energy_joules)
        return Costs(
            parts=before.parts + self.parts,
            seconds=before.seconds + self.seconds,
            energy_joules=None if None in energies else sum(filter(None, energies)),
            peak_memory_mib=max(before.peak_memory_mib, self.peak_memory_mib),
            peak_gpu_allocated_mib=_larger(before.peak_gpu_allocated_mib, self.peak_gpu_allocated_mib),
            peak_gpu_reserved_mib=_larger(before.peak_gpu_reserved_mib, self.peak_gpu_reserved_mib),
        )


class CostMeter:
    """Measures a part of a training from its making on, after the parts that a saved state tells of.

    What a part did after its last saved state is lost with it, and is not in the sums.

    Args:
        device: the device that trains.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._before: Costs | None = None
        self._began = time.perf_counter()
        self._energy = energy_counter_joules(device)
        if device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(device)

    def resume(self, saved: Mapping[str, Any]) -> None:
        """Take up the costs of the parts before, as `saved` returned them."""
        self._before = Costs(**saved)

    def saved(self) -> dict[str, Any]:
        """Return the costs so far as plain values, to be kept in a state."""
        return asdict(self.total())

    def total(self) -> Costs:
        """Return the costs so far, those of the parts before included."""
        is_gpu = self._device.type == "cuda"
        allocated = torch.cuda.max_memory_allocated(self._device) / MIB if is_gpu else None
        reserved = torch.cuda.max_memory_reserved(self._device) / MIB if is_gpu else None
        seconds = time.perf_counter() - self._began
        here = Costs(1, seconds, self._spent_energy(), peak_memory_mib(), allocated, reserved)
        return here if self._before is None else here.after(self._before)

    def _spent_energy(self) -> float | None:
        now = energy_counter_joules(self._device)
        if now is None or self._energy is None or now < self._energy:  # the counter starts anew with the driver
            return None
        return now - self._energy


def _larger(one: float | None, other: float | None) -> float | None:
    return max((value for value in (one, other) if value is not None), default=None)
