"""What stands beside every distance between sets: its interval, and the split-half floor of the clean images."""

from typing import Any

import pandas as pd

from freqbench.config import Config
from freqbench.metrics.contracts import SET_METRICS
from freqbench.metrics.set_distances import MIN_FOVS
from freqbench.reporting.blocks import Block, Cell
from freqbench.reporting.labels import tested_on
from freqbench.reporting.method_rows import method_rows
from freqbench.reporting.numbers import number

FLOOR = "Clean half (floor)"


def set_block(config: Config, table: pd.DataFrame, dataset: str) -> Block | None:
    """Return the intervals and half-set distances of a data set; None where there are neither.

    Args:
        config: the study.
        table: every number, as `freqbench.reporting.table1.table1` returns them.
        dataset: the data set.
    """
    chosen = _distances(table, dataset)
    if chosen[["ci_low", "half_value"]].isna().all(axis=None):
        return None
    numbers: Any = chosen.set_index(["method", "metric"])
    metrics = list(dict.fromkeys(chosen["metric"]))
    labels = chosen.groupby("metric")["label"].first()
    headers = [f"{labels[name]}, {what}" for name in metrics for what in ("95 % interval", "halves ↓")]
    floors = chosen.groupby("metric")["half_floor"].first()
    rows = method_rows(config, dataset, lambda method: _cells(numbers, method, metrics))
    rows.append((FLOOR, [cell for name in metrics for cell in (Cell(""), Cell(number(floors[name], name)))]))
    first: Any = chosen.iloc[0]
    halves = "" if pd.isna(first["half_n"]) else f"; halves of N = {first['half_n']:.0f}, no field of view in both"
    caption = f"{dataset}, distances between sets ({tested_on(first)}{halves})"
    return Block(caption, headers, rows)


def set_notes(config: Config, table: pd.DataFrame) -> list[str]:
    """Return how to read the distances between sets, and where what they need is missing."""
    notes = []
    if table["half_value"].notna().any():
        notes.append(
            "Distances between sets depend on N: compare them at equal N only. Halves: restored images against clean "
            "images of other fields of view, beside the floor, clean against clean of the same halves; medians over "
            "random halves. At the floor or below it a method is not better than clean images, but so few fields of "
            "view cannot tell it from them. Intervals: bootstrap over fields of view, for the value at this N; with "
            "several seeds or splits, the mean of their ends."
        )
    for dataset in config.datasets:
        chosen = _distances(table, dataset)
        missing = [
            *(["split-half floor"] if len(chosen) and chosen["half_value"].isna().all() else []),
            *(["interval"] if len(chosen) and chosen["ci_low"].isna().all() else []),
        ]
        if missing:
            fovs = chosen["fovs"].iloc[0]
            notes.append(
                f"{dataset}: distances between sets without {' and '.join(missing)}, of {fovs} test "
                f"{'field' if fovs == 1 else 'fields'} of view: an interval takes {MIN_FOVS}, a floor 2 and as many "
                "patches in each half."
            )
    return notes


def _distances(table: pd.DataFrame, dataset: str) -> pd.DataFrame:
    names = [name for pair in SET_METRICS.values() for name in pair]
    return table[(table["dataset"] == dataset) & table["metric"].isin(names)]


def _cells(numbers: Any, method: str, metrics: list[str]) -> list[Cell]:
    cells = []
    for metric in metrics:
        interval = half = "n/a"
        if (method, metric) in numbers.index:
            row = numbers.loc[(method, metric)]
            half = number(row["half_value"], metric)
            if pd.notna(row["ci_low"]):
                interval = f"{number(row['ci_low'], metric)} to {number(row['ci_high'], metric)}"
        cells += [Cell(interval), Cell(half)]
    return cells
