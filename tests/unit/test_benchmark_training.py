"""The benchmark of the training step measures what it says; how fast it is is no test."""

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest
import torch
from torch import nn

from freqbench.models import RRDBNet

FOLDER = Path(__file__).parents[2] / "benchmarks"
SMALL = ["--blocks", "1", "--features", "8", "--size", "32", "--batch", "2", "--rounds", "1", "--steps", "1"]


@pytest.fixture
def load(monkeypatch):
    def module(name: str) -> ModuleType:
        monkeypatch.syspath_prepend(FOLDER)
        specification = importlib.util.spec_from_file_location(f"benchmark_of_{name}", FOLDER / f"{name}.py")
        assert specification is not None
        assert specification.loader is not None
        loaded = importlib.util.module_from_spec(specification)
        monkeypatch.setitem(sys.modules, f"benchmark_of_{name}", loaded)
        specification.loader.exec_module(loaded)
        return loaded

    return module


def test_one_round_beside_the_plain_step(load, tmp_path, capsys):
    file, page = tmp_path / "times.json", tmp_path / "times.md"
    arguments = [*SMALL, "--device", "cpu", "--precision", "float32", "bfloat16", "--note", "A busy machine."]
    assert load("training").main([*arguments, "--json", str(file), "--markdown", str(page)]) == 0
    record = json.loads(file.read_text())
    result = record["result"]
    assert list(result["measurements"]) == ["float32", "bfloat16", "plain float32"]
    assert all(len(entry["times"]) == 1 and entry["memory_mib"] > 1 for entry in result["measurements"].values())
    # the same computation: the losses of the first steps agree to rounding, those in bfloat16 to its own
    assert result["difference"]["float32"] < 1e-4
    assert 1e-5 < result["difference"]["bfloat16"] < 0.1
    assert page.read_text() in capsys.readouterr().out
    assert "A busy machine." in page.read_text()
    assert result["measurements"]["bfloat16"]["execution"]["precision"] == "bfloat16"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [("float16", "there is no `float16`"), ("tf32", "has no TensorFloat-32; leave out `tf32`")],
)
def test_a_precision_that_cannot_be_had_is_one_line(load, capsys, wrong, message):
    assert load("training").main([*SMALL, "--device", "cpu", "--precision", wrong]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert len(error.splitlines()) == 1


def test_the_plain_network_is_the_same_function(load):
    own = RRDBNet(features=8, growth=4, blocks=2)
    plain = load("training_peer").PlainRRDBNet(8, 4, 2)
    plain.take_weights(own)
    image = torch.rand(1, 1, 12, 12)
    torch.testing.assert_close(plain(image), own(image))


def test_operations_are_counted_by_hand(load):
    """Two convolutions of 3 x 3: forward, gradient of the weights, and gradient of the input where one is asked for."""
    generator = nn.Conv2d(1, 1, 3, padding=1, bias=False)
    discriminator = nn.Conv2d(1, 2, 3, padding=1, bias=False)
    features = nn.Conv2d(3, 4, 3, padding=1, bias=False).requires_grad_(False)  # as VGG is
    work = load("training_floor").count_work(generator, discriminator, features, batch=2, size=8)
    pixels, per_pixel = 2 * 8 * 8, 2 * 9  # a multiplication and an addition for each weight
    forward_g, forward_d, forward_f = (pixels * per_pixel * channels for channels in (1, 2, 12))
    # generator: forward and weights; discriminator: real, restored and its input, then forward and weights of both
    assert work.network_operations == 2 * forward_g + 3 * forward_d + 4 * forward_d
    assert work.loss_operations == 3 * forward_f
    assert work.activations == pixels * (1 + 2 * 2 + 4)
    assert work.parameters == 9 + 18


def test_the_floor_is_that_of_the_slowest_part(load):
    floor = load("training_floor")
    work = floor.Work(network_operations=10**12, loss_operations=10**11, activations=10**9, parameters=10**6)
    peaks = floor.Peaks("made up", {"float32": 1e12, "bfloat16": 1e13}, 1e12)
    assert work.floor_ms("float32", peaks) == pytest.approx((1100, 8.04))
    assert work.floor_ms("bfloat16", peaks) == pytest.approx((200, 4.04))


def test_published_peaks_are_found_by_name_and_others_measured(load):
    floor = load("training_floor")
    assert floor.peaks_of(torch.device("cpu"), "NVIDIA H200", ["float32"]).bytes == 4.8e12
    measured = floor.peaks_of(torch.device("cpu"), "CPU, 1 threads", ["float32"])
    assert measured.source.startswith("measured")
    assert measured.operations["float32"] > 1e8
    assert measured.bytes > 1e7


def test_targets_are_met_up_to_their_limit(load):
    report, floor = load("training_report"), load("training_floor")

    def lines(device: str, **times: float) -> list[str]:
        measurements = {
            name.replace("_", " "): report.Measurement([value], 1.0, name.split("_")[-1], {}, (1.0, 1.0))
            for name, value in times.items()
        }
        work, peaks = floor.Work(1, 1, 1, 1), floor.Peaks("", {"float32": 1.0}, 1.0)
        difference = dict.fromkeys(measurements, 1e-3)
        return report.targets(report.Result(device, "", 4, 256, True, 1, difference, work, peaks, measurements, ""))

    on_gpu = lines("NVIDIA H200", float32=300.0, tf32=90.0, plain_float32=450.0, plain_tf32=225.0)
    assert [line.split("  ")[0].strip() for line in on_gpu] == ["met", "met", "met", "not met", "met"]
    assert "tf32: times faster than plain float32 5, at least 5" in on_gpu[1]
    assert "tf32 (default): 20,000 steps 30 minutes" in on_gpu[4]
    slower = lines("NVIDIA H200", tf32=90.1, plain_float32=450.0, plain_tf32=225.0)
    assert all(line.startswith("not met") for line in slower)
    on_cpu = lines("CPU, 2 threads", float32=1.0, plain_float32=1.0)
    assert [line.split("  ")[0].strip() for line in on_cpu] == ["met", "met"]
    assert lines("CPU, 2 threads", float32=1.01, plain_float32=1.0)[1].startswith("not met")
