"""The command about metrics: every contract, for people and for programs."""

import csv
import io
import json
import sys
from pathlib import Path

import pytest

from freqbench.cli import main
from freqbench.metrics import CONTRACTS

ROOT = Path(__file__).parents[2]


def call(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["freqbench", "metrics", *arguments])
    with pytest.raises(SystemExit) as exit_info:
        main()
    return exit_info.value.code or 0


def test_the_table_shows_every_contract(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "300")
    assert call(monkeypatch) == 0
    shown = capsys.readouterr().out
    for contract in CONTRACTS.values():
        arrow = {"higher": "↑", "lower": "↓"}[contract.better]
        assert contract.name in shown
        assert f"{contract.label} {arrow}" in shown
        assert contract.citation in shown
        assert f"data range: {contract.data_range}" in shown
        assert f"{contract.min_size} x {contract.min_size} pixels" in shown


def test_a_narrow_terminal_loses_no_name(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "80")
    assert call(monkeypatch) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert all(any(name in line for line in lines) for name in CONTRACTS)


def test_json_and_csv_have_one_row_for_each_metric(monkeypatch, capsys):
    assert call(monkeypatch, "--format", "json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in rows] == list(CONTRACTS)
    assert all(row["version"] == CONTRACTS[row["name"]].version for row in rows)
    assert call(monkeypatch, "-f", "csv") == 0
    table = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["name"] for row in table] == list(CONTRACTS)
    assert [row["maximum"] for row in table] == ["" if row["maximum"] is None else str(row["maximum"]) for row in rows]
    assert set(table[0]) == set(rows[0])


def test_the_page_is_the_one_that_is_kept(monkeypatch, capsys):
    assert call(monkeypatch, "--format", "markdown") == 0
    page = capsys.readouterr().out
    assert page == (ROOT / "reports" / "metrics.md").read_text(encoding="utf-8"), (
        "run `freqbench metrics --format markdown > reports/metrics.md`"
    )
    assert page.count("\n| `") == len(CONTRACTS)
    assert len({line.count("|") for line in page.splitlines()}) == 1


def test_only_the_metrics_asked_for(monkeypatch, capsys):
    assert call(monkeypatch, "lfd", "ssim", "-f", "json") == 0
    assert [row["name"] for row in json.loads(capsys.readouterr().out)] == ["lfd", "ssim"]


def test_an_unknown_metric_is_one_line(monkeypatch, capsys):
    assert call(monkeypatch, "sssim") == 2
    error = capsys.readouterr().err
    assert f"unknown metric 'sssim'; choose from {', '.join(CONTRACTS)}" in error
    assert len(error.splitlines()) == 1
