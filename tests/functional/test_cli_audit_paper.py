"""The command that audits printed numbers, as a reader of the papers meets it."""

import sys

import pytest

from freqbench.cli import main


def call(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["freqbench", "audit-paper", *arguments])
    with pytest.raises(SystemExit) as exit_info:
        main()
    return exit_info.value.code or 0


def test_it_needs_no_configuration_and_tells_what_it_found(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    assert call(monkeypatch) == 0
    shown = capsys.readouterr()
    assert "Of 48 printed means and p-values" in shown.out
    assert "AM PSNR input (CARE FFT/band-pass study): printed 32.396, recomputed: 32.29567" in shown.out
    assert "MA PSNR bandpass against laplace (CARE FFT/band-pass study): printed 0.311, recomputed: 0.0256" in shown.out
    assert "printed 36.184*, recomputed: worse than spatial by 0.113" in shown.out
    for suffix in ("csv", "md", "html"):
        path = tmp_path / "results" / "published" / f"paper_audit.{suffix}"
        assert path.is_file()
        assert str(path.relative_to(tmp_path)) in shown.err


def test_a_folder_of_ones_own(monkeypatch, tmp_path):
    assert call(monkeypatch, "--to", str(tmp_path / "here")) == 0
    assert sorted(path.name for path in (tmp_path / "here").iterdir()) == [
        "paper_audit.csv",
        "paper_audit.html",
        "paper_audit.md",
    ]


def test_a_narrow_terminal(monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("COLUMNS", "60")
    assert call(monkeypatch, "--to", str(tmp_path)) == 0
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 60


def test_a_folder_that_cannot_be_written_is_one_line(monkeypatch, capsys, tmp_path):
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    assert call(monkeypatch, "--to", str(tmp_path / "file")) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert len(error.splitlines()) == 1
