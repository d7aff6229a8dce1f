"""The benchmark of the Fréchet distance measures what it says; how fast it is is no test."""

import importlib.util
import json
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def benchmark_module(monkeypatch):
    monkeypatch.syspath_prepend(FOLDER)
    specification = importlib.util.spec_from_file_location("frechet", FOLDER / "frechet.py")
    module = importlib.util.module_from_spec(specification)
    monkeypatch.setitem(sys.modules, "frechet", module)
    specification.loader.exec_module(module)
    return module


def test_both_routes_are_timed_and_agree(benchmark_module, tmp_path, capsys):
    arguments = ["--images", "12", "--features", "40", "--rounds", "2", "--json", str(tmp_path / "times.json")]
    assert benchmark_module.main([*arguments, "--markdown", str(tmp_path / "times.md")]) == 0
    record = json.loads((tmp_path / "times.json").read_text())["result"]
    assert {name: len(times) for name, times in record["times"].items()} == {
        "low rank (ours)": 2,
        "eigenvalues (torchmetrics)": 2,
    }
    assert record["difference"] < 1e-6
    assert record["errors"]["low rank (ours)"] < 1e-12
    page = (tmp_path / "times.md").read_text(encoding="utf-8")
    assert page == capsys.readouterr().out
    assert "N = 12, D = 40, float64, 2 rounds" in page
    assert "- met: values differ by" in page
