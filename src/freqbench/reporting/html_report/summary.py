"""The outcome in words: what the tests of the study decide, and what they leave open.

Every word about which method is better comes from the column ``better`` of the statistics, and every number from
their other columns. What no test decides is said to be undecided.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from freqbench.config import Config
from freqbench.metrics.contracts import contract_of, label_for
from freqbench.nuclei.results import segmented
from freqbench.reporting.html_report.sources import Sources
from freqbench.reporting.labels import AUDIT_NOTES, method_label, tier_notes, worst_verdict
from freqbench.reporting.method_rows import metric_order
from freqbench.reporting.numbers import ARROWS, difference_text, probability
from freqbench.statistics.contrasts import BEST

TO_CONCLUDE = ("fov", "set")
"""Analyses whose units are fields of view: those that a conclusion may rest on."""


@dataclass(frozen=True)
class Statement:
    """What the tests say of one method against another one.

    Attributes:
        method: its printed name.
        baseline: that of the other one.
        better: metrics in which it is better, each with difference, interval and corrected p-value.
        worse: metrics in which it is worse, likewise.
        undecided: metrics in which no test decides.
        untested: metrics in which no test is possible.
        basis: on how many fields of view, splits and seeds the tests rest.
    """

    method: str
    baseline: str
    better: tuple[str, ...]
    worse: tuple[str, ...]
    undecided: tuple[str, ...]
    untested: tuple[str, ...]
    basis: str


@dataclass(frozen=True)
class DatasetSummary:
    """What is said of one data set.

    Attributes:
        title: what it is called.
        cautions: what limits all that is said of it.
        sentences: counts, and what cannot be said.
        statements: a method each.
    """

    title: str
    cautions: tuple[str, ...]
    sentences: tuple[str, ...]
    statements: tuple[Statement, ...]

    @property
    def decided(self) -> tuple[Statement, ...]:
        """Statements of which a test decides something."""
        return tuple(each for each in self.statements if each.better or each.worse)

    @property
    def open(self) -> tuple[str, ...]:
        """Sentences on the methods of which no test decides anything, where there are others."""
        if not self.decided:
            return ()
        by_basis: dict[tuple[str, str], list[str]] = {}
        for each in self.statements:
            if not (each.better or each.worse):
                by_basis.setdefault((each.baseline, each.basis), []).append(each.method)
        return tuple(
            f"No metric decides between {baseline} and {', '.join(methods)} ({basis})."
            for (baseline, basis), methods in by_basis.items()
        )


@dataclass(frozen=True)
class Summary:
    """The outcome of a study in words.

    Attributes:
        tier: what kind of study it is, and its user's own remark.
        headline: what all tests of the study come to.
        datasets: what is said of each.
    """

    tier: tuple[str, ...]
    headline: tuple[str, ...]
    datasets: tuple[DatasetSummary, ...]


def summarise_study(sources: Sources) -> Summary:
    """Return the outcome of a study in words."""
    config = sources.config
    parts = [_dataset_summary(sources, name, sources.of(name), f"{name}") for name in config.datasets]
    on_nuclei = sources.on_nuclei
    parts += [
        _dataset_summary(sources, name, on_nuclei[on_nuclei["dataset"] == name], f"{name}, per nucleus")
        for name in segmented(config)
    ]
    return Summary(tuple(tier_notes(config)), tuple(_headline(config, sources.results.statistics)), tuple(parts))


def family_of(config: Config, statistics: pd.DataFrame) -> tuple[str, str]:
    """Return the comparison that the summary is about, as ``against`` names it, and in words.

    It is the one with ``comparison.reference``, and that with the best baseline where the reference is not trained.
    """
    reference = config.comparison.reference
    if (statistics["against"] == reference).any():
        return reference, method_label(reference)
    return BEST, "the best baseline of each metric"


def trained_rows(config: Config, statistics: pd.DataFrame, against: str) -> pd.DataFrame:
    """Return the rows of one kind of comparison; controls, which are no hypotheses, are left out."""
    trained = [method.name for method in config.methods]
    return statistics[(statistics["against"] == against) & statistics["method"].isin(trained)]


def _headline(config: Config, statistics: pd.DataFrame) -> list[str]:
    against, name = family_of(config, statistics)
    rows = trained_rows(config, statistics, against)
    if rows.empty:
        return ["One trained method on each data set: there is nothing to compare."]
    concluding = rows[rows["analysis"].isin(TO_CONCLUDE)]
    level = config.comparison.significance
    tested = concluding["p_holm"].notna()
    if not tested.any():
        return [
            "No data set has two test fields of view: whether one method is better than another cannot be said.",
        ]
    return [
        f"Over fields of view {_counts(concluding, name)} (p < {level:g} after Holm's correction). Undecided does not "
        "mean equal.",
    ]


def _counts(rows: pd.DataFrame, name: str) -> str:
    """Return how many comparisons are decided, in words."""
    tested = rows["p_holm"].notna()
    better, worse = int((rows["better"] == "method").sum()), int((rows["better"] == "baseline").sum())
    decided = better + worse
    if decided == 0:
        words = f"none of {_plural(len(rows), 'comparison')} with {name} is decided"
    else:
        words = (
            f"{decided} of {_plural(len(rows), 'comparison')} with {name} {'is' if decided == 1 else 'are'} decided: "
        )
        words += f"{better} for the other method, {worse} for {name}"
        words += f"; {int(tested.sum()) - decided} undecided"
    return words + (f"; in {int((~tested).sum())} no test is possible" if not tested.all() else "")


def _dataset_summary(sources: Sources, dataset: str, statistics: pd.DataFrame, title: str) -> DatasetSummary:
    config = sources.config
    verdict = worst_verdict(sources.results.verdicts[dataset])
    cautions = [f"Leakage audit: {AUDIT_NOTES[verdict]}"] if verdict in AUDIT_NOTES else []
    against, name = family_of(config, statistics)
    rows = trained_rows(config, statistics, against)
    if rows.empty:
        return DatasetSummary(title, tuple(cautions), ("One trained method: there is nothing to compare.",), ())
    concluding = rows[rows["analysis"].isin(TO_CONCLUDE)]
    fovs, runs = int(rows["fovs"].max()), int((rows["splits"] * rows["seeds"]).max())
    over_patches = _over_patches(rows, concluding, name)
    if not concluding["p_holm"].notna().any():
        sentence = (
            f"{_plural(fovs, 'test field')} of view: no test over fields of view is possible, so whether one method is "
            "better than another cannot be said."
        )
        return DatasetSummary(title, tuple(cautions), (sentence, *over_patches), ())
    if runs == 1:
        cautions.append("One training of each method: this is about these networks; another training may differ.")
    sentences = [f"Over fields of view {_counts(concluding, name)} ({_basis(concluding)}).", *over_patches]
    if against != BEST:
        best = trained_rows(config, statistics, BEST)
        best = best[best["analysis"].isin(TO_CONCLUDE)]
        sentences += (
            [f"Compared as in the paper, but over fields of view, {_counts(best, 'the best baseline of each metric')}."]
            if len(best)
            else []
        )
    return DatasetSummary(title, tuple(cautions), tuple(sentences), tuple(statements_of(config, concluding)))


def _over_patches(rows: pd.DataFrame, concluding: pd.DataFrame, name: str) -> tuple[str, ...]:
    """Return what the paper's test would say, where it decides more or less than that over fields of view."""
    of_patches = rows[rows["analysis"] == "image"]
    decided = int(of_patches["better"].isin(("method", "baseline")).sum())
    over_fields = concluding[concluding["analysis"] == "fov"]
    if decided == int(over_fields["better"].isin(("method", "baseline")).sum()):
        return ()
    return (
        f"The paper's test, over patches, decides {decided} of {_plural(len(of_patches), 'comparison')} with {name}. "
        "It takes the captures of one field of view for independent, which they are not: nothing is concluded from it.",
    )


