"""Reservations of GPUs: made-up GPUs, real locks, real processes."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from freqbench import device as devices
from freqbench.errors import FreqbenchError
from freqbench.gpu_slots import (
    COUNT_VARIABLE,
    FOLDER_VARIABLE,
    JOBS_VARIABLE,
    Gpu,
    GpuSlots,
    Slot,
    check_gpus,
    gpus_needed,
    slots_of_environment,
)

TWO = [Gpu(0, "aa", 10_000.0), Gpu(1, "bb", 10_000.0)]
HOLD = """
import json, sys, time
from pathlib import Path
from freqbench.gpu_slots import Gpu, GpuSlots
folder, jobs, needed, seconds, gpus = sys.argv[1:]
slots = GpuSlots(Path(folder), int(jobs))
gpus = [Gpu(index, f"gpu{index}", 10_000.0) for index in range(int(gpus))]
slot = slots.take(gpus, float(needed), on_wait=lambda text: None, poll_seconds=0.01)
began = time.monotonic()
print(slot.gpu.uuid, flush=True)
time.sleep(float(seconds))
print(json.dumps([slot.gpu.uuid, began, time.monotonic()]), flush=True)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "locks"


def holder(folder: Path, *, jobs: int = 1, needed: float = 1.0, seconds: float = 60.0, gpus: int = 1):
    arguments = [str(folder), str(jobs), str(needed), str(seconds), str(gpus)]
    return subprocess.Popen([sys.executable, "-c", HOLD, *arguments], stdout=subprocess.PIPE, text=True)


def test_two_do_not_take_the_same_gpu(folder):
    slots = GpuSlots(folder, 1)
    first, second = slots.try_take(TWO, 1.0), slots.try_take(TWO, 1.0)
    assert {first.gpu.uuid, second.gpu.uuid} == {"aa", "bb"}
    assert slots.try_take(TWO, 1.0) is None
    first.release()
    assert slots.try_take(TWO, 1.0).gpu == first.gpu


def test_a_second_view_with_other_numbers_sees_the_same_gpu(folder):
    """CUDA_VISIBLE_DEVICES renumbers: the name counts."""
    taken = GpuSlots(folder, 1).try_take([TWO[1]], 1.0)
    renumbered = [Gpu(0, "bb", 10_000.0)]
    assert taken is not None
    assert GpuSlots(folder, 1).try_take(renumbered, 1.0) is None


def test_the_emptiest_gpu_is_taken_first(folder):
    slots = GpuSlots(folder, 2)
    held = [slots.try_take(TWO, mib) for mib in (1000.0, 3000.0, 1000.0, 1000.0)]
    # one each; then the one with less reserved; then the other, as it has one process
    assert [slot.gpu.index for slot in held] == [0, 1, 0, 1]
    assert slots.try_take(TWO, 1.0) is None


def test_sharing_needs_memory(folder):
    slots = GpuSlots(folder, 3)
    one = [TWO[0]]
    held = [slots.try_take(one, 5000.0), slots.try_take(one, 4500.0)]
    assert None not in held
    assert slots.try_take(one, 1.0) is None  # 95 % of 10,000 are reserved
    held[0].release()
    assert slots.try_take(one, 5001.0) is None
    assert slots.try_take(one, 5000.0) is not None


def test_what_needs_more_than_there_is_gets_a_gpu_alone(folder):
    slots = GpuSlots(folder, 2)
    assert slots.try_take([TWO[0]], 50_000.0) is not None
    assert slots.try_take([TWO[0]], 1.0) is None


def test_a_process_that_dies_gives_its_place_back(folder):
    process = holder(folder)
    try:
        assert process.stdout.readline().strip() == "gpu0"
        slots, gpus, said = GpuSlots(folder, 1), [Gpu(0, "gpu0", 10_000.0)], []
        assert slots.try_take(gpus, 1.0) is None
        process.send_signal(signal.SIGKILL)
        process.wait()
        slot = slots.take(gpus, 1.0, on_wait=said.append, poll_seconds=0.01)
        assert slot.gpu == gpus[0]
        assert said == []
    finally:
        process.kill()


def test_who_waits_says_for_whom(folder):
    process = holder(folder, seconds=1.0)
    try:
        process.stdout.readline()
        said: list[str] = []
        slot = GpuSlots(folder, 1).take([Gpu(0, "gpu0", 1e4)], 1.0, on_wait=said.append, poll_seconds=0.01)
        assert slot.gpu.index == 0
        assert len(said) == 1
        assert f"by the processes {process.pid}" in said[0]
        assert JOBS_VARIABLE in said[0]
    finally:
        process.kill()


