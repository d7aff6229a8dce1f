"""What stands beside every distance between sets: its interval, and the split-half floor of the clean images."""

from typing import Any

import pandas as pd

from freqbench.config import Config
from freqbench.metrics.contracts import SET_METRICS, contract_of
from freqbench.metrics.set_distances import MIN_FOVS
from freqbench.reporting.blocks import Block, Cell
from freqbench.reporting.labels import method_label, tested_on

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
    rows = [(FLOOR, [cell for name in metrics for cell in (Cell(""), Cell(_number(floors[name], name)))])]
    for method in config.method_names_of(dataset):
        cells = []
        for name in metrics:
            row = numbers.loc[(method, name)] if (method, name) in numbers.index else None
            cells += [Cell("n/a"), Cell("n/a")] if row is None else _cells(row, name)
        rows.append((method_label(method), cells))
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


def _cells(row: Any, metric: str) -> list[Cell]:
    interval = "n/a"
    if pd.notna(row["ci_low"]):
        interval = f"{_number(row['ci_low'], metric)} to {_number(row['ci_high'], metric)}"
    return [Cell(interval), Cell(_number(row["half_value"], metric))]


def _number(value: float, metric: str) -> str:
    return "n/a" if pd.isna(value) else f"{value:.{contract_of(metric).digits}f}"
