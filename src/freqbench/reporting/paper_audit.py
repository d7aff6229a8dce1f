"""The audit of printed numbers as CSV, Markdown and HTML."""

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from freqbench.files import write_text
from freqbench.metrics.contracts import contract_of
from freqbench.published.audit import PaperAudit
from freqbench.published.checks import (
    AGREES,
    ANOTHER_READING,
    DIFFERS,
    MARKED_AND_WORSE,
    NOT_CHECKABLE,
    NOT_MARKED,
    WITHIN_ROUNDING,
    PaperCheck,
)
from freqbench.published.lffl_ranks import rank_text
from freqbench.published.lffl_table import Place
from freqbench.reporting.labels import method_label

NAME = "paper_audit"
ARROWS = {"higher": "↑", "lower": "↓"}
NOTES = (
    "Nothing is trained or measured here: every line compares numbers of a paper with other numbers of the same paper.",
    "A printed number stands for every number that rounds to it. A mean or a p-value agrees if some rows that round to "
    "the printed rows give it; the column “by rounding” shows all that they give. For the paired t-test this range "
    "is exact. Where it is wide the rows are too coarse to check the value, and agreement says little.",
    "Rows are taken with three decimals: one that shows fewer has lost trailing zeros. Experiments whose input rows "
    "are equal in one metric are taken to have the same images, so that the other metric must have equal rows too.",
    "Readings of a p-value, tried in this order: two-sided paired t-test, the same cut off instead of rounded, "
    "one-sided paired t-test in either direction, Wilcoxon and sign test (exact, two-sided and one-sided), unpaired "
    "t-test; then whether it belongs to another place of the same experiment. So many readings may match by chance.",
    "Without rows no mean, correlation or value of LFFL's Table 1 can be recomputed; of that table, ranks, directions "
    "and claims are checked. Rounding keeps order, so what is printed better is better. A rank with = is shared with "
    "others that are printed equal. Which values the paper sets in bold is not in our copy.",
    "Claims stand in our words. The abstract (arXiv 2601.20878) was read; those marked “text” are known to us at "
    "second hand and may be worded more carefully in the paper. A recommendation is no statement of fact: the table "
    "backs it or not.",
    "A discrepancy is no verdict on a study: misprints are ordinary, and our copy of the tables may err too.",
)


@dataclass(frozen=True)
class Section:
    """A table of the report under its heading.

    Attributes:
        title: the heading.
        headers: of the columns.
        rows: cells as text, as many as headers.
    """

    title: str
    headers: Sequence[str]
    rows: Sequence[Sequence[str]]


def write_paper_audit(audit: PaperAudit, folder: Path) -> list[Path]:
    """Write ``paper_audit.csv`` (one line a check), ``.md`` and ``.html``.

    Args:
        audit: the outcome.
        folder: where to; made if it is missing.

    Returns:
        The files written.

    Raises:
        FreqbenchError: if the folder cannot be written.
    """
    texts = {"csv": _csv(audit.checks), "md": _markdown(audit), "html": _html(audit)}
    paths = {suffix: folder / f"{NAME}.{suffix}" for suffix in texts}
    for suffix, text in texts.items():
        write_text(paths[suffix], text)
    return list(paths.values())


def summary(audit: PaperAudit) -> list[str]:
    """Return in a few sentences what was checked and how much agrees."""
    counts = audit.counts
    checked = sum(counts.values()) - counts[NOT_CHECKABLE]
    agreeing = counts[AGREES] + counts[WITHIN_ROUNDING]
    other = f", {counts[ANOTHER_READING]} by another reading only" if counts[ANOTHER_READING] else ""
    marks = [check.outcome for check in audit.of("ranks") if check.outcome != NOT_MARKED]
    claims = [f"“{check.item}” {check.outcome}" for check in audit.of("claims")]
    return [
        f"Of {checked} printed means and p-values whose rows are printed too, {agreeing} agree with them "
        f"({counts[WITHIN_ROUNDING]} thanks to rounding){other} and {counts[DIFFERS]} do not; for "
        f"{counts[NOT_CHECKABLE]} further values no rows are printed.",
        f"Asterisks in LFFL's Table 1: {len(marks)}; on a value worse than the best baseline: "
        f"{marks.count(MARKED_AND_WORSE)}.",
        f"Claims and recommendations in our words: {'; '.join(claims)}.",
    ]


