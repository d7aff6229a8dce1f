"""`freqbench new-loss`: what it writes works at once, and nothing is overwritten."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from freqbench.cli import main
from freqbench.config import parse_config
from freqbench.scaffolding.new_loss import class_name

ROOT = Path(__file__).parents[2]


@pytest.fixture
def call(monkeypatch, capsys, tmp_path):
    """Run `freqbench new-loss` in an empty folder; return its exit status and what it printed, to both streams."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["freqbench", "new-loss", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        captured = capsys.readouterr()
        return end.value.code or 0, captured.out, captured.err

    return run


def in_shell(*arguments: str, python_path: str = ".") -> subprocess.CompletedProcess[str]:
    """Run a command in the working folder with a folder on the Python path."""
    path = os.pathsep.join(filter(None, (python_path, os.environ.get("PYTHONPATH"))))
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": path},
        timeout=300,
    )


@pytest.mark.slow
def test_what_is_written_is_green_at_once(call, tmp_path):
    status, printed, told = call("edge_aware")
    assert status == 0, told
    files = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*")}
    assert files == {"mylosses/__init__.py", "mylosses/edge_aware.py", "mylosses/test_edge_aware.py"}
    tests = in_shell("pytest", "-q", "-p", "no:cacheprovider", "mylosses/test_edge_aware.py")
    assert tests.returncode == 0, tests.stdout
    assert "60 passed" in tests.stdout
    checked = in_shell("freqbench", "check-loss", "mylosses.edge_aware.EdgeAwareLoss", "-o", "power=0.5")
    assert checked.returncode == 0, checked.stdout
    assert "keeps all 14 promises" in checked.stderr
    # the printed lines are YAML, comments included, and a study takes them
    (method,) = yaml.safe_load(printed)["methods"]
    study = yaml.safe_load((ROOT / "config" / "smoke.yaml").read_text(encoding="utf-8"))
    study["methods"].append(method)
    assert parse_config(study, "study").method("edge_aware").loss == "mylosses.edge_aware.EdgeAwareLoss"


def test_its_test_finds_a_wrong_formula(call, tmp_path):
    call("edge_aware")
    module = tmp_path / "mylosses" / "edge_aware.py"
    module.write_text(module.read_text(encoding="utf-8").replace('norm="ortho"', 'norm="backward"'), encoding="utf-8")
    tests = in_shell("pytest", "-q", "-p", "no:cacheprovider", "mylosses", "-k", "formula or wave")
    assert tests.returncode == 1
    assert "0 passed" in tests.stdout or " passed" not in tests.stdout


def test_another_folder_is_named_in_what_is_printed(call):
    status, printed, _ = call("edge_loss", "--to", "lab/losses")
    assert status == 0
    assert "PYTHONPATH=lab freqbench check-loss losses.edge_loss.EdgeLoss" in printed
    assert in_shell("freqbench", "check-loss", "losses.edge_loss.EdgeLoss", python_path="lab").returncode == 0


def test_files_pass_the_house_rules(call, tmp_path):
    call("edge_aware")
    # the order of imports depends on whether freqbench is installed or lies beside the module
    for check in (["check", "--ignore", "I001"], ["format", "--check"]):
        done = in_shell("ruff", *check, "--config", str(ROOT / "pyproject.toml"), str(tmp_path / "mylosses"))
        assert done.returncode == 0, done.stdout


def test_nothing_is_overwritten(call, tmp_path):
    call("edge_aware")
    (tmp_path / "mylosses" / "__init__.py").write_text("# mine\n", encoding="utf-8")
    (tmp_path / "mylosses" / "edge_aware.py").unlink()
    before = (tmp_path / "mylosses" / "test_edge_aware.py").read_bytes()
    status, _, told = call("edge_aware")
    assert status == 2
    assert "test_edge_aware.py: is there already" in told
    assert not (tmp_path / "mylosses" / "edge_aware.py").exists()
    assert (tmp_path / "mylosses" / "test_edge_aware.py").read_bytes() == before
    assert call("another")[0] == 0
    assert (tmp_path / "mylosses" / "__init__.py").read_text(encoding="utf-8") == "# mine\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["Edge"], "lower case letters"),
        (["2d"], "lower case letters"),
        (["edge-aware"], "lower case letters"),
        (["lambda"], "no word of Python"),
        (["../edge"], "lower case letters"),
        (["fft"], "is a loss of freqbench already"),
        (["edge", "--to", "my-losses"], "its name must be one that Python imports"),
        (["edge", "--to", "json"], "json is an installed module"),
        (["edge", "--to", "freqbench"], "freqbench is an installed module"),
    ],
)
def test_a_wrong_name_is_one_line_and_writes_nothing(call, tmp_path, arguments, message):
    status, _, told = call(*arguments)
    assert status == 2
    assert message in told
    assert told.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "expected"), [("edge", "EdgeLoss"), ("edge_loss", "EdgeLoss"), ("a1_b", "A1BLoss"), ("loss", "Loss")]
)
def test_class_names(name, expected):
    assert class_name(name) == expected
