"""The commands about the design of a study, as a user meets them."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from freqbench.cli import main
from freqbench.config import load_config
from freqbench.layout import Layout
from freqbench.run import runs_of
from freqbench.statistics import null_simulation
from freqbench.statistics.null_simulation import Setting

STUDY = {
    "name": "plan",
    "tier": "smoke",
    "feature_networks": "untrained",
    "datasets": {"d": {"source": {"kind": "phantom"}}},
    "methods": [{"name": "spatial"}, {"name": "other"}],
    "seeds": [0, 1],
    "training": {"iterations": 1},
}


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "study.yaml"
    path.write_text(yaml.safe_dump(STUDY), encoding="utf-8")
    return path


def call(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["freqbench", *arguments])
    with pytest.raises(SystemExit) as exit_info:
        main()
    code = exit_info.value.code
    return code if isinstance(code, int) else int(code is not None)


def test_variance_and_its_table(config, monkeypatch, capsys):
    settings = load_config(config)
    layout, rng = Layout.of(settings), np.random.default_rng(0)
    for run in runs_of(settings, "d"):
        rows = [
            (*run.key, f"p{patch}", f"00{fov}", "c", "patch", "psnr", rng.normal(30 + fov))
            for fov in range(4)
            for patch in range(3)
        ]
        columns = ["dataset", "method", "split", "seed", "patch_id", "fov", "capture", "unit", "metric", "value"]
        path = layout.image_metrics(*run.key)
        path.parent.mkdir(parents=True, exist_ok=True)
        pd.DataFrame(rows, columns=columns).to_csv(path, index=False)
    assert call(monkeypatch, "variance", "--config", str(config), "--dataset", "d") == 0
    assert str(layout.power("d")) in capsys.readouterr().err
    assert set(pd.read_csv(layout.variance("d"))["component"]) >= {"field", "seed"}
    assert call(monkeypatch, "variance-table", "--config", str(config)) == 0
    assert "| PSNR: other − Spatial only |" in capsys.readouterr().err


def test_variance_without_metrics_is_one_line(config, monkeypatch, capsys):
    assert call(monkeypatch, "variance", "--config", str(config), "--dataset", "d") == 2
    error = capsys.readouterr().err
    assert len(error.splitlines()) == 1
    assert "freqbench evaluate" in error
    assert call(monkeypatch, "variance-table", "--config", str(config)) == 2
    assert "d_variance.csv: not readable" in capsys.readouterr().err


@pytest.fixture
def quick(monkeypatch):
    """Two settings of the simulation instead of all."""
    few = [Setting(0.25, 12, patches=3), Setting(0.25, 3, patches=3)]
    monkeypatch.setattr(null_simulation, "default_settings", lambda: few)
    monkeypatch.setattr(null_simulation, "whole_grid", lambda: few * 2)


def test_null_simulation_in_the_study(config, quick, monkeypatch):
    assert call(monkeypatch, "null-simulation", "--config", str(config), "--simulations", "100") == 0
    layout = Layout.of(load_config(config))
    assert pd.read_csv(layout.null_simulation)["fovs"].unique().tolist() == [12, 3]
    assert call(monkeypatch, "null-figure", "--config", str(config)) == 0
    assert layout.null_figure("png").is_file()
    assert layout.null_figure("pdf").is_file()


def test_null_simulation_in_a_folder_needs_no_study(quick, monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    arguments = ("--to", "kept", "--simulations", "100")
    assert call(monkeypatch, "null-simulation", *arguments) == 0
    first = Path("kept/null_simulation.csv").read_bytes()
    assert call(monkeypatch, "null-simulation", *arguments, "--seed", "1") == 0
    assert Path("kept/null_simulation.csv").read_bytes() != first
    assert call(monkeypatch, "null-simulation", *arguments, "--whole-grid") == 0
    assert len(Path("kept/null_simulation.csv").read_bytes().splitlines()) == 2 * len(first.splitlines()) - 1
    assert call(monkeypatch, "null-figure", "--to", "kept") == 0
    assert sorted(path.name for path in Path("kept").iterdir()) == [
        "null_simulation.csv",
        "null_simulation.html",
        "null_simulation.md",
        "null_simulation.pdf",
        "null_simulation.png",
        "null_simulation.tex",
    ]
    capsys.readouterr()
    assert call(monkeypatch, "null-figure", "--to", "nowhere") == 2
    assert "freqbench null-simulation" in capsys.readouterr().err


def test_too_few_simulations_are_refused(monkeypatch):
    assert call(monkeypatch, "null-simulation", "--to", "x", "--simulations", "10") == 2
