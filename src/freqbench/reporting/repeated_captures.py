"""Captures that the leakage audit found twice on one side: they are one measurement and count as two."""

from typing import Any

from freqbench.config import Config
from freqbench.files import read_json
from freqbench.layout import Layout

SHOWN = 3


def repeated_capture_notes(config: Config) -> list[str]:
    """Return what a reader must know of files that hold the same pixels, a note for each data set that has such.

    Raises:
        FreqbenchError: if an audit is missing.
    """
    layout, notes = Layout.of(config), []
    for dataset in config.datasets:
        audits = [read_json(layout.audit(dataset, split)) for split in config.splits_of(dataset)]
        # several splits find the same files
        repeated = sorted({pair for audit in audits for pair in repeated_captures(audit)})
        if repeated:
            named = [f"{second} as {first}" for first, second in repeated[:SHOWN]]
            more = f" and {len(repeated) - SHOWN} more" if len(repeated) > SHOWN else ""
            notes.append(
                f"{dataset}: files with the same pixels, on one side of the split: {', '.join(named)}{more}. Each of "
                "them counts, in training or in means and tests, though it measures nothing new."
            )
    return notes


def repeated_captures(audit: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the pairs of files of one side that hold the same pixels, the first in the manifest first.

    Args:
        audit: content of ``audit.json``.
    """
    return [(pair["first"], pair["second"]) for pair in audit.get("duplicates_on_one_side", [])]
