"""Which GPU a process computes on. Two processes take the same one only where that is asked for and memory allows.

Workflow engines count GPUs and do not say which one a job is to take; torch takes the first. So a process reserves a
slot of a GPU, by a lock on a file that the operating system gives back when the process ends, however it ends.
"""

import fcntl
import json
import math
import os
import stat
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from freqbench.errors import FreqbenchError

FOLDER_VARIABLE = "FREQBENCH_GPU_LOCKS"
"""Environment variable with the folder of the locks; by default one of the user's in the folder of temporary files."""
JOBS_VARIABLE = "FREQBENCH_JOBS_PER_GPU"
"""Environment variable with the number of processes that may share a GPU, 1 by default."""
COUNT_VARIABLE = "FREQBENCH_GPUS"
"""Environment variable with the number of GPUs that have to be there; unset, as many as there are will do."""
USABLE = 0.95
"""Share of a GPU's memory that reservations may add up to; the rest is the driver's."""


@dataclass(frozen=True)
class Gpu:
    """A GPU that this process sees.

    Attributes:
        index: its number for CUDA in this process.
        uuid: its own name, the same for all processes.
        memory_mib: its memory.
    """

    index: int
    uuid: str
    memory_mib: float


@dataclass(frozen=True)
class Slot:
    """A reserved place on a GPU, held until the process ends or `release` is called."""

    gpu: Gpu
    descriptor: int

    def release(self) -> None:
        """Give the place back."""
        os.close(self.descriptor)


