"""Do the analyses keep their word where no method is better? Simulated differences of mean zero, and who finds one."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from freqbench.statistics.bootstrap import cluster_bootstrap
from freqbench.statistics.paired import paired_comparison
from freqbench.statistics.signed_rank import signed_rank

CORRELATIONS = (0.0, 0.05, 0.1, 0.25, 0.5)
FOVS = (3, 6, 12, 24, 48)
PAPER_FOVS = 12
"""With 50 patches each: the 600 test patches of the LFFL paper."""
MIDDLE = 0.25
"""The correlation at which the number of fields of view is varied."""
SEEDS, RUN_VARIANCE = 5, 0.05
"""Trainings, and the variance between them, where trainings are drawn at random, too."""
SIMULATIONS = 2000
COSTLY = {"wilcoxon": 8, "cluster_bootstrap": 5, "patch_bootstrap": 10}
"""By how much fewer simulations the slower analyses see."""
SAMPLES = {"cluster_bootstrap": 2000, "patch_bootstrap": 250}
"""Bootstrap samples, drawn from one seed as in a study."""
LEVELS = (0.05, 0.001)
COVERAGE = 0.95

COLUMNS = (
    "distribution",
    "correlation",
    "fovs",
    "patches",
    "seeds",
    "run_variance",
    "quantity",
    "analysis",
    "level",
    "simulations",
    "value",
    "standard_error",
)
"""``quantity``: ``false_positives``, how often a test finds a difference at ``level``; ``coverage``, how often an
interval of coverage ``level`` holds the true mean, 0."""

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Setting:
    """How differences of mean zero are drawn. One patch of one training has a variance of 1 plus the run's.

    Attributes:
        correlation: between patches of one field of view (intraclass); the variance of the field's effect.
        fovs: fields of view.
        distribution: of the field's effect: ``normal``, or ``exponential`` less its mean, which is skewed by 2. The
            patches about it are normal.
        seeds: trainings, all tested on the same patches. The patches' part is drawn anew for each.
        run_variance: variance of a training's effect, which all its patches share.
        patches: patches of each field of view.
    """

    correlation: float
    fovs: int
    distribution: Literal["normal", "exponential"] = "normal"
    seeds: int = 1
    run_variance: float = 0.0
    patches: int = 50

    def draw(self, rng: np.random.Generator) -> Array:
        """Return differences of mean zero, (seeds, fovs, patches)."""
        of_field = (
            rng.standard_normal(self.fovs) if self.distribution == "normal" else rng.exponential(1, self.fovs) - 1
        )
        values: Array = np.sqrt(1 - self.correlation) * rng.standard_normal((self.seeds, self.fovs, self.patches))
        values += np.sqrt(self.correlation) * of_field[:, None]
        values += np.sqrt(self.run_variance) * rng.standard_normal((self.seeds, 1, 1))
        return values


def default_settings() -> list[Setting]:
    """Return each correlation at 12 fields of view, each number of them at a correlation of 0.25, and five trainings.

    The first two with both distributions; the last with a variance between trainings.
    """
    cross = [(correlation, PAPER_FOVS) for correlation in CORRELATIONS]
    cross += [(MIDDLE, fovs) for fovs in FOVS if fovs != PAPER_FOVS]
    return [*_both_distributions(cross), *_trainings([(MIDDLE, fovs) for fovs in FOVS])]


def whole_grid() -> list[Setting]:
    """Return every correlation with every number of fields of view, for both distributions and five trainings."""
    cells = [(correlation, fovs) for correlation in CORRELATIONS for fovs in FOVS]
    return [*_both_distributions(cells), *_trainings(cells)]


def _both_distributions(cells: list[tuple[float, int]]) -> list[Setting]:
    # without a field's effect its distribution makes no difference
    skewed = [Setting(*cell, "exponential") for cell in cells if cell[0] > 0]
    return [*(Setting(*cell) for cell in cells), *skewed]


def _trainings(cells: list[tuple[float, int]]) -> list[Setting]:
    return [Setting(*cell, seeds=SEEDS, run_variance=RUN_VARIANCE) for cell in cells]


def simulate_null(
    settings: list[Setting],
    *,
    simulations: int = SIMULATIONS,
    seed: int = 0,
    advance: Callable[[int, int], None] = lambda _done, _total: None,
) -> pd.DataFrame:
    """Return how often each analysis finds a difference, and each interval holds its mean, where there is none.

    The analyses are the study's own functions. As in a study, trainings are averaged for each patch first; then a
    patch (``image``) or the mean of a field of view (``fov``) is a unit.

    Args:
        settings: how differences are drawn.
        simulations: data sets of each setting for the t-tests; the slower analyses see fewer (`COSTLY`).
        seed: seed of the draws. A setting has the same draws whatever the others are.
        advance: told the settings done and their number.

    Returns:
        One row a setting, quantity and analysis, with the columns ``COLUMNS``. ``standard_error`` is the binomial
        one of the simulation. A level that fewer than two false positives are expected of is left out.
    """
    rows = []
    for done, setting in enumerate(settings):
        advance(done, len(settings))
        rows += [{**asdict(setting), **row} for row in _rows(setting, simulations, seed)]
    advance(len(settings), len(settings))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _rows(setting: Setting, simulations: int, seed: int) -> Iterator[dict[str, object]]:
    identity = [setting.fovs, setting.patches, setting.seeds, setting.distribution == "normal"]
    identity += [round(1e6 * setting.correlation), round(1e6 * setting.run_variance)]
    p_values: dict[str, list[float]] = defaultdict(list)
    covered: dict[str, list[bool]] = defaultdict(list)
    for number in range(simulations):
        # a generator of its own: a data set does not depend on how many the others were seen by
        values = setting.draw(np.random.default_rng([seed, number, *identity]))
        due = {name for name, times in COSTLY.items() if number % times == 0}
        for unit, units in (("image", values.mean(axis=0).ravel()), ("fov", values.mean(axis=(0, 2)))):
            p_value = paired_comparison(units, np.zeros(len(units))).p_value
            p_values[f"{unit}_t"].append(p_value)
            # the interval of a t-test holds 0 where the test does not reject it
            covered[f"{unit}_t"].append(p_value >= 1 - COVERAGE)
            if "wilcoxon" in due:
                p_values[f"{unit}_wilcoxon"].append(signed_rank(units, np.zeros(len(units))).p_value)
        for name in SAMPLES:
            if name in due:
                low, high = bootstrap_interval(values, name)
                covered[name].append(low <= 0 <= high)
    for analysis, found in p_values.items():
        for level in LEVELS:
            if len(found) * level >= 2:
                yield _rate("false_positives", analysis, level, np.array(found) < level)
    for analysis, holds in covered.items():
        yield _rate("coverage", analysis, COVERAGE, np.array(holds))


def bootstrap_interval(values: Array, name: str) -> tuple[float, float]:
    """Return the bootstrap interval of the mean.

    Args:
        values: differences, (seeds, fovs, patches).
        name: ``cluster_bootstrap`` resamples fields of view and trainings, ``patch_bootstrap`` patches as if they were
            independent.
    """
    if name == "patch_bootstrap":
        patches = values.mean(axis=0).ravel()
        return cluster_bootstrap(patches, np.arange(len(patches)), samples=SAMPLES[name], seed=0, level=COVERAGE)
    runs, fovs, _ = (axis.ravel() for axis in np.indices(values.shape))
    return cluster_bootstrap(values.ravel(), fovs, runs=runs, samples=SAMPLES[name], seed=0, level=COVERAGE)


def _rate(quantity: str, analysis: str, level: float, hits: npt.NDArray[np.bool_]) -> dict[str, object]:
    rate = float(hits.mean())
    error = float(np.sqrt(rate * (1 - rate) / len(hits)))
    found = {"quantity": quantity, "analysis": analysis, "level": level}
    return {**found, "simulations": len(hits), "value": rate, "standard_error": error}
