"""Our numbers beside those of the LFFL paper's Table 1, one a row, with the difference and what is to be made of it."""

from typing import Any

import pandas as pd

from freqbench.config import Config
from freqbench.metrics.contracts import contract_of
from freqbench.published.lffl_protocol import METHODS, METRICS, STAND_INS
from freqbench.published.lffl_table import BASELINES, LfflTable, read_lffl_table
from freqbench.reporting.blocks import Block, Cell, Row
from freqbench.reporting.comparability import other_settings
from freqbench.reporting.labels import method_label
from freqbench.reporting.numbers import ARROWS, number, signed, with_spread
from freqbench.reporting.published_columns import published_text
from freqbench.reporting.published_verdict import VERDICTS

HEADERS = ("ours", "LFFL paper", "difference", "tolerance", "verdict")


def published_block(config: Config, table: pd.DataFrame, dataset: str) -> Block | None:
    """Return the block of a data set; None where it stands for none of the paper's.

    Args:
        config: the study.
        table: every number, as `freqbench.reporting.table1.table1` returns them.
        dataset: the data set.
    """
    name = config.datasets[dataset].published_as
    if name is None:
        return None
    numbers: Any = table[table["dataset"] == dataset].set_index(["method", "metric"])
    paper, reasons = read_lffl_table(), _numbered(config, table)
    rows: list[Row] = []
    for metric in (*METRICS, *STAND_INS):
        methods = [method for method in METHODS if (method, metric) in numbers.index]
        if methods:
            rows.append((_heading(numbers.loc[(methods[0], metric), "label"], metric), []))
        for method in methods:
            printed = published_text(config, paper, dataset, method, metric)
            cells = _cells(numbers.loc[(method, metric)], metric, printed, reasons)
            rows.append((method_label(method), cells))
    return Block(f"{dataset} beside {name} in Table 1 of the LFFL paper", list(HEADERS), rows)


def published_notes(config: Config, table: pd.DataFrame) -> list[str]:
    """Return how to read what stands beside the paper's numbers; nothing where none of them stands anywhere."""
    reasons = _numbered(config, table)
    named = {name: dataset.published_as for name, dataset in config.datasets.items()}
    shown = [name for name in table["dataset"].unique() if named[name] is not None]
    if not shown:
        differing = other_settings(config)
        return [
            "No data set of this study stands for one of the LFFL paper's: nothing is beside its Table 1.",
            *([f"Settings other than the paper's, which stand in parentheses: {differing}."] if differing else []),
        ]
    others = [name for name in table["dataset"].unique() if name not in shown]
    verdicts = [name for name in VERDICTS if name in set(table.loc[table["dataset"].isin(shown), "verdict"])]
    notes = [
        "In parentheses, and beside ours: Table 1 of the LFFL paper. " + _asterisk_note(read_lffl_table()),
        "Difference: ours minus the paper's. Tolerance: how far one further run of ours may lie from the mean of our "
        "runs (95 % prediction interval from their spread over splits and seeds; seeds of one split are no further "
        "splits), and half a unit of the paper's last digit. Which fields of view and regions the paper tests is not "
        "known. " + "; ".join(f"{name}: {VERDICTS[name]}" for name in verdicts) + ".",
        *(f"[{place}] {reason}." for reason, place in reasons.items()),
    ]
    return notes + ([f"Not in the paper's table: {', '.join(others)}."] if others else [])


def _asterisk_note(paper: LfflTable) -> str:
    """Return what the paper's asterisk says, and on which of its values it stands although they are worse."""
    worse = [
        f"{place.metric} of {method_label(method)} on {place.dataset}, {paper.values[place][method].text}, is worse "
        f"than the {paper.values[place][paper.best(place, BASELINES)].text} of "
        f"{method_label(paper.best(place, BASELINES))}"
        for place, method in sorted(paper.marked)
        if paper.gain_on_baselines(place, method) < 0
    ]
    said = "Its asterisk marks a difference from the best baseline in either direction, not a gain"
    return f"{said}: {'; '.join(worse)}." if worse else f"{said}."


def _numbered(config: Config, table: pd.DataFrame) -> dict[str, int]:
    """Return the reasons of the numbers that stand beside the paper's, each with its number."""
    beside = [name for name, dataset in config.datasets.items() if dataset.published_as is not None]
    reasons = table.loc[table["dataset"].isin(beside), "reason"]
    return {reason: place for place, reason in enumerate(dict.fromkeys(filter(None, reasons)), start=1)}


def _heading(label: str, metric: str) -> str:
    unit = contract_of(metric).unit
    heading = f"{label} {ARROWS[contract_of(metric).better]}" + (f" in {unit}" if unit else "")
    return f"{heading}, in the place of {STAND_INS[metric]}" if metric in STAND_INS else heading


def _cells(row: Any, metric: str, printed: str, reasons: dict[str, int]) -> list[Cell]:
    known = [pd.notna(row[name]) for name in ("difference", "tolerance")]
    return [
        Cell(with_spread(row, metric)),
        Cell(printed),
        Cell(signed(row["difference"], metric) if known[0] else "–"),
        Cell(number(row["tolerance"], metric) if known[1] else "–"),
        Cell(row["verdict"] + (f" [{reasons[row['reason']]}]" if row["reason"] else "")),
    ]