def sections(audit: PaperAudit) -> list[Section]:
    """Return the tables of the report, the findings first."""
    compared = ("item", "printed", "recomputed", "by rounding", "outcome", "remark")
    return [
        Section(
            "Findings", ("paper", "item", "printed", "recomputed", "remark"), [_finding(c) for c in audit.findings]
        ),
        Section("CARE FFT/band-pass study: p-values", compared, [_compared(c) for c in audit.of("p-values")]),
        Section("CARE FFT/band-pass study: means", compared, [_compared(c) for c in audit.of("means")]),
        Section(
            "CARE FFT/band-pass study: one set of images in two tables",
            ("item", "printed", "recomputed", "outcome", "remark"),
            [(c.item, c.printed, c.recomputed, c.outcome, c.note) for c in audit.of("inputs")],
        ),
        *_rank_sections(audit),
        Section("LFFL: claims in words", ("claim and its readings", "outcome", "by Table 1"), _claim_rows(audit)),
        Section(
            "FRC loss paper, Table 1",
            ("item", "printed", "outcome", "remark"),
            [(c.item, c.printed, c.outcome, c.note) for c in audit.of("correlations")],
        ),
    ]


def _finding(check: PaperCheck) -> tuple[str, ...]:
    # the size of a loss tells more than the rank
    recomputed = check.allowed if check.part == "ranks" else check.recomputed
    return check.paper, check.item, check.printed, recomputed, check.note


def _compared(check: PaperCheck) -> tuple[str, ...]:
    return check.item, check.printed, check.recomputed, check.allowed, check.outcome, check.note


def _claim_rows(audit: PaperAudit) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for check in audit.of("claims", "readings"):
        is_claim = check.part == "claims"
        item = f"{check.item} ({check.paper})" if is_claim else f"– {check.item}"
        rows.append((item, check.outcome, check.recomputed))
    return rows


def _rank_sections(audit: PaperAudit) -> list[Section]:
    """Return one table a data set: printed value, asterisk, rank; an arrow where an asterisk marks a worse value."""
    table = audit.lffl
    worse = {check.item for check in audit.findings if check.part == "ranks"}

    def cell(place: Place, method: str) -> str:
        text = table.values[place][method].text + ("*" if (place, method) in table.marked else "")
        direction = ", worse" if f"{place} {method}" in worse else ""
        return f"{text} ({rank_text(table, place, method)}{direction})"

    found = []
    for dataset in dict.fromkeys(place.dataset for place in table.places()):
        places = table.places(dataset)
        contracts = [contract_of(place.metric.lower()) for place in places]
        headers = ["method", *(f"{contract.label} {ARROWS[contract.better]}" for contract in contracts)]
        rows = [
            [method_label(method), *(cell(place, method) for place in places)] for method in table.values[places[0]]
        ]
        found.append(Section(f"LFFL, Table 1, {dataset}: printed value (rank of six)", headers, rows))
    return found


def _csv(checks: Sequence[PaperCheck]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(asdict(checks[0])), lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(check) for check in checks)
    return text.getvalue()


def _markdown(audit: PaperAudit) -> str:
    parts = ["# Audit of printed numbers", *summary(audit)]
    for section in sections(audit):
        lines = [f"## {section.title}", "", f"| {' | '.join(section.headers)} |", "|---" * len(section.headers) + "|"]
        lines += [f"| {' | '.join(_escaped(cell) for cell in row)} |" for row in section.rows]
        parts.append("\n".join(lines))
    parts.append("## How to read this\n\n" + "\n".join(f"- {note}" for note in NOTES))
    return "\n\n".join(parts) + "\n"


def _escaped(cell: str) -> str:
    return cell.replace("|", "\\|").replace("*", "\\*")


def _html(audit: PaperAudit) -> str:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("freqbench.reporting"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    template = environment.get_template("paper_audit.html.j2")
    return template.render(summary=summary(audit), sections=sections(audit), notes=NOTES) + "\n"
