"""The command line starts fast, and completes what is typed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = ("torch", "numpy", "pandas", "scipy", "matplotlib", "skimage", "torchvision", "torchmetrics", "piq", "jinja2")

LOADED = """
import sys
from freqbench.cli import main
sys.argv = ["freqbench", *sys.argv[1:]]
try:
    main()
finally:
    sys.stderr.write(" ".join(sorted(sys.modules)))
"""


def modules_after(*arguments: str) -> set[str]:
    """Return the modules that a command has imported, and their packages."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *arguments], capture_output=True, text=True, cwd=ROOT, check=True, timeout=120
    )
    return set(done.stderr.splitlines()[-1].split())


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["train", "--help"], ["audit", "--help"]], ids=str)
def test_help_imports_nothing_heavy(arguments):
    assert not modules_after(*arguments) & set(HEAVY)


@pytest.mark.parametrize("kind", ["losses", "networks", "configurations", "commands"])
def test_listings_do_not_import_torch(kind):
    assert "torch" not in modules_after("list", kind)


def completed(line: str, shell: str = "bash") -> list[str]:
    """Return what the shell is offered at the end of a line."""
    words = line.split(" ")
    environment = {
        "_FREQBENCH_COMPLETE": f"complete_{shell}",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words) - 1),
        "_TYPER_COMPLETE_ARGS": line,
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
    }
    command = Path(sys.executable).with_name("freqbench")
    done = subprocess.run(
        [str(command)], capture_output=True, text=True, cwd=ROOT, check=True, timeout=120, env=os.environ | environment
    )
    return done.stdout.split()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("freqbench audit", {"audit", "audit-figure", "audit-paper"}),
        ("freqbench audit --da", {"--dataset"}),
        ("freqbench audit -d ", {"phantom_tissue", "phantom_nuclei"}),
        ("freqbench audit -c config/paper.yaml -d ", {"fmd_zebrafish", "fmd_zebrafish_free"}),
        ("freqbench audit -c nothing.yaml -d ", set()),
        ("freqbench train -m lffl_a0", {"lffl_a0.5"}),
        ("freqbench check-loss fourier_s", {"fourier_space"}),
        ("freqbench fetch fmd/Confocal_F", {"fmd/Confocal_FISH"}),
        ("freqbench list da", {"datasets"}),
    ],
)
def test_bash_completes(line, expected):
    assert set(completed(line)) == expected


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_complete(shell):
    assert any("similarity" in word for word in completed("freqbench simil", shell))


def test_the_script_for_bash():
    command = Path(sys.executable).with_name("freqbench")
    done = subprocess.run(
        [str(command)],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
        env=os.environ | {"_FREQBENCH_COMPLETE": "source_bash"},
    )
    assert "complete -o default -F _freqbench_completion freqbench" in done.stdout
