"""The section on the leakage audit: the verdict on each split, and the counts that it comes from."""

from collections import Counter
from typing import Any

from freqbench.reporting.blocks import Block, Cell, Row
from freqbench.reporting.html_report.sources import Sources
from freqbench.reporting.html_report.table_sections import TableSection, grouped
from freqbench.reporting.labels import AUDIT_NOTES

HEADERS = (
    "verdict",
    "train fields",
    "test fields",
    "pairs compared",
    "same area",
    "related",
    "undecided",
    "highest correlation",
    "identical files",
    "shared noise",
    "repeated files",
    "least usable area",
)
COUNTED = ("identical_pixels", "shared_noise", "duplicates_on_one_side")
KINDS = ("same area", "related", "undecided")
READING = (
    "Pairs: each train field of view with each test field of view, registered to each other. Same area: both show the "
    "same pixels; related: one specimen at another place or depth; undecided: too few cells to tell that from chance. "
    "Identical files and shared noise: single images across the split. Repeated files: single images on one side that "
    "hold the same pixels as another of it, and count again. Least usable area: share of a test field of "
    "view that is tested, where shared area is masked.",
    "clean: none of this was found.",
    *(f"{verdict}: {meaning}" for verdict, meaning in AUDIT_NOTES.items()),
)


def audit_section(sources: Sources) -> TableSection:
    """Return the verdict of the audit on each split of each data set, with its counts."""
    rows: list[Row] = []
    for (dataset, split), audit in sources.audits.items():
        several = len(sources.config.splits_of(dataset)) > 1
        rows.append((f"{dataset}, split {split}" if several else dataset, _cells(audit)))
    block = Block("Leakage between train and test", list(HEADERS), rows, first="Data set")
    return TableSection("audit", "Leakage audit", grouped([block]), READING[0], READING[1:])


def _cells(audit: dict[str, Any]) -> list[Cell]:
    pairs, fields = audit.get("pairs", []), audit.get("fields_of_view", [])
    kinds = Counter(pair["kind"] for pair in pairs)
    sides = Counter(field["side"] for field in fields)
    correlations = [pair["correlation"] for pair in pairs if pair.get("correlation") is not None]
    usable = audit.get("usable_area", {}).values()
    texts = [audit["verdict"], str(sides["train"]), str(sides["test"]), str(len(pairs))]
    texts += [str(kinds[kind]) for kind in KINDS]
    texts.append(f"{max(correlations):.3f}" if correlations else "–")
    texts += [str(len(audit.get(name, []))) for name in COUNTED]
    texts.append(f"{min(usable):.0%}" if usable else "–")
    return [Cell(text) for text in texts]
