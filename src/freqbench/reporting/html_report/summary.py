"""The outcome in words: what the tests of the study decide, and what they leave open.

Every word about which method is better comes from the column ``better`` of the statistics, and every number from
their other columns. What no test decides is said to be undecided.
"""

from dataclasses import dataclass

import pandas as pd

from freqbench.config import Config
from freqbench.nuclei.results import segmented
from freqbench.reporting.html_report.sources import Sources
from freqbench.reporting.html_report.statements import Statement, basis_of, counted, statements_of
from freqbench.reporting.labels import AUDIT_NOTES, method_label, tier_notes, worst_verdict
from freqbench.statistics.contrasts import BEST

TO_CONCLUDE = ("fov", "set")
"""Analyses whose units are fields of view: those that a conclusion may rest on."""


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
    def in_short(self) -> str:
        """Which methods are better or worse in which metrics, without numbers."""
        parts = []
        for each in self.decided:
            outcomes = [
                f"{word} than {each.baseline} in {', '.join(claim.metric for claim in claims)}"
                for word, claims in (("better", each.better), ("worse", each.worse))
                if claims
            ]
            parts.append(f"{each.method} is {' and '.join(outcomes)}")
        return f"{self.title}: {'; '.join(parts)}."

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
    """Return the outcome of a study in words.

    Raises:
        FreqbenchError: if the statistics contradict themselves.
    """
    config = sources.config
    parts = [_dataset_summary(sources, name, sources.of(name), name) for name in config.datasets]
    on_nuclei = sources.on_nuclei
    parts += [
        _dataset_summary(sources, name, on_nuclei[on_nuclei["dataset"] == name], f"{name}, per nucleus")
        for name in segmented(config)
    ]
    headline = [*_headline(config, sources.results.statistics), *(part.in_short for part in parts if part.decided)]
    return Summary(tuple(tier_notes(config)), tuple(headline), tuple(parts))


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
        words = f"none of {counted(len(rows), 'comparison')} with {name} is decided"
    else:
        words = (
            f"{decided} of {counted(len(rows), 'comparison')} with {name} {'is' if decided == 1 else 'are'} decided: "
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
            f"{counted(fovs, 'test field')} of view: no test over fields of view is possible, so whether one method is "
            "better than another cannot be said."
        )
        return DatasetSummary(title, tuple(cautions), (sentence, *over_patches), ())
    if runs == 1:
        cautions.append("One training of each method: this is about these networks; another training may differ.")
    sentences = [f"Over fields of view {_counts(concluding, name)} ({basis_of(concluding)}).", *over_patches]
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
        f"The paper's test, over patches, decides {decided} of {counted(len(of_patches), 'comparison')} with {name}. "
        "It takes the captures of one field of view for independent, which they are not: nothing is concluded from it.",
    )