@pytest.mark.slow
def test_many_at_once_never_share_more_than_allowed(folder):
    processes = [holder(folder, jobs=2, needed=4000.0, seconds=0.3, gpus=2) for _ in range(10)]
    held = [json.loads(process.communicate(timeout=120)[0].splitlines()[1]) for process in processes]
    for gpu in ("gpu0", "gpu1"):
        times = [(began, ended) for name, began, ended in held if name == gpu]
        assert times
        at_once = [sum(began <= moment < ended for began, ended in times) for moment, _ in times]
        assert max(at_once) <= 2


def test_a_folder_that_others_can_write_is_refused(folder):
    folder.mkdir(mode=0o777)
    folder.chmod(0o777)
    with pytest.raises(FreqbenchError, match=FOLDER_VARIABLE):
        GpuSlots(folder, 1)


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(FreqbenchError, match="name another folder"):
        GpuSlots(tmp_path / "file" / "locks", 1)


@pytest.mark.parametrize("text", ["0", "-1", "two", "1.5", ""])
def test_a_wrong_number_of_jobs_is_one_line(text, monkeypatch, folder):
    monkeypatch.setenv(FOLDER_VARIABLE, str(folder))
    monkeypatch.setenv(JOBS_VARIABLE, text)
    with pytest.raises(FreqbenchError, match=JOBS_VARIABLE):
        slots_of_environment()


@pytest.mark.parametrize(("jobs", "per_gpu", "gpus"), [(1, "1", 1), (4, "1", 4), (4, "3", 2), (1000, "3", 334)])
def test_gpus_needed_follow_from_how_many_may_share_one(jobs, per_gpu, gpus, monkeypatch):
    monkeypatch.setenv(JOBS_VARIABLE, per_gpu)
    assert gpus_needed(jobs) == gpus


@pytest.mark.parametrize("wanted", ["auto", "cuda"])
def test_fewer_gpus_than_asked_for_is_one_line(wanted, monkeypatch):
    """With `auto`, too: a study must not go on on the processor because a GPU got lost."""
    monkeypatch.setenv(COUNT_VARIABLE, "2")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "5")
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    message = "FREQBENCH_GPUS: 2 GPUs asked for, CUDA shows 1 with CUDA_VISIBLE_DEVICES=5; `nvidia-smi` shows"
    with pytest.raises(FreqbenchError, match=message):
        devices.claim_device(wanted)
    assert devices.claim_device("cpu") == torch.device("cpu")


def test_a_wrong_number_of_gpus_is_one_line(monkeypatch):
    monkeypatch.setenv(COUNT_VARIABLE, "all")
    with pytest.raises(FreqbenchError, match="FREQBENCH_GPUS: must be a whole number from 1 up, not `all`"):
        check_gpus()


def test_the_folder_is_the_users_own(monkeypatch, tmp_path):
    monkeypatch.delenv(FOLDER_VARIABLE, raising=False)
    monkeypatch.delenv(JOBS_VARIABLE, raising=False)
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    slots = slots_of_environment()
    assert slots.jobs_per_gpu == 1
    assert slots.folder == tmp_path / f"freqbench-gpus-{os.getuid()}"
    assert slots.folder.stat().st_mode & 0o777 == 0o700


def test_a_claimed_gpu_becomes_the_current_one(monkeypatch, folder):
    """The second claim of a process returns the first's, and takes no other place."""
    current = []
    monkeypatch.setenv(FOLDER_VARIABLE, str(folder))
    monkeypatch.delenv(JOBS_VARIABLE, raising=False)
    monkeypatch.setattr(devices, "_held", [])
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "set_device", current.append)
    properties = [SimpleNamespace(uuid=name, total_memory=2**34) for name in ("aa", "bb")]
    monkeypatch.setattr(torch.cuda, "get_device_properties", properties.__getitem__)
    others: Slot | None = GpuSlots(folder, 1).try_take([TWO[0]], 1.0)
    assert others is not None
    assert devices.claim_device("auto") == torch.device("cuda", 1)
    assert devices.claim_device("cuda") == torch.device("cuda", 1)
    assert current == [1, 1]
    others.release()
    assert GpuSlots(folder, 1).try_take(TWO, 1.0).gpu.uuid == "aa"


def test_the_processor_is_not_reserved(monkeypatch):
    monkeypatch.setattr(devices, "_held", [])
    assert devices.claim_device("cpu") == torch.device("cpu")
    assert devices._held == []


def test_waiting_costs_no_processor_time(folder):
    held = GpuSlots(folder, 1).try_take([TWO[0]], 1.0)
    slots, looks = GpuSlots(folder, 1), []

    def look(gpus, needed):
        looks.append(time.monotonic())
        if len(looks) == 3:
            held.release()
        return GpuSlots.try_take(slots, gpus, needed)

    slots.try_take = look  # type: ignore[method-assign]
    slots.take([TWO[0]], 1.0, on_wait=lambda _: None, poll_seconds=0.05)
    assert len(looks) == 3
    assert looks[-1] - looks[0] >= 0.1
