"""What the metrics of a table are, from their contracts: a line for each, and all of them as a table."""

from collections.abc import Mapping

from freqbench.metrics.contracts import MetricContract, contract_of
from freqbench.reporting.blocks import Block, Cell
from freqbench.reporting.numbers import ARROWS

HEADERS = ("computed by", "range", "window", "values of the images", "settings", "citation")


def metric_notes(labels: Mapping[str, str]) -> list[str]:
    """Return one line for each metric.

    Args:
        labels: what the table calls each metric.
    """
    notes = []
    for name, label in labels.items():
        contract = contract_of(name)
        parts = (_made(contract), _range(contract), contract.window, contract.citation)
        notes.append(f"{label} {ARROWS[contract.better]}: {'; '.join(parts)}.")
    return notes


def contract_block(labels: Mapping[str, str]) -> Block:
    """Return the complete contracts of some metrics as a table."""
    rows = []
    for name, label in labels.items():
        contract = contract_of(name)
        texts = (_made(contract), _range(contract), contract.window, contract.data_range)
        rows.append((label, [Cell(text) for text in (*texts, contract.settings, contract.citation)]))
    return Block("What each metric is", list(HEADERS), rows, first="Metric", is_text=True)


def _made(contract: MetricContract) -> str:
    return f"{contract.library} {contract.version}"


def _range(contract: MetricContract) -> str:
    low = "no lower bound" if contract.minimum == float("-inf") else f"{contract.minimum:g}"
    unit = f" {contract.unit}" if contract.unit else ""
    if contract.maximum is not None:
        return f"{low} to {contract.maximum:g}{unit}"
    return low if low.startswith("no") else f"{low}{unit} or more"
