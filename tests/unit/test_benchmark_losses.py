"""The benchmark of the losses measures what it says; how fast they are is no test."""

import importlib.util
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
import torch

from freqbench.registry import LOSSES

FOLDER = Path(__file__).parents[2] / "benchmarks"
CPU = torch.device("cpu")
MIB = 2**20


@pytest.fixture(name="load")
def load_fixture(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    """Return a function that imports a module of the benchmarks by its path."""

    def load(name: str) -> ModuleType:
        # as `python benchmarks/losses.py` does, for the modules beside it
        monkeypatch.syspath_prepend(FOLDER)
        specification = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
        assert specification is not None
        assert specification.loader is not None
        module = importlib.util.module_from_spec(specification)
        monkeypatch.setitem(sys.modules, name, module)
        specification.loader.exec_module(module)
        return module

    return load


def test_one_round_of_every_loss(load, tmp_path, capsys):
    losses = load("losses")
    file = tmp_path / "times.json"
    arguments = ["--sizes", "1x1x32x32", "1x2x32x30", "--rounds", "1", "--warm-up", "1", "--device", "cpu"]
    assert losses.main([*arguments, "--json", str(file)]) == 0
    printed = capsys.readouterr().out
    record = json.loads(file.read_text())
    assert [result["size"] for result in record["results"]] == [[1, 1, 32, 32], [1, 2, 32, 30]]
    for result in record["results"]:
        names = list(result["measurements"])
        assert names[:4] == ["official FFL", *(f"log_focal_frequency alpha={alpha}" for alpha in ("0.5", "1", "2"))]
        assert {name.split()[0] for name in names[1:]} == set(LOSSES)
        assert all(len(entry["times"]) == 1 and entry["memory"] > 0 for entry in result["measurements"].values())
        assert all(name in printed for name in names)
        assert result["agreement"]["value"] < 1e-5
        assert result["agreement"]["gradient"] < 1e-5
    assert "focal-frequency-loss" in record["packages"]
    assert record["targets"][0] in printed


def test_only_the_losses_asked_for(load, tmp_path, capsys):
    losses = load("losses")
    arguments = ["--sizes", "1x1x16x16", "--rounds", "1", "--device", "cpu", "--loss", "l1"]
    page = tmp_path / "losses.md"
    assert losses.main([*arguments, "--markdown", str(page)]) == 0
    printed = capsys.readouterr().out
    rows = [line for line in page.read_text().splitlines() if line.startswith("| ")]
    assert [row.split(" | ")[0] for row in rows] == ["| forward + backward", "| official FFL", "| l1"]
    assert "l1 " in printed
    assert "log_focal_frequency" not in printed
    assert "none for these losses" in printed


def test_an_unknown_loss_is_named(load, capsys):
    losses = load("losses")
    assert losses.main(["--loss", "focal_frequncy", "--sizes", "1x1x16x16", "--device", "cpu"]) == 2
    error = capsys.readouterr().err
    assert "focal_frequncy" in error
    assert "did you mean 'focal_frequency'" in error


def test_a_size_that_a_loss_cannot_take_is_named(load, capsys, monkeypatch):
    losses = load("losses")

    class Picky(torch.nn.Module):
        def forward(self, *_: torch.Tensor) -> torch.Tensor:
            raise ValueError("images are too small")

    monkeypatch.setattr(losses, "build_loss", lambda *_: Picky())
    assert losses.main(["--loss", "l1", "--sizes", "1x1x16x16", "--device", "cpu"]) == 2
    error = capsys.readouterr().err
    assert "l1" in error
    assert "1x1x16x16" in error
    assert "too small" in error


@pytest.mark.parametrize("wrong", ["4x1x256", "0x1x8x8", "axbxcxd"])
def test_a_wrong_size_is_refused(load, wrong, capsys):
    with pytest.raises(SystemExit) as error:
        load("losses").main(["--sizes", wrong])
    assert error.value.code == 2
    assert "--sizes" in capsys.readouterr().err


def test_a_prediction_has_the_channels_that_the_loss_wants(load):
    prediction, target = load("losses")._images((2, 3, 16, 12), 2, CPU)
    assert prediction.shape == (2, 6, 16, 12)
    assert target.shape == (2, 3, 16, 12)
    assert prediction[:, 3:].min() > 0
    assert all(images.min() >= 0 and images.max() <= 1 for images in (prediction, target))
    assert prediction.requires_grad
    assert not target.requires_grad


def test_ratios_are_those_of_one_round(load):
    timing = load("timing")
    # the machine is ten times slower in the second of three rounds; a loss takes half the peer's time
    slowness = iter([1.0, 10.0, 4.0])
    clock = {"left": 0, "factor": 0.0}

    def time_step(step: Callable[[], float]) -> float:
        if clock["left"] == 0:
            clock.update(left=2, factor=next(slowness))
        clock["left"] -= 1
        return step() * clock["factor"]

    times = timing.interleaved_times({"peer": lambda: 8.0, "loss": lambda: 4.0}, time_step, rounds=3)
    assert times == {"peer": [8.0, 80.0, 32.0], "loss": [4.0, 40.0, 16.0]}
    assert timing.round_ratios(times["loss"], times["peer"]) == [0.5, 0.5, 0.5]


def test_ratio_is_the_median_of_ratios_and_not_the_ratio_of_medians(load):
    report = load("loss_report")
    timing = load("timing")
    times, peer = [1.0, 30.0, 8.0], [10.0, 100.0, 10.0]
    ratios = timing.round_ratios(times, peer)
    entry = report.Measurement(times, ratios, MIB, 1.0)
    result = report.Result("CPU", (4, 1, 8, 8), 3, {"log_focal_frequency alpha=1": entry}, None)
    row = report.table(result).splitlines()[2].split()
    assert row == ["log_focal_frequency", "alpha=1", "8.00", "0.300", "0.200", "to", "0.550", "1.0", "1.000"]


def test_every_round_runs_every_step_once_in_an_order_of_its_own(load):
    timing = load("timing")
    ran: list[str] = []
    steps = {name: (lambda name=name: ran.append(name)) for name in "abcdef"}

    def time_step(step: Callable[[], None]) -> float:
        step()
        return float(len(ran))

    times = timing.interleaved_times(steps, time_step, rounds=4, warm_up=2)
    rounds = ["".join(ran[start : start + 6]) for start in range(0, len(ran), 6)]
    assert len(rounds) == 6
    assert {"".join(sorted(order)) for order in rounds} == {"abcdef"}
    assert len(set(rounds)) > 1
    assert all(len(values) == 4 and min(values) > 12 for values in times.values())
    first = list(ran)
    ran.clear()
    timing.interleaved_times(steps, time_step, rounds=4, warm_up=2)
    assert ran == first


def test_targets_are_met_up_to_their_limit(load):
    report = load("loss_report")

    def lines(channels: int, ratio: float, memory: float) -> list[str]:
        entry = report.Measurement([1.0], [ratio], MIB, memory)
        result = report.Result("CPU", (4, channels, 8, 8), 1, {"log_focal_frequency alpha=2": entry}, None)
        return report.targets([result])

    time, memory = lines(1, 0.5, 1.0)
    assert time.startswith("met ")
    assert "at most 0.5" in time
    assert memory.startswith("met ")
    time, memory = lines(64, 0.41, 1.01)
    assert time.startswith("not met")
    assert "0.41, at most 0.4" in time
    assert memory.startswith("not met")
    assert len(lines(3, 0.1, 0.1)) == 1  # no target of time for colour images


def peak_of(load: Callable[[str], ModuleType], step: Callable[[], object], device: torch.device = CPU) -> float:
    return load("memory").peak_memory(step, device) / MIB


def test_memory_of_a_result(load):
    images = torch.rand(4, 1, 256, 256)
    # a few bytes more: the factor as a tensor
    assert peak_of(load, lambda: images * 2) == pytest.approx(1.0, abs=1e-3)


def test_memory_is_the_largest_held_at_once(load):
    images = torch.rand(4, 1, 256, 256)

    def both() -> torch.Tensor:
        doubled = images * 2
        return doubled * 2

    def one_after_the_other() -> None:
        for _ in range(5):
            images.mul(2)

    def early_peak() -> torch.Tensor:
        torch.empty(3, 1024, 256)
        return images * 2

    assert peak_of(load, both) == pytest.approx(2.0, abs=1e-3)
    assert peak_of(load, one_after_the_other) == pytest.approx(1.0, abs=1e-3)
    assert peak_of(load, early_peak) == pytest.approx(3.0, abs=1e-3)


def test_memory_of_a_graph(load):
    images = torch.rand(4, 1, 256, 256, requires_grad=True)

    def step() -> torch.Tensor:
        # exp keeps its result for the backward pass; the gradient of the sum is a view of a scalar
        return torch.autograd.grad(images.exp().sum(), images)[0]

    assert peak_of(load, step) == pytest.approx(2.0, abs=1e-3)


def test_what_was_held_before_does_not_count(load):
    images = torch.rand(4, 1, 256, 256)
    before = [torch.rand(4, 1, 256, 256)]

    def step() -> torch.Tensor:
        before.clear()  # released during the step, but not taken by it
        return images * 2

    assert peak_of(load, step) == pytest.approx(1.0, abs=1e-3)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_memory_on_a_gpu(load):
    device = torch.device("cuda")
    images = torch.rand(4, 1, 256, 256, device=device)
    assert peak_of(load, lambda: (images * 2) * 2, device) == pytest.approx(2.0, abs=1e-3)
