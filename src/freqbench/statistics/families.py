"""Correction for several tests, family by family, and what it decides."""

from collections.abc import Hashable, Mapping
from typing import Literal

import numpy as np
import pandas as pd

from freqbench.config import Config
from freqbench.metrics.contracts import contract_of
from freqbench.statistics.holm import holm
from freqbench.statistics.signed_rank import smallest_p

FAMILY = ["against", "analysis"]
"""A family is one data set, one kind of comparison, one analysis and one test, over all metrics and methods, and over
all generators where there are several."""


def with_families(table: pd.DataFrame, config: Config) -> pd.DataFrame:
    """Add to the tests of one data set their corrected p-values, the size of the family, and the verdict.

    The size is the number of comparisons, which is known before anything is measured: a test that is not possible
    counts as one that finds nothing. Controls are landmarks, no hypotheses: they stay outside, with size 0, and have
    no verdict.

    Args:
        table: rows with ``against, analysis, metric, method, n, mean_difference, p_value, wilcoxon_p, note``.
        config: the study: which methods are trained, the level.

    Returns:
        The table with ``p_holm``, ``wilcoxon_p_holm``, ``family_size`` and ``better``: ``method`` or ``baseline``, by
        the direction of the metric, where the corrected p-value of the t-test is below the level, otherwise
        ``undecided``; empty for a control. Where so few units cannot have a corrected Wilcoxon p-value below the
        level, the note says so.
    """
    level = config.comparison.significance
    table = table.assign(p_holm=np.nan, wilcoxon_p_holm=np.nan, family_size=0, better="")
    trained = table["method"].isin([method.name for method in config.methods])
    for _, family in table[trained].groupby(FAMILY, sort=False):
        rows, size = family.index, len(family)
        table.loc[rows, "family_size"] = size
        for raw, corrected in (("p_value", "p_holm"), ("wilcoxon_p", "wilcoxon_p_holm")):
            possible = family[raw].notna()
            table.loc[rows, corrected] = np.where(possible, holm(family[raw].fillna(1.0).to_numpy()), np.nan)
        tested = rows[family["wilcoxon_p"].notna()]
        if len(tested) and size * smallest_p(int(family["n"].max())) >= level:
            table.loc[tested, "note"] = [
                "; ".join(filter(None, (note, f"Wilcoxon cannot reach {level:g} with {n} units in a family of {size}")))
                for note, n in zip(table.loc[tested, "note"], table.loc[tested, "n"], strict=True)
            ]
    records = table[trained].to_dict("records")
    table.loc[trained, "better"] = [_verdict(record, level) for record in records]
    return table


def _verdict(row: Mapping[Hashable, object], level: float) -> Literal["method", "baseline", "undecided"]:
    """Say which of the two is better; where no test is possible nothing is decided."""
    p_value, difference = float(str(row["p_holm"])), float(str(row["mean_difference"]))
    if np.isnan(p_value) or p_value >= level or difference == 0:
        return "undecided"
    gain = difference if contract_of(str(row["metric"])).better == "higher" else -difference
    return "method" if gain > 0 else "baseline"
