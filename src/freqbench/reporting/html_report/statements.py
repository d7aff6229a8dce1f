"""What the tests say of each pair of methods: decided differences with their numbers, and what stays open.

Which method is better comes from the column ``better`` of the statistics, and every number from their other columns.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from freqbench.config import Config
from freqbench.errors import FreqbenchError
from freqbench.metrics.contracts import contract_of, label_for
from freqbench.reporting.labels import method_label
from freqbench.reporting.method_rows import metric_order
from freqbench.reporting.numbers import ARROWS, difference_text, probability


@dataclass(frozen=True)
class Claim:
    """A decided difference.

    Attributes:
        metric: label of the metric.
        text: label with arrow, difference, interval, corrected p-value, and what limits it.
    """

    metric: str
    text: str


@dataclass(frozen=True)
class Statement:
    """What the tests say of one method against another one.

    Attributes:
        method: its printed name.
        baseline: that of the other one.
        better: what a test decides for it.
        worse: what a test decides against it.
        undecided: labels of the metrics in which no test decides.
        untested: labels of the metrics in which no test is possible.
        basis: on how many fields of view, splits and seeds the tests rest.
    """

    method: str
    baseline: str
    better: tuple[Claim, ...]
    worse: tuple[Claim, ...]
    undecided: tuple[str, ...]
    untested: tuple[str, ...]
    basis: str


def statements_of(config: Config, rows: pd.DataFrame) -> list[Statement]:
    """Return what tests say of each pair of methods.

    Args:
        config: the study.
        rows: rows of the statistics of one data set, one analysis for each metric.

    Raises:
        FreqbenchError: if a verdict contradicts its difference.
    """
    statements = []
    pairs: Any = rows.groupby(["method", "baseline"], sort=False)
    for (method, baseline), tests in pairs:
        ordered = metric_order(tests["metric"])[0]
        by_metric = {str(row["metric"]): row for row in tests.to_dict("records")}
        claims: dict[str, list[Claim]] = {"method": [], "baseline": []}
        open_in: dict[str, list[str]] = {"undecided": [], "untested": []}
        for metric in ordered:
            row = by_metric[metric]
            outcome = "untested" if np.isnan(row["p_holm"]) else row["better"]
            label = label_for(metric, untrained=config.feature_networks == "untrained")
            shown = f"{label} {ARROWS[contract_of(metric).better]}"
            if outcome in claims:
                _check_direction(metric, row)
                claims[outcome].append(Claim(label, _claim(shown, metric, row)))
            else:
                open_in[outcome].append(shown)
        statements.append(
            Statement(
                method=method_label(str(method)),
                baseline=method_label(str(baseline)),
                better=tuple(claims["method"]),
                worse=tuple(claims["baseline"]),
                undecided=tuple(open_in["undecided"]),
                untested=tuple(open_in["untested"]),
                basis=basis_of(tests),
            )
        )
    return statements


def _check_direction(metric: str, row: dict[str, Any]) -> None:
    """Raise if a verdict and its difference contradict each other: then neither may be repeated.

    Raises:
        FreqbenchError: if they do.
    """
    is_gain = (row["mean_difference"] > 0) == (contract_of(metric).better == "higher")
    if is_gain != (row["better"] == "method"):
        raise FreqbenchError(
            f"statistics of {metric}, {row['method']} against {row['baseline']}: the verdict `{row['better']}` "
            f"contradicts the difference {row['mean_difference']:g}; run `freqbench compare` again"
        )


def _claim(label: str, metric: str, row: dict[str, Any]) -> str:
    """Return a decided difference with its interval, corrected p-value and what limits it."""
    unit = f" {contract_of(metric).unit}" if contract_of(metric).unit else ""
    difference, low, high = (difference_text(row[name], metric) for name in ("mean_difference", "ci_low", "ci_high"))
    interval = "no interval" if np.isnan(row["ci_low"]) else f"95 % interval {low} to {high}"
    p_value = probability(row["p_holm"])
    relation = p_value if p_value.startswith("<") else f"= {p_value}"
    limits = ""
    if row["ci_low"] <= 0 <= row["ci_high"]:
        of_trainings = row["splits"] * row["seeds"] > 1
        limits = "; the interval holds 0" + (": not shown for further trainings" if of_trainings else "")
    return f"{label} {difference}{unit} ({interval}; corrected p {relation}{limits})"


def basis_of(tests: pd.DataFrame) -> str:
    """Return on what the tests rest; metrics that lost values may rest on fewer."""
    parts = []
    for column, noun in (("fovs", "field"), ("splits", "split"), ("seeds", "seed")):
        low, high = int(tests[column].min()), int(tests[column].max())
        of = " of view" if column == "fovs" else ""
        parts.append((counted(high, noun) if low == high else f"{low} to {high} {noun}s") + of)
    return ", ".join(parts)


def _label(config: Config, metric: str) -> str:
    return label_for(metric, untrained=config.feature_networks == "untrained")


def counted(count: int, noun: str) -> str:
    """Return a number with its noun."""
    return f"{count} {noun}{'' if count == 1 else 's'}"
