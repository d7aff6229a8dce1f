"""`freqbench readme`: fills the blocks of pages from their files, and says which are out of date."""

from pathlib import Path

import pytest

from freqbench.cli import main

ROOT = Path(__file__).parents[2]
TABLE = "| a | b |\n|---|---|\n| 1 | 2 |"


@pytest.fixture
def call(monkeypatch, capsys, tmp_path):
    """Run `freqbench readme` in a folder with two pages; return its exit status and what it printed."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "docs").mkdir()
    (tmp_path / "numbers.md").write_text(TABLE, encoding="utf-8")
    block = "<!-- from {}numbers.md -->\n{}\n<!-- end -->\n"
    (tmp_path / "README.md").write_text(block.format("", TABLE), encoding="utf-8")
    (tmp_path / "docs" / "more.md").write_text(block.format("../", TABLE.replace("2", "3")), encoding="utf-8")

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["freqbench", "readme", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        captured = capsys.readouterr()
        return end.value.code or 0, captured.out, captured.err

    return run


def test_check_shows_what_is_out_of_date_and_changes_nothing(call):
    before = Path("docs/more.md").read_bytes()
    status, shown, told = call("--check")
    assert status == 2
    assert "-| 1 | 3 |\n+| 1 | 2 |" in shown
    assert told.startswith("error: docs/more.md: numbers differ")
    assert "README.md: " not in told
    assert told.count("\n") == 1
    assert Path("docs/more.md").read_bytes() == before


def test_filling_makes_the_check_pass(call):
    status, _, told = call()
    assert (status, told) == (0, "docs/more.md: filled\n")
    assert TABLE in Path("docs/more.md").read_text(encoding="utf-8")
    assert call("--check") == (0, "", "")


def test_only_the_page_that_is_named(call):
    assert call("README.md", "--check") == (0, "", "")
    assert call("docs/more.md", "--check")[0] == 2


def test_a_long_difference_is_cut(call):
    Path("numbers.md").write_text("\n".join(f"| {n} | x |" for n in range(100)), encoding="utf-8")
    _, shown, _ = call("docs/more.md", "--check")
    assert "... and " in shown
    assert len(shown.splitlines()) == 21


def test_a_page_that_is_missing_is_one_line(call):
    status, _, told = call("none.md")
    assert status == 2
    assert told.startswith("error: none.md: cannot be read")


def test_lint_checks_the_pages():
    lint = (ROOT / "Makefile").read_text(encoding="utf-8").split("\nlint:")[1].split("\n\n")[0]
    assert "freqbench readme --check" in lint
