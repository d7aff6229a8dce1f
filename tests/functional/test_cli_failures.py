"""How commands end: one line and a status for each kind of failure, a traceback only where it is asked for."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from freqbench.cli import exit_codes, listing, main
from freqbench.cli.exit_codes import ExitCode
from freqbench.cli.failures import DEBUG_VARIABLE, is_out_of_memory
from freqbench.errors import FreqbenchError

ROOT = Path(__file__).parents[2]


@pytest.fixture
def call(monkeypatch, capsys):
    """Run a command that raises an error; return its exit status and what it printed to standard error."""
    monkeypatch.delenv(DEBUG_VARIABLE, raising=False)

    def run(error: BaseException, *before: str) -> tuple[int, str]:
        def fail(*_: object) -> None:
            raise error

        monkeypatch.setattr(listing, "_rows", fail)
        monkeypatch.setattr("sys.argv", ["freqbench", *before, "list", "losses"])
        with pytest.raises(SystemExit) as end:
            main()
        return end.value.code, capsys.readouterr().err

    return run


def test_a_mistake_of_the_user(call):
    assert call(FreqbenchError("study.yaml: seeds: must differ")) == (2, "error: study.yaml: seeds: must differ\n")


def test_an_unexpected_error(call):
    status, told = call(KeyError("psnr"))
    assert status == ExitCode.UNEXPECTED == 70
    assert re.fullmatch(r"error: unexpected KeyError: 'psnr'; `freqbench --debug COMMAND .*report it.*\n", told)


def test_a_message_of_several_lines_becomes_one(call):
    _, told = call(ValueError("first\n  second\n"))
    assert "ValueError: first second; " in told
    assert told.count("\n") == 1


@pytest.mark.parametrize("error", [FreqbenchError("x: is wrong"), ZeroDivisionError("by zero"), MemoryError()])
def test_debug_shows_where(call, monkeypatch, error):
    quiet_status, quiet = call(error)
    status, told = call(error, "--debug")
    assert (status, told.splitlines()[-1]) == (quiet_status, quiet.strip())
    assert "Traceback (most recent call last)" in told
    assert "in fail" in told
    assert "Traceback" not in quiet
    monkeypatch.setenv(DEBUG_VARIABLE, "1")
    assert "Traceback" in call(error)[1]
    monkeypatch.setenv(DEBUG_VARIABLE, "0")
    assert "Traceback" not in call(error)[1]


def out_of_memory_errors() -> list[BaseException]:
    """Return what NumPy and torch raise when memory is asked for that no machine has."""
    found: list[BaseException] = [MemoryError(), torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")]
    for allocate in (lambda: np.empty(2**60, np.uint8), lambda: torch.empty(2**60, dtype=torch.uint8)):
        try:
            allocate()
        except (MemoryError, RuntimeError) as error:
            found.append(error)
    return found


@pytest.mark.parametrize("error", out_of_memory_errors(), ids=lambda error: type(error).__name__)
def test_no_memory_is_said_with_advice(call, error):
    assert is_out_of_memory(error)
    status, told = call(error)
    assert status == ExitCode.OUT_OF_MEMORY == 71
    assert told.startswith("error: out of memory (")
    assert "training.batch_size" in told
    assert told.count("\n") == 1


def test_all_four_ways_to_have_no_memory_are_tried():
    assert len(out_of_memory_errors()) == 4


def test_other_runtime_errors_are_not_taken_for_it():
    assert not is_out_of_memory(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))


def test_ctrl_c(call):
    status, told = call(KeyboardInterrupt())
    assert status == ExitCode.CTRL_C == 130
    assert told == "interrupted; files are whole or absent, so the same command can run again\n"


def test_ctrl_c_of_a_process(tmp_path):
    command = [sys.executable, "-m", "freqbench", "phantom", str(tmp_path / "phantom")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 60
        while not list(tmp_path.iterdir()) and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=60)
    assert process.returncode == ExitCode.CTRL_C
    assert told.splitlines()[-1].startswith("interrupted; ")
    assert "Traceback" not in told
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("arguments", [["metrics", "--format", "json"], ["list", "losses"], ["--help"]], ids=str)
def test_a_reader_that_goes_away(arguments):
    # the pipe is closed before the first byte, and again after a buffer is full
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "freqbench", *arguments]
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, check=False, timeout=120)
    os.close(writer)
    assert done.returncode == ExitCode.CHECK_FAILED
    assert done.stderr == ""


@pytest.mark.parametrize(
    "arguments", [["--unknown"], ["lost"], ["audit"], ["split", "-d", "x", "--split", "two"]], ids=str
)
def test_a_wrong_line_is_the_users(monkeypatch, capsys, arguments):
    monkeypatch.setattr("sys.argv", ["freqbench", *arguments])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == ExitCode.USER_ERROR
    assert "Traceback" not in capsys.readouterr().err


def test_the_page_explains_every_status_as_the_code_does():
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    for code in ExitCode:
        assert f"| `{code.value}` | {code.meaning} |" in page, f"docs/commands.md lacks exit status {code.value}"


def test_no_status_is_written_anywhere_else():
    for path in (ROOT / "src").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"sys\.exit\(\d|typer\.Exit\(\d|os\._exit\(", text), f"{path}: use {exit_codes.__name__}"
