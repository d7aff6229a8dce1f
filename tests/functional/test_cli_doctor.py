"""`freqbench doctor` as a user meets it: one screen, and one line for a mistake."""

import sys

import pytest
import yaml

from freqbench.cli import main

STUDY = {
    "name": "byhand",
    "tier": "smoke",
    "feature_networks": "untrained",
    "datasets": {"nuclei": {"source": {"kind": "phantom"}, "patches": {"rule": "grid", "size": 32}}},
    "methods": [{"name": "spatial"}],
    "generator": {"blocks": 1, "features": 4, "growth": 2},
    "discriminator": {"features": 4, "layers": 1},
    "training": {"iterations": 1, "device": "cpu", "crop": 16},
}


def call(monkeypatch, tmp_path, *arguments, **changes):
    path = tmp_path / "study.yaml"
    path.write_text(yaml.safe_dump(STUDY | changes), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["freqbench", "doctor", "-c", str(path), *arguments])
    with pytest.raises(SystemExit) as exit_info:
        main()
    return exit_info.value.code or 0


def test_one_screen(monkeypatch, tmp_path, capsys):
    assert call(monkeypatch, tmp_path, "--steps", "2") == 0
    printed = capsys.readouterr().out
    for words in (
        "Device\n  device               CPU",
        "simulated here: no file is needed",
        "Trainings of the study byhand\n  nuclei               1 method x 1 split x 1 seed x 1 iteration",
        "an iteration of 4 x 16 x 16 pixels (spatial, mean of 2)",
        "here, one after the other",
    ):
        assert words in printed
    assert len(printed.splitlines()) < 25
    assert list(tmp_path.iterdir()) == [tmp_path / "study.yaml"], "nothing is written"


def test_without_timing_nothing_is_trained(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr("freqbench.study_time.measure_step_time", pytest.fail)
    assert call(monkeypatch, tmp_path, "--no-timing") == 0
    assert "all trainings" not in capsys.readouterr().out


def test_a_device_that_is_not_there_is_one_line(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert call(monkeypatch, tmp_path, training=STUDY["training"] | {"device": "cuda"}) == 2
    error = capsys.readouterr().err
    assert "torch sees no CUDA device" in error
    assert len(error.splitlines()) == 1
