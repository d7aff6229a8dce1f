"""What a training takes: parts that add up, the counter of a GPU, and that measuring changes nothing."""

import json
import sys
from types import SimpleNamespace

import pytest
import torch

from freqbench.layout import Layout
from freqbench.run import Run
from freqbench.training import costs
from freqbench.training.costs import CostMeter, Costs
from freqbench.training.energy import energy_counter_joules
from freqbench.training.loop import TrainingInterruptedError
from freqbench.training.run import train

CPU, GPU = torch.device("cpu"), torch.device("cuda")
UUID = "01234567-89ab-cdef-0123-456789abcdef"


class FakeNVML:
    """Stands for the module pynvml: a counter in millijoules that a test moves, and calls that can fail."""

    class NVMLError(Exception):
        pass

    def __init__(self, failing=""):
        self.millijoules, self.failing, self.open, self.asked = 5_000_000, failing, 0, []

    def _call(self, name):
        if name == self.failing:
            raise self.NVMLError(name)

    def nvmlInit(self):  # noqa: N802
        self._call("init")
        self.open += 1

    def nvmlShutdown(self):  # noqa: N802
        self.open -= 1

    def nvmlDeviceGetHandleByUUID(self, uuid):  # noqa: N802
        self._call("handle")
        self.asked.append(uuid)
        return uuid

    def nvmlDeviceGetTotalEnergyConsumption(self, _):  # noqa: N802
        self._call("energy")
        return self.millijoules


@pytest.fixture
def gpu(monkeypatch):
    """Return a GPU that is not there, with its driver."""
    fake = FakeNVML()
    monkeypatch.setitem(sys.modules, "pynvml", fake)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda _: SimpleNamespace(uuid=UUID))
    monkeypatch.setattr(torch.cuda, "reset_peak_memory_stats", lambda _: None)
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda _: 300 * 2**20)
    monkeypatch.setattr(torch.cuda, "max_memory_reserved", lambda _: 500 * 2**20)
    return fake


def test_the_counter_is_that_of_the_device_by_its_own_number(gpu):
    assert energy_counter_joules(GPU) == 5000.0
    assert gpu.asked == [f"GPU-{UUID}"]
    assert gpu.open == 0


@pytest.mark.parametrize("failing", ["init", "handle", "energy"])
def test_a_driver_that_does_not_tell_gives_none(gpu, failing):
    gpu.failing = failing
    assert energy_counter_joules(GPU) is None
    assert gpu.open == 0


def test_a_cpu_or_a_missing_package_gives_none(monkeypatch):
    assert energy_counter_joules(CPU) is None
    monkeypatch.setitem(sys.modules, "pynvml", None)
    assert energy_counter_joules(GPU) is None


def test_the_energy_is_what_the_counter_moved(gpu):
    meter = CostMeter(GPU)
    gpu.millijoules += 250_500
    total = meter.total()
    assert total.energy_joules == pytest.approx(250.5)
    assert (total.peak_gpu_allocated_mib, total.peak_gpu_reserved_mib) == (300.0, 500.0)


def test_a_counter_that_started_anew_reports_nothing(gpu):
    meter = CostMeter(GPU)
    gpu.millijoules = 10
    assert meter.total().energy_joules is None


def test_a_cpu_reports_time_and_memory_alone():
    total = CostMeter(CPU).total()
    assert total.seconds > 0
    assert total.peak_memory_mib > 1
    assert total.energy_joules is total.peak_gpu_allocated_mib is total.peak_gpu_reserved_mib is None


def test_parts_add_up(gpu, monkeypatch):
    clock = iter([100.0, 130.0, 500.0, 545.0])
    monkeypatch.setattr(costs.time, "perf_counter", lambda: next(clock))
    monkeypatch.setattr(costs, "peak_memory_mib", lambda: 800.0)
    first = CostMeter(GPU)
    gpu.millijoules += 1000
    saved = json.loads(json.dumps(first.saved()))
    monkeypatch.setattr(costs, "peak_memory_mib", lambda: 700.0)
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda _: 400 * 2**20)
    gpu.millijoules += 5000  # in between: not of this training
    second = CostMeter(GPU)
    second.resume(saved)
    gpu.millijoules += 2000
    assert second.total() == Costs(2, 75.0, 3.0, 800.0, 400.0, 500.0)


def test_the_energy_of_a_part_that_reports_none_is_not_guessed():
    with_energy = Costs(1, 10.0, 5.0, 1.0, 2.0, 3.0)
    without = Costs(2, 20.0, None, 4.0, None, None)
    assert with_energy.after(without) == without.after(with_energy) == Costs(3, 30.0, None, 4.0, 2.0, 3.0)
    assert with_energy.after(with_energy).energy_joules == 10.0


def manifest_of(config):
    return json.loads(Layout.of(config).training_manifest("tiny", "lffl_a1", 1, 0).read_text())


def test_the_manifest_of_a_training(uninterrupted):
    found = manifest_of(uninterrupted[0])
    assert found["parts"] == 1
    assert found["wall_seconds"] > 0
    assert found["seconds_per_iteration"] == pytest.approx(found["wall_seconds"] / 7, abs=0.02)
    assert found["energy_joules"] is found["peak_gpu_allocated_mib"] is found["peak_gpu_reserved_mib"] is None
    network = torch.load(Layout.of(uninterrupted[0]).generator("tiny", "lffl_a1", 1, 0), weights_only=True)["state"]
    assert found["parameters"]["generator"] == sum(value.numel() for value in network.values())
    assert found["parameters"]["discriminator"] > 0


def test_a_resumed_training_has_the_time_of_all_parts_and_the_same_weights(
    uninterrupted, harness, make_study, watcher, monkeypatch
):
    config = make_study(**harness)
    run = Run(config, "tiny", "lffl_a1")
    # a clock that says 1, 2, 3, ... seconds: each part takes what lies between its first and its last look at it
    ticks = iter(range(1, 1000))
    looks = []
    monkeypatch.setattr(costs.time, "perf_counter", lambda: looks.append(next(ticks)) or float(looks[-1]))
    parts = []
    for stop_at in (3, 5, None):
        looks.clear()
        if stop_at is None:
            train(run, watcher())
        else:
            with pytest.raises(TrainingInterruptedError):
                train(run, watcher(stop_at=stop_at))
        parts.append(looks[-1] - looks[0])
    found = manifest_of(config)
    assert (found["parts"], found["resumed_at"]) == (3, 5)
    assert found["wall_seconds"] == sum(parts)
    assert found["outputs"] == manifest_of(uninterrupted[0])["outputs"]
