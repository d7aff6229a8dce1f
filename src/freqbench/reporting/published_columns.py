"""The columns of Table 1's CSV about the LFFL paper: its number, the difference, and what is to be made of it."""

from typing import Any

import numpy as np
import pandas as pd

from freqbench.config import Config
from freqbench.published.lffl_protocol import METRICS, STAND_INS, Unit
from freqbench.published.lffl_table import LfflTable, Place, read_lffl_table
from freqbench.published.rounding import Printed
from freqbench.reporting.comparability import Measured, comparability, in_the_paper
from freqbench.reporting.further_run import further_run
from freqbench.reporting.published_verdict import judge

COLUMNS = ("published", "published_significant", "difference", "tolerance", "verdict", "reason")


def with_published(config: Config, table: pd.DataFrame, runs: pd.DataFrame, unit: Unit) -> pd.DataFrame:
    """Add to each number what the paper has in its place.

    Args:
        config: the study.
        table: the columns of `freqbench.reporting.collect.summarise`.
        runs: the mean of each run, as `freqbench.reporting.collect.run_means` returns them.
        unit: what the metrics of images are measured on.

    Returns:
        The table with the further columns `COLUMNS`: the number as printed and its asterisk, where ours is of the
        same quantity; ours minus it; how far the two may lie from each other; the verdict, and why. They are empty
        for rows and columns that the paper's table has not.
    """
    paper = read_lffl_table()
    by_key = dict(iter(runs.groupby(["dataset", "method", "metric"])))
    found = [
        _entries(config, paper, row, by_key[row.dataset, row.method, row.metric], unit) for row in table.itertuples()
    ]
    added = pd.DataFrame(found, columns=list(COLUMNS), index=table.index)
    return pd.concat([table, added], axis=1)


def published_value(config: Config, paper: LfflTable, dataset: str, method: str, metric: str) -> Printed | None:
    """Return what the paper prints in the place of a number; None where it has no such place.

    A metric that stands for one of the paper's has the paper's value of that one.
    """
    name = config.datasets[dataset].published_as
    if name is None or not in_the_paper(method, metric):
        return None
    return paper.values[Place(name, _column(metric))][method]


def published_text(config: Config, paper: LfflTable, dataset: str, method: str, metric: str) -> str:
    """Return the paper's number as printed, with its asterisk; empty where it has none."""
    value = published_value(config, paper, dataset, method, metric)
    if value is None:
        return ""
    return value.text + "*" * _is_marked(config, paper, dataset, method, metric)


def _column(metric: str) -> str:
    return METRICS.get(metric) or STAND_INS[metric]


def _is_marked(config: Config, paper: LfflTable, dataset: str, method: str, metric: str) -> bool:
    name = config.datasets[dataset].published_as
    return name is not None and (Place(name, _column(metric)), method) in paper.marked


def _entries(config: Config, paper: LfflTable, row: Any, runs: pd.DataFrame, unit: Unit) -> tuple[object, ...]:
    if not in_the_paper(row.method, row.metric):
        return (None, None, np.nan, np.nan, "", "")
    key = (row.dataset, row.method, row.metric)
    value = published_value(config, paper, *key)
    found = comparability(config, Measured(*key, unit=unit, fewest=row.n, most=row.n_max))
    means = [list(of_split["mean"]) for _, of_split in runs.groupby("split")]
    verdict = judge(row.metric, row.mean, value, further_run(means), found)
    printed: tuple[object, object] = (None, None)
    if value is not None and not found.other_quantity:
        printed = (value.text, int(_is_marked(config, paper, *key)))
    return (*printed, verdict.difference, verdict.tolerance, verdict.verdict, verdict.reason)
