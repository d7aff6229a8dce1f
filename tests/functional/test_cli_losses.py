"""The commands about losses, as someone who writes one meets them."""

import sys
from pathlib import Path

import pytest

from freqbench.cli import main
from freqbench.registry import LOSSES

MODULE = """
import torch
from freqbench.losses import PairedLoss


class Huber(PairedLoss):
    def __init__(self, delta: float = 0.1) -> None:
        super().__init__()
        self.delta = delta

    def compute(self, prediction, target):
        return torch.nn.functional.huber_loss(prediction, target, delta=self.delta)


class Careless(torch.nn.Module):
    def forward(self, prediction, target):
        error = (prediction - target).abs().mean()
        return error if error.item() > 0 else error * 0
"""


@pytest.fixture(autouse=True)
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lab").mkdir()
    (tmp_path / "lab" / "own_losses.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)


def call(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["freqbench", *arguments])
    with pytest.raises(SystemExit) as exit_info:
        main()
    return exit_info.value.code or 0


def test_losses_lists_every_loss_with_its_options(monkeypatch, capsys):
    assert call(monkeypatch, "losses") == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in LOSSES)
    assert "ring_width=1.0" in shown


def test_a_loss_that_keeps_all_promises(monkeypatch, capsys):
    assert call(monkeypatch, "check-loss", "lab.own_losses.Huber", "-o", "delta=0.05") == 0
    captured = capsys.readouterr()
    assert "✗" not in captured.out
    assert "keeps all 14 promises" in captured.err


def test_a_careless_loss_is_told_what_is_wrong(monkeypatch, capsys):
    assert call(monkeypatch, "check-loss", "lab.own_losses.Careless") == 1
    captured = capsys.readouterr()
    broken = captured.out.split("✗")[1:]
    assert len(broken) == 2
    assert "a value on the host (.item(), float(), if, print) waits for the device" in broken[0]
    assert "accepts (2, 1, 48, 64) and (1, 1, 48, 64)" in broken[1]
    assert "breaks 2 of 14 promises" in captured.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["lab.own_losses.Hubert"], "has no Hubert; did you mean 'Huber'?"),
        (["lab.own_losses.Huber", "-o", "delta"], "--option delta: must be name=value"),
        (["lab.own_losses.Huber", "-o", "delta=["], "is not a YAML value"),
        (["fft", "-o", "norm=none"], "loss fft: norm must be one of 'ortho', 'backward'"),
        (["fourier_ring"], "loss fourier_ring: no such loss;"),
    ],
)
def test_a_mistake_is_one_line(monkeypatch, capsys, arguments, message):
    assert call(monkeypatch, "check-loss", *arguments) == 2
    error = capsys.readouterr().err
    assert message in error
    assert len(error.splitlines()) == 1
