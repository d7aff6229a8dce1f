"""The benchmark of the evaluation measures a whole call; how fast it is is no test."""

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"
SMALL = ["--fovs", "3", "--captures", "2", "--size", "176", "--device", "cpu"]


@pytest.fixture
def benchmark(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(FOLDER)
    specification = importlib.util.spec_from_file_location("benchmark_of_evaluation", FOLDER / "evaluation.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    monkeypatch.setitem(sys.modules, "benchmark_of_evaluation", module)
    specification.loader.exec_module(module)
    return module


def test_all_metrics_of_a_made_up_study(benchmark, tmp_path, capsys):
    file = tmp_path / "times.json"
    assert benchmark.main([*SMALL, "--json", str(file)]) == 0
    result = json.loads(file.read_text())["result"]
    assert result["patches"] == 6
    assert result["seconds"] > 0
    assert {"psnr", "fsim", "lpips", "frc_area", "vgg16"} <= set(result["metrics"])
    printed = capsys.readouterr().out
    assert "6 patches of 176 x 176" in printed
    # the limit is one for 600 patches of 256 x 256
    assert "met" not in printed.replace("Metrics", "")


def test_the_limit_is_judged_at_its_own_size(benchmark):
    def page(seconds: float, patches: int = 600) -> str:
        return benchmark.markdown(benchmark.Result("CPU", patches, 256, ["psnr"], seconds, 1.0), 300.0)

    assert "- met " in page(300.0)
    assert "- not met" in page(300.1)
    assert "at most" not in page(1.0, patches=599)


def test_a_mistake_is_one_line(benchmark, capsys):
    assert benchmark.main(["--size", "64", "--fovs", "1", "--captures", "1", "--device", "cpu"]) == 2
    error = capsys.readouterr().err
    assert "at least 176x176" in error
    assert len(error.splitlines()) == 1