def statements_of(config: Config, rows: pd.DataFrame) -> list[Statement]:
    """Return what tests say of each pair of methods.

    Args:
        config: the study.
        rows: rows of the statistics of one data set, one analysis for each metric.
    """
    statements = []
    pairs: Any = rows.groupby(["method", "baseline"], sort=False)
    for (method, baseline), tests in pairs:
        ordered = metric_order(tests["metric"])[0]
        by_metric = {str(row["metric"]): row for row in tests.to_dict("records")}
        found: dict[str, list[str]] = {"method": [], "baseline": [], "undecided": [], "untested": []}
        for metric in ordered:
            row = by_metric[metric]
            outcome = "untested" if np.isnan(row["p_holm"]) else row["better"]
            label = f"{_label(config, metric)} {ARROWS[contract_of(metric).better]}"
            decided = outcome in ("method", "baseline")
            found[outcome].append(_claim(label, metric, row) if decided else label)
        statements.append(
            Statement(
                method=method_label(str(method)),
                baseline=method_label(str(baseline)),
                better=tuple(found["method"]),
                worse=tuple(found["baseline"]),
                undecided=tuple(found["undecided"]),
                untested=tuple(found["untested"]),
                basis=_basis(tests),
            )
        )
    return statements


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


def _basis(tests: pd.DataFrame) -> str:
    """Return on what the tests rest; metrics that lost values may rest on fewer."""
    parts = []
    for column, noun in (("fovs", "field"), ("splits", "split"), ("seeds", "seed")):
        low, high = int(tests[column].min()), int(tests[column].max())
        of = " of view" if column == "fovs" else ""
        parts.append((_plural(high, noun) if low == high else f"{low} to {high} {noun}s") + of)
    return ", ".join(parts)


def _label(config: Config, metric: str) -> str:
    return label_for(metric, untrained=config.feature_networks == "untrained")


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
