"""The command line as a user meets it: help, versions, one line for each mistake, the first steps by hand."""

import copy
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from freqbench import __version__
from freqbench.cli import main
from freqbench.config.reference import json_schema, markdown
from freqbench.errors import FreqbenchError
from freqbench.reporting.readme import filled

ROOT = Path(__file__).parents[2]

STUDY: dict[str, Any] = {
    "name": "byhand",
    "tier": "smoke",
    "feature_networks": "untrained",
    "datasets": {
        "nuclei": {
            "source": {
                "kind": "phantom",
                "specimen": "nuclei",
                "specimens": 3,
                "fovs": 3,
                "captures": 1,
                "size": 128,
                "seed": 5,
            },
            "level": "defocus",
            "task": "deblur",
            "patches": {"rule": "grid", "size": 32},
        }
    },
    "methods": [{"name": "spatial"}],
    "training": {"iterations": 1},
}


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "study.yaml"
    path.write_text(yaml.safe_dump(STUDY), encoding="utf-8")
    return path


def call(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """Run the command line in this process; return its exit status."""
    monkeypatch.setattr(sys, "argv", ["freqbench", *arguments])
    with pytest.raises(SystemExit) as exit_info:
        main()
    code = exit_info.value.code
    return code if isinstance(code, int) else int(code is not None)


def test_version(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(monkeypatch, "--version") == 0
    assert capsys.readouterr().out.strip() == __version__


@pytest.mark.parametrize(
    "command",
    [
        "simulate",
        "fetch",
        "index",
        "similarity",
        "split",
        "audit",
        "patches",
        "noise",
        "noise-figure",
        "preflight",
        "doctor",
        "calibrate",
        "train",
        "control",
        "restore",
        "restore-patches",
        "export",
        "evaluate",
        "compare",
        "table",
        "leakage-table",
        "fov-table",
        "cost-table",
        "figure",
        "audit-figure",
        "manifest",
        "publish",
        "readme",
        "phantom-figure",
        "schema",
    ],
)
def test_every_command_has_a_help_text(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    assert call(monkeypatch, command, "--help") == 0
    shown = capsys.readouterr().out
    assert "Usage" in shown
    assert len(shown.splitlines()[3].strip()) > 20, "the first line says what the command does"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"tiers": "smoke"}, "study.yaml: tiers: unknown key; did you mean `tier`?"),
        ({"methods": []}, "study.yaml: methods:"),
        ({"seeds": [0, 0]}, "study.yaml: seeds: must be different numbers"),
    ],
)
def test_a_mistake_in_the_configuration_is_one_line(
    config: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    change: dict[str, Any],
    message: str,
) -> None:
    config.write_text(yaml.safe_dump(copy.deepcopy(STUDY) | change), encoding="utf-8")
    assert call(monkeypatch, "split", "-c", str(config), "-d", "nuclei") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")
    assert message in line


def test_an_unknown_data_set_method_split_or_seed_lists_what_there_is(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments, message in (
        (("index", "-d", "nucleus"), "data set nucleus: not in the configuration; there are nuclei"),
        (("restore-patches", "-d", "nuclei", "-m", "ffl"), "method ffl: not in the configuration"),
        (("restore-patches", "-d", "nuclei", "-m", "input", "-s", "7"), "seed 7: not in the configuration"),
        (
            ("restore-patches", "-d", "nuclei", "-m", "input", "--split", "2"),
            "split 2: not in the configuration; nuclei has",
        ),
        (("control", "-d", "nuclei", "-m", "blur"), "method blur: not in the configuration"),
        (("split", "-d", "nuclei", "--split", "0"), "split 0: not in the configuration; nuclei has split 1 alone"),
        (("audit", "-d", "nuclei", "--split", "2"), "(`datasets.nuclei.split.repeats`)"),
        (("patches", "-d", "nuclei", "--split", "-1"), "split -1: not in the configuration"),
        (("audit-figure", "-d", "nuclei", "--split", "2"), "split 2: not in the configuration"),
        (("fetch", "-d", "nuclei"), "use `freqbench simulate`"),
        (("index", "-d", "nuclei"), "source.json: no such file"),
    ):
        assert call(monkeypatch, arguments[0], "-c", str(config), *arguments[1:]) == 2
        assert message in capsys.readouterr().err


def test_the_first_steps_by_hand(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for step in ("simulate", "index", "similarity", "split", "audit", "patches"):
        assert call(monkeypatch, step, "-c", str(config), "-d", "nuclei") == 0, capsys.readouterr().err
    data = Path("results/byhand/data/nuclei")
    assert (data / "images" / "raw").is_dir()
    patches = pd.read_csv(data / "split1" / "patches" / "patches.csv")
    assert len(patches) == 3 * 16
    assert set(patches["split"]) == {"train", "test"}


def test_the_reference_of_the_configuration_is_up_to_date() -> None:
    remedy = "run `freqbench schema`"
    assert (ROOT / "workflow/schemas/config.schema.json").read_text(encoding="utf-8") == json_schema(), remedy
    assert (ROOT / "config/README.md").read_text(encoding="utf-8") == markdown(), remedy


def test_every_key_of_the_configuration_is_explained() -> None:
    assert not [line for line in markdown().splitlines() if line.endswith("|  |")]


@pytest.mark.parametrize("page", ["README.md", *sorted(f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md"))])
def test_the_numbers_of_a_page_are_those_of_their_files(page: str) -> None:
    assert (ROOT / page).read_text(encoding="utf-8") == filled(ROOT / page), f"run `freqbench readme {page}`"


def test_a_block_may_take_the_first_table_alone(tmp_path: Path) -> None:
    page = tmp_path / "README.md"
    page.write_text("<!-- first table from page.md -->\nold\n<!-- end -->\nafter\n", encoding="utf-8")
    table = "**first**\n\n| a | b |\n|---|---|\n| 1 | 2 |"
    (tmp_path / "page.md").write_text(f"{table}\n\n**second**\n\n| c |\n|---|\n\n- note\n", encoding="utf-8")
    assert filled(page) == f"<!-- first table from page.md -->\n{table}\n<!-- end -->\nafter\n"
    (tmp_path / "page.md").write_text("no table\n", encoding="utf-8")
    with pytest.raises(FreqbenchError, match=r"page\.md: holds no table"):
        filled(page)


def test_a_block_of_a_missing_file_is_an_error(tmp_path: Path) -> None:
    page = tmp_path / "README.md"
    page.write_text("<!-- from nothing.md -->\nold\n<!-- end -->\n", encoding="utf-8")
    with pytest.raises(FreqbenchError, match=r"nothing\.md"):
        filled(page)
