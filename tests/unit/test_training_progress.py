import io
import re
import sys

import pytest
from rich.console import Console

from freqbench.cli import progress
from freqbench.cli.progress import TrainingProgress

RECORD = {"iteration": 30, "l1": 0.0123456, "total": 0.5, "train_psnr": 31.25}


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def clock(monkeypatch):
    """A clock that the test sets."""
    times = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: times[0])
    return times


def test_a_log_file_gets_a_line_for_each_record(capsys, clock):
    with TrainingProgress("tissue spatial") as view:
        view.start(10, 7230)
        clock[0] += 10.0
        for _ in range(20):
            view.step()
        view.record(RECORD)
        view.say("a remark")
    said = capsys.readouterr().err.splitlines()
    assert said == [
        "iteration 30 of 7230: l1 0.01235, total 0.5, train_psnr 31.25; 2.00 it/s, 1:00:00 left",
        "a remark",
    ]


def test_a_terminal_gets_a_bar_with_losses_and_speed(monkeypatch, clock):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(progress, "Console", lambda **_: Console(file=terminal, force_terminal=True, width=200))
    with TrainingProgress("tissue spatial") as view:
        view.start(10, 40)
        clock[0] += 10.0
        for _ in range(20):
            view.step()
        view.record(RECORD)
        view.say("a remark")
    seen = re.sub(r"\x1b\[[^a-zA-Z]*[a-zA-Z]", "", terminal.getvalue())
    assert "a remark" in seen
    last = seen.strip().splitlines()[-1]
    assert last.startswith("tissue spatial")
    assert "30/40" in last
    assert "2.00 it/s; l1 0.01235, total 0.5, train_psnr 31.25" in last
