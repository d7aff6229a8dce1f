"""`freqbench list`: everything that is registered, and nothing else; for people and for programs."""

import inspect
import json
from pathlib import Path

import pytest

from freqbench.cli import main
from freqbench.cli.app import application
from freqbench.cli.exit_codes import ExitCode
from freqbench.config import load_config
from freqbench.data.fetching.catalogue import ARCHIVES, GROUPS
from freqbench.listing import class_summary, trainings_of
from freqbench.losses.registry import loss_class
from freqbench.metrics import CONTRACTS
from freqbench.registry import LOSSES
from freqbench.run import runs_of

ROOT = Path(__file__).parents[2]
KINDS = {"losses", "metrics", "datasets", "networks", "configurations", "methods", "commands", "exit-statuses"}
KEPT = {
    "commands": "reports/commands.md",
    "configurations": "reports/configurations.md",
    "exit-statuses": "reports/exit_statuses.md",
}


@pytest.fixture
def call(monkeypatch, capsys):
    """Run `freqbench list`; return its exit status, what it printed and what it printed to standard error."""
    monkeypatch.chdir(ROOT)

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["freqbench", "list", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        captured = capsys.readouterr()
        return end.value.code or 0, captured.out, captured.err

    return run


@pytest.fixture
def listed(call):
    """Return every row by kind."""
    status, printed, _ = call("--format", "json")
    assert status == 0
    return json.loads(printed)


def test_everything_that_is_registered_is_listed(listed):
    assert set(listed) == KINDS
    names = {kind: [next(iter(row.values())) for row in rows] for kind, rows in listed.items()}
    assert names["losses"] == list(LOSSES)
    assert names["metrics"] == list(CONTRACTS)
    assert names["datasets"] == [*ARCHIVES, *GROUPS]
    assert names["networks"] == [
        "generator: rrdb",
        "generator: care_unet",
        "generator: noise2noise_unet",
        "discriminator",
    ]
    assert names["configurations"] == sorted(f"config/{path.name}" for path in (ROOT / "config").glob("*.yaml"))
    assert {"input", "spatial", "lffl_a2"} <= set(names["methods"])
    assert names["exit-statuses"] == [str(code.value) for code in ExitCode]
    assert len(names["commands"]) == len(application().registered_commands)
    assert all(
        row[key] for kind in ("losses", "metrics", "networks", "configurations") for row in listed[kind] for key in row
    )


@pytest.mark.parametrize("name", LOSSES)
def test_a_summary_is_that_of_the_class(listed, name):
    (row,) = (row for row in listed["losses"] if row["name"] == name)
    assert row["what"] == (inspect.getdoc(loss_class(name)) or "").splitlines()[0]


def test_a_class_that_does_not_exist():
    for path in ("freqbench.losses.fft.NoLoss", "freqbench.losses.no_module.Loss"):
        with pytest.raises(KeyError):
            class_summary(path)


@pytest.mark.parametrize("path", sorted((ROOT / "config").glob("*.yaml")), ids=lambda path: path.stem)
def test_trainings_are_those_of_the_workflow(path):
    config = load_config(path)
    runs = [run for dataset in config.datasets for run in runs_of(config, dataset)]
    # a data set that is trained on another has runs whose training is the other's
    assert trainings_of(config) == len({run.trained.key for run in runs if not run.is_control})


def test_the_overview_is_one_line_a_kind(call):
    status, printed, _ = call()
    assert status == 0
    head, *rows = printed.splitlines()
    assert head.split() == ["kind", "count", "such", "as"]
    assert {row.split()[0] for row in rows} == KINDS
    assert f"losses          {len(LOSSES)} " in printed


def test_elsewhere_than_on_a_terminal_rows_are_plain(call):
    _, printed, _ = call("datasets")
    assert len(printed.splitlines()) == 1 + len(ARCHIVES) + len(GROUPS)
    (fish,) = (line for line in printed.splitlines() if line.startswith("fmd/Confocal_FISH "))
    assert "697.9 MB" in fish
    assert fish.endswith("CC BY-SA 4.0")
    assert "\x1b" not in printed


def test_on_a_terminal_it_is_a_table_that_loses_no_name(call, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    _, printed, _ = call("losses", "--format", "table")
    plain = call("losses")[1]
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    assert call("losses")[1] != plain
    assert all(any(line.startswith(name) for line in printed.splitlines()) for name in LOSSES)
    assert max(map(len, printed.splitlines())) <= 60


@pytest.mark.parametrize("kind", KEPT)
def test_the_page_is_the_one_that_is_kept(call, kind):
    _, printed, _ = call(kind, "--format", "markdown")
    kept = (ROOT / KEPT[kind]).read_text(encoding="utf-8")
    assert printed == kept, f"run `freqbench list {kind} --format markdown > {KEPT[kind]}`, then `freqbench readme`"


def test_a_configuration_that_cannot_be_read_says_why(call, tmp_path):
    (tmp_path / "broken.yaml").write_text("# For nothing. More.\nname: [", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("none", encoding="utf-8")
    status, printed, _ = call("configurations", "--folder", str(tmp_path))
    assert status == 0
    assert len(printed.splitlines()) == 2
    assert "cannot be read: " in printed
    assert "not valid YAML" in printed
    assert call("methods", "--folder", str(tmp_path))[1] == "none\n"


def test_mistakes_are_one_line(call, tmp_path):
    status, _, told = call("configurations", "--folder", str(tmp_path / "none"))
    assert status == 2
    assert told.count("\n") == 1
    assert "--folder" in told
    assert call("lossses")[0] == 2
