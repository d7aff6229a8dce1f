"""Claims of the LFFL paper in words, each with readings that its Table 1 can decide.

A claim stands here in our words, its readings from the strictest to the most charitable.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from freqbench.published.checks import (
    BACKED,
    BACKED_IN_PART,
    DOES_NOT_HOLD,
    HOLDS,
    HOLDS_IN_PART,
    NOT_BACKED,
    PaperCheck,
)
from freqbench.published.lffl_table import VARIANTS, LfflTable

NUCLEI, ZEBRAFISH = "nuclei_defocus", "fmd_zebrafish"
Decision = tuple[bool, str]


@dataclass(frozen=True)
class ClaimReading:
    """One way to understand a claim.

    Attributes:
        words: what it would mean.
        decide: returns whether the table says so, and where it does not (or what it says).
    """

    words: str
    decide: Callable[[LfflTable], Decision]


@dataclass(frozen=True)
class Claim:
    """A claim in words.

    Attributes:
        source: where the paper makes it.
        words: the claim in our words.
        readings: how it may be understood, the strictest first.
        is_advice: whether it recommends rather than states.
    """

    source: str
    words: str
    readings: tuple[ClaimReading, ...]
    is_advice: bool = False


def every_variant_wins(table: LfflTable, *, methods: tuple[str, ...] = VARIANTS, datasets: tuple[str, ...]) -> Decision:
    """Decide whether each of some methods is better than the best baseline in every metric."""
    cells = [(place, method) for place in table.places(*datasets) for method in methods]
    lost = [f"{place} {method}" for place, method in cells if table.gain_on_baselines(place, method) <= 0]
    return not lost, f"not in {len(lost)} of {len(cells)}: {', '.join(lost)}" if lost else f"all {len(cells)}"


def some_variant_wins(table: LfflTable, *, datasets: tuple[str, ...]) -> Decision:
    """Decide whether in every metric the best variant is better than the best baseline."""
    places = table.places(*datasets)
    lost = [str(place) for place in places if all(table.gain_on_baselines(place, method) <= 0 for method in VARIANTS)]
    return not lost, f"not in {len(lost)} of {len(places)}: {', '.join(lost)}" if lost else f"all {len(places)}"


def most_metrics_won(table: LfflTable, *, by_one: bool) -> Decision:
    """Decide whether more than half of the metrics improve on each data set: by one variant, or each by some."""
    places = table.places()
    datasets = list(dict.fromkeys(place.dataset for place in places))

    def counts(methods: tuple[str, ...]) -> list[tuple[int, int]]:
        won = {place: any(table.gain_on_baselines(place, name) > 0 for name in methods) for place in places}
        by_dataset = ([won[place] for place in places if place.dataset == name] for name in datasets)
        return [(sum(each), len(each)) for each in by_dataset]

    groups = [(name,) for name in VARIANTS] if by_one else [VARIANTS]
    best = max(groups, key=lambda methods: min(won / of for won, of in counts(methods)))
    shown = ", ".join(f"{won} of {of} on {name}" for (won, of), name in zip(counts(best), datasets, strict=True))
    return all(2 * won > of for won, of in counts(best)), f"{best[0]}: {shown}" if by_one else shown


def best_of_variants(table: LfflTable, *, method: str, metrics: tuple[str, ...]) -> Decision:
    """Decide whether no other variant is printed better in some metrics."""
    places = [place for place in table.places() if place.metric in metrics]
    lost = [
        f"{place} ({best})" for place in places if table.gain(place, method, best := table.best(place, VARIANTS)) < 0
    ]
    return not lost, f"another one is better in {', '.join(lost)}" if lost else f"all {len(places)}"


def best_mean_rank(table: LfflTable, *, method: str) -> Decision:
    """Decide whether no other variant has a better mean rank among the variants."""
    places = table.places()
    means = {name: sum(table.mean_rank(place, name, VARIANTS) for place in places) / len(places) for name in VARIANTS}
    return means[method] == min(means.values()), ", ".join(f"{name} {mean:.2f}" for name, mean in means.items())


def only_winner(table: LfflTable, *, method: str, dataset: str) -> Decision:
    """Decide whether one variant, and no other, is better than the best baseline in every metric of a data set."""
    winners = [name for name in VARIANTS if every_variant_wins(table, methods=(name,), datasets=(dataset,))[0]]
    return winners == [method], f"better in every metric: {', '.join(winners) or 'none'}"


_BOTH = (NUCLEI, ZEBRAFISH)
_HALF, _ONE = "lffl_a0.5", "lffl_a1"

CLAIMS: tuple[Claim, ...] = (
    Claim(
        "LFFL, abstract",
        "several quality metrics improve over spatial losses alone and over earlier frequency losses",
        (
            ClaimReading(
                "more than half of the metrics on each data set, by one α", partial(most_metrics_won, by_one=True)
            ),
            ClaimReading("more than half of the metrics, each by some α", partial(most_metrics_won, by_one=False)),
        ),
    ),
    Claim(
        "LFFL, text",
        "better than the baselines throughout, in all metrics",
        (
            ClaimReading("every α, both data sets", partial(every_variant_wins, datasets=_BOTH)),
            ClaimReading("the recommended α=1, both", partial(every_variant_wins, methods=(_ONE,), datasets=_BOTH)),
            ClaimReading("the best α of each metric, both", partial(some_variant_wins, datasets=_BOTH)),
            ClaimReading("every α, nuclei", partial(every_variant_wins, datasets=(NUCLEI,))),
            ClaimReading("α=1, nuclei", partial(every_variant_wins, methods=(_ONE,), datasets=(NUCLEI,))),
            ClaimReading("the best α of each metric, nuclei", partial(some_variant_wins, datasets=(NUCLEI,))),
        ),
    ),
    Claim(
        "LFFL, text",
        "α=0.5 is the choice for perceptual quality",
        (
            ClaimReading("best α in FID", partial(best_of_variants, method=_HALF, metrics=("FID",))),
            ClaimReading("best α in GMSD", partial(best_of_variants, method=_HALF, metrics=("GMSD",))),
            ClaimReading("best α in FSIM", partial(best_of_variants, method=_HALF, metrics=("FSIM",))),
            ClaimReading("best α in LPIPS", partial(best_of_variants, method=_HALF, metrics=("LPIPS",))),
        ),
        is_advice=True,
    ),
    Claim(
        "LFFL, text",
        "α=1 is the recommended default",
        (
            ClaimReading("best mean rank of the three α over all columns", partial(best_mean_rank, method=_ONE)),
            ClaimReading(
                "the one α that is better than the best baseline in every metric on nuclei",
                partial(only_winner, method=_ONE, dataset=NUCLEI),
            ),
        ),
        is_advice=True,
    ),
)
"""The claims whose words we know; those of the text at second hand, as the notes of the audit say."""


def check_claims(table: LfflTable, claims: tuple[Claim, ...] = CLAIMS) -> Iterator[PaperCheck]:
    """Yield one check for each claim, then one for each of its readings.

    A claim holds if all its readings do, in part if some do.
    """
    for claim in claims:
        decisions = [(reading.words, *reading.decide(table)) for reading in claim.readings]
        held = sum(is_held for _, is_held, _ in decisions)
        outcomes = (BACKED, BACKED_IN_PART, NOT_BACKED) if claim.is_advice else (HOLDS, HOLDS_IN_PART, DOES_NOT_HOLD)
        outcome = outcomes[0 if held == len(decisions) else 1 if held else 2]
        count = f"{held} of {len(decisions)} readings"
        kept = "; ".join(words for words, is_held, _ in decisions if is_held)
        note = f"{outcome}, read as: {kept}" if kept else f"{outcome}, however it is read here"
        yield PaperCheck(claim.source, "claims", claim.words, "", count, "", outcome, note)
        for reading, is_held, detail in decisions:
            yield PaperCheck(claim.source, "readings", reading, "", detail, "", "yes" if is_held else "no")
