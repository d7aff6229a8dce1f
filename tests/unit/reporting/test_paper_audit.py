"""The audit of printed numbers as files: every check in the CSV, what matters in the pages."""

import csv
import re
from html.parser import HTMLParser

import pytest

from freqbench.errors import FreqbenchError
from freqbench.published.audit import audit_papers
from freqbench.reporting.paper_audit import summary, write_paper_audit


@pytest.fixture(scope="module")
def audit():
    return audit_papers()


@pytest.fixture(scope="module")
def folder(audit, tmp_path_factory):
    folder = tmp_path_factory.mktemp("audit") / "new"
    paths = write_paper_audit(audit, folder)
    assert sorted(paths) == sorted(folder.iterdir())
    return folder


class Cells(HTMLParser):
    """Collects the text of the cells of all tables."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, _attributes):
        if tag in ("td", "th"):
            self.found.append("")

    def handle_data(self, data):
        if self.found:
            self.found[-1] += data


def test_the_csv_has_one_line_a_check(audit, folder):
    with (folder / "paper_audit.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert len(rows) == len(audit.checks)
    (found,) = [row for row in rows if row["part"] == "means" and row["item"] == "AM PSNR input"]
    assert (found["printed"], found["recomputed"], found["outcome"]) == ("32.396", "32.29567", "differs")


def test_the_markdown_tables_are_whole(folder):
    lines = (folder / "paper_audit.md").read_text(encoding="utf-8").splitlines()
    tables = "\n".join(lines).split("\n\n")
    for table in (part.splitlines() for part in tables if part.startswith("|")):
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table}) == 1
    assert any("36.184\\* (4, worse)" in line for line in lines)


def test_the_findings_come_first(audit, folder):
    text = (folder / "paper_audit.md").read_text(encoding="utf-8")
    findings = text.split("## ")[1]
    assert findings.startswith("Findings")
    assert len(audit.findings) == 6
    for check in audit.findings:
        assert check.item in findings


def test_the_html_shows_every_printed_value(audit, folder):
    cells = Cells((folder / "paper_audit.html").read_text(encoding="utf-8")).found
    for check in audit.of("means", "p-values", "correlations"):
        assert check.item in cells
        assert check.printed in cells


def test_the_summary_counts(audit):
    counted, asterisks, claims = summary(audit)
    assert "Of 48 printed means and p-values" in counted
    assert "44 agree with them (9 thanks to rounding) and 4 do not; for 28 further values" in counted
    assert "22; on a value worse than the best baseline: 1." in asterisks
    assert "“better than the baselines throughout, in all metrics” holds in part" in claims


def test_a_folder_that_cannot_be_made(audit, tmp_path):
    (tmp_path / "file").write_text("a file where the folder should be", encoding="utf-8")
    with pytest.raises(FreqbenchError, match="cannot be written"):
        write_paper_audit(audit, tmp_path / "file")


def test_the_kept_outcome_is_up_to_date(folder, pytestconfig):
    for path in folder.iterdir():
        kept = pytestconfig.rootpath / "reports" / "published" / path.name
        assert kept.read_text(encoding="utf-8") == path.read_text(encoding="utf-8"), (
            "run `freqbench audit-paper --to reports/published`"
        )
