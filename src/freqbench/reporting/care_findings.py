"""Whether what the CARE study finds holds here in direction: its printed differences, and ours beside them.

Numbers of other images cannot be compared, the signs of differences can: of a loss against the Laplace loss, and of a
model from another structure against the one from the tested structure.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from freqbench.config import Config
from freqbench.published.care_study import Cell as Place
from freqbench.published.care_study import read_care_study
from freqbench.reporting.blocks import Block, Cell, Row
from freqbench.reporting.labels import method_label
from freqbench.reporting.numbers import signed

REFERENCE = "laplace"
LOSSES = ("fft", "bandpass")
MATCHED = {"MA": "AA", "AM": "MM"}
"""Experiment with a model from the other structure, and the one with the tested structure's own."""
PRINTED = {"psnr": "PSNR", "ssim": "SSIM"}
"""The CARE study's metrics by the name of ours."""
HEADERS = ("printed", "here", "direction")
SAME, OPPOSITE, NONE = "same", "opposite", "none"


@dataclass(frozen=True)
class Finding:
    """A difference that the study prints, and ours.

    Attributes:
        words: of what.
        metric: name of ours.
        printed: difference of the printed means.
        here: difference of our means.
        is_mismatch: whether it is between two models with one loss, and not between two losses.
    """

    words: str
    metric: str
    printed: float
    here: float
    is_mismatch: bool

    @property
    def direction(self) -> str:
        """Return whether both have one sign; ``none`` where a difference is zero."""
        product = self.printed * self.here
        return NONE if product == 0 else SAME if product > 0 else OPPOSITE


def findings(config: Config, table: pd.DataFrame) -> list[Finding]:
    """Return the differences that both the study and we have.

    Args:
        config: a study with `image_table`.
        table: as `freqbench.reporting.image_table.image_values` returns it.
    """
    assert config.image_table is not None
    datasets: dict[str, str] = {experiment: name for name, experiment in config.image_table.experiments.items()}
    means = table[table["quantity"] == "mean"].set_index(["dataset", "metric", "method"])["value"].to_dict()
    printed = {place: mean.value for place, mean in read_care_study().means.items()}
    found = []
    for metric, name in PRINTED.items():
        for words, one, other in _compared():
            places = [Place(experiment, name, method) for experiment, method in (one, other)]
            keys = [(datasets.get(place.experiment), metric, place.method) for place in places]
            if all(place in printed for place in places) and all(key in means for key in keys):
                difference = printed[places[0]] - printed[places[1]]
                ours = means[keys[0]] - means[keys[1]]
                found.append(Finding(f"{words}, {name}", metric, difference, ours, one[0] != other[0]))
    return found


def findings_block(config: Config, table: pd.DataFrame) -> Block | None:
    """Return the differences as a block of the per-image table; None where the study has none of the experiments."""
    found = findings(config, table)
    if not found:
        return None
    rows: list[Row] = []
    for finding in found:
        differences = [Cell(signed(value, finding.metric)) for value in (finding.printed, finding.here)]
        rows.append((finding.words, [*differences, Cell(finding.direction)]))
    return Block("Findings of the CARE study: differences of the means", list(HEADERS), rows, first="Difference")


def findings_notes(config: Config, table: pd.DataFrame) -> list[str]:
    """Return how many of the findings hold in direction, by kind; nothing where there are none."""
    found = findings(config, table)
    if not found:
        return []
    kinds = {
        f"a loss against the {method_label(REFERENCE)} loss": [one for one in found if not one.is_mismatch],
        "a model from the other structure against the matched one": [one for one in found if one.is_mismatch],
    }
    counted = [
        f"{sum(finding.direction == SAME for finding in chosen)} of {len(chosen)} for {kind}"
        for kind, chosen in kinds.items()
        if chosen
    ]
    return [
        f"Differences with the printed sign: {'; '.join(counted)}. Images, networks and settings differ, and a sign "
        "says nothing of chance: the tests in this table and the table of differences do."
    ]


def _compared() -> Iterator[tuple[str, tuple[str, str], tuple[str, str]]]:
    """Yield the words of a difference, and experiment and method of both its sides."""
    for experiment in ("AA", "MM", *MATCHED):
        for loss in LOSSES:
            words = f"{method_label(loss)} − {method_label(REFERENCE)} ({experiment})"
            yield words, (experiment, loss), (experiment, REFERENCE)
    for other, matched in MATCHED.items():
        for loss in (REFERENCE, *LOSSES):
            yield f"{other} − matched {matched} ({method_label(loss)})", (other, loss), (matched, loss)
