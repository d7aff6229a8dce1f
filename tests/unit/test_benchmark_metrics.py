"""The benchmark of the metrics measures what it says; how fast they are is no test."""

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def benchmark(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(FOLDER)
    specification = importlib.util.spec_from_file_location("benchmark_of_metrics", FOLDER / "metrics.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    monkeypatch.setitem(sys.modules, "benchmark_of_metrics", module)
    specification.loader.exec_module(module)
    return module


def test_one_round_of_every_metric(benchmark, tmp_path, capsys):
    file, page = tmp_path / "times.json", tmp_path / "times.md"
    arguments = [
        "--patches",
        "2",
        "--size",
        "176",
        "--rounds",
        "1",
        "--device",
        "cpu",
        "--json",
        str(file),
        "--lpips-patches",
        "1",
    ]
    assert benchmark.main([*arguments, "--markdown", str(page)]) == 0
    record = json.loads(file.read_text())
    measurements = record["result"]["measurements"]
    with_peer = {*benchmark.PEERS, "lpips", "all"}
    assert set(measurements) == {*with_peer, "mse", "lfd", "frc_area", "power_spectrum_distance"}
    for name, entry in measurements.items():
        assert len(entry["times"]) == 1
        assert (entry["peer_times"] is not None) == (name in with_peer)
    for name in with_peer:
        assert measurements[name]["difference"] <= benchmark.SAME
    assert measurements["all"]["times"][0] == pytest.approx(
        sum(measurements[name]["times"][0] for name in benchmark.OF_THE_PAPER)
    )
    assert page.read_text() in capsys.readouterr().out
    assert record["packages"]["piq"]


def test_only_the_metrics_asked_for(benchmark, capsys):
    arguments = ["--patches", "1", "--size", "16", "--rounds", "1", "--device", "cpu"]
    assert benchmark.main([*arguments, "--metric", "lfd"]) == 0
    printed = capsys.readouterr().out
    assert "| lfd |" in printed
    assert "| all |" not in printed
    assert "none for these metrics" in printed


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--metric", "vif"], "unknown metric 'vif'"),
        (["--metric", "ms_ssim", "--size", "64", "--patches", "1"], "at least 176x176"),
    ],
)
def test_a_mistake_is_one_line(benchmark, capsys, arguments, message):
    assert benchmark.main([*arguments, "--device", "cpu"]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert len(error.splitlines()) == 1


def test_ratios_are_those_of_one_round(benchmark):
    # the machine is ten times slower in the second of three rounds
    entry = benchmark._measurement(2, [1.0, 10.0, 1.0], [4.0, 40.0, 2.0], 0.0)
    assert entry.time_ratios == [0.25, 0.25, 0.5]


def test_targets_are_met_up_to_their_limit(benchmark):
    def lines(own: float, difference: float) -> list[str]:
        entries = {"all": benchmark._measurement(2, [own], [3.0], difference)}
        return benchmark.targets(benchmark.Result("CPU", 2, 8, 1, entries))

    difference, time = lines(1.0, 1e-5)
    assert difference.startswith("met ")
    assert time.startswith("met ")
    difference, time = lines(1.01, 1.1e-5)
    assert difference.startswith("not met")
    assert time.startswith("not met")