class GpuSlots:
    """The places on the GPUs of this machine.

    A process may take a GPU that nobody holds, whatever it needs; or share one with fewer than ``jobs_per_gpu``
    others if all reservations fit into the memory. Processes that do not reserve are not seen.

    Args:
        folder: where the locks are; made if it does not exist.
        jobs_per_gpu: how many processes may share a GPU.

    Raises:
        FreqbenchError: if the folder cannot be used.
    """

    def __init__(self, folder: Path, jobs_per_gpu: int) -> None:
        self.folder, self.jobs_per_gpu = folder, jobs_per_gpu
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            # a folder that others can write could hold their locks, or links
            is_mine = folder.stat().st_uid == os.getuid() and not folder.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH)
        except OSError as error:
            raise FreqbenchError(f"{folder}: {error.strerror}; name another folder with {FOLDER_VARIABLE}") from error
        if not is_mine:
            raise FreqbenchError(
                f"{folder}: belongs to others, or they can write it; name a folder of your own with {FOLDER_VARIABLE}"
            )

    def take(
        self,
        gpus: Sequence[Gpu],
        needed_mib: float,
        *,
        on_wait: Callable[[str], None],
        poll_seconds: float = 1.0,
    ) -> Slot:
        """Reserve a place, and wait until there is one.

        Args:
            gpus: those to choose from, at least one.
            needed_mib: memory that the process will take, by estimate.
            on_wait: called once with a remark, if no place is free.
            poll_seconds: time between two looks.
        """
        has_said = False
        while (slot := self.try_take(gpus, needed_mib)) is None:
            if not has_said:
                on_wait(f"waiting for a GPU: {self._takers(gpus)}; {JOBS_VARIABLE} says how many may share one")
                has_said = True
            time.sleep(poll_seconds)
        return slot

    def try_take(self, gpus: Sequence[Gpu], needed_mib: float) -> Slot | None:
        """Reserve a place on the GPU with the fewest processes, then with most memory left; None if there is none."""
        with self._mutex():
            candidates = []
            for gpu in gpus:
                reserved = [mib for _, mib in self._holders(gpu)]
                left = USABLE * gpu.memory_mib - sum(reserved)
                if not reserved or (len(reserved) < self.jobs_per_gpu and needed_mib <= left):
                    candidates.append((len(reserved), -left, gpu.index, gpu))
            if not candidates:
                return None
            gpu = min(candidates)[-1]
            return Slot(gpu, self._reserve(gpu, needed_mib))

    def _takers(self, gpus: Sequence[Gpu]) -> str:
        with self._mutex():
            takers = [str(pid) for gpu in gpus for pid, _ in self._holders(gpu)]
        return f"all are taken, by the processes {', '.join(takers)}" if takers else "all were taken a moment ago"

    def _holders(self, gpu: Gpu) -> list[tuple[int, float]]:
        """Return process number and reserved MiB of each place that is taken on a GPU."""
        taken = []
        for path in sorted(self.folder.glob(f"{gpu.uuid}.*")):
            with suppress(FileNotFoundError), path.open("r+") as file:
                if _is_locked(file):
                    content = json.load(file)
                    taken.append((content["pid"], content["mib"]))
        return taken

    def _reserve(self, gpu: Gpu, needed_mib: float) -> int:
        """Write and lock the first free file of a GPU, and return its descriptor, which holds the lock."""
        number = 0
        while True:
            descriptor = os.open(self.folder / f"{gpu.uuid}.{number}", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(descriptor)
                number += 1
                continue
            os.ftruncate(descriptor, 0)
            os.write(descriptor, json.dumps({"pid": os.getpid(), "mib": needed_mib}).encode())
            return descriptor

    @contextmanager
    def _mutex(self) -> Iterator[None]:
        """Keep other processes from deciding at the same time."""
        with (self.folder / "mutex").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def slots_of_environment() -> GpuSlots:
    """Return the places as the environment asks for them.

    Raises:
        FreqbenchError: if a variable is wrong.
    """
    named = os.environ.get(FOLDER_VARIABLE)
    folder = Path(named) if named else Path(tempfile.gettempdir()) / f"freqbench-gpus-{os.getuid()}"
    return GpuSlots(folder, _count_of(JOBS_VARIABLE, "1"))


def gpus_needed(jobs: int) -> int:
    """Return how many GPUs so many processes need at once, as the environment lets them share.

    Raises:
        FreqbenchError: if the variable is wrong.
    """
    return math.ceil(jobs / _count_of(JOBS_VARIABLE, "1"))


def check_gpus() -> None:
    """Make sure that as many GPUs are there as ``FREQBENCH_GPUS`` says: a lost one must not pass for a slow study.

    Raises:
        FreqbenchError: if there are fewer, or the variable is wrong.
    """
    if COUNT_VARIABLE not in os.environ:
        return
    needed = _count_of(COUNT_VARIABLE, "1")
    import torch

    there = torch.cuda.device_count()
    if there < needed:
        visible = os.environ.get("CUDA_VISIBLE_DEVICES")
        limit = "" if visible is None else f" with CUDA_VISIBLE_DEVICES={visible}"
        raise FreqbenchError(
            f"{COUNT_VARIABLE}: {needed} GPU{'' if needed == 1 else 's'} asked for, CUDA shows {there}{limit}; "
            "`nvidia-smi` shows which are well; ask for fewer, in the workflow with `--resources gpu=...`"
        )


def _count_of(variable: str, default: str) -> int:
    text = os.environ.get(variable, default)
    if not text.isdecimal() or int(text) < 1:
        raise FreqbenchError(f"{variable}: must be a whole number from 1 up, not `{text}`")
    return int(text)


def visible_gpus() -> list[Gpu]:
    """Return the GPUs that CUDA shows to this process."""
    import torch

    properties = [torch.cuda.get_device_properties(index) for index in range(torch.cuda.device_count())]
    return [Gpu(index, str(one.uuid), one.total_memory / 2**20) for index, one in enumerate(properties)]


def warn(text: str) -> None:
    """Print a remark to standard error at once."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def _is_locked(file: Any) -> bool:
    """Return whether another open file holds the lock; it is left as it was."""
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    fcntl.flock(file, fcntl.LOCK_UN)
    return False
