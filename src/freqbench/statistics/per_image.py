"""Values of single images or fields of view, their improvement over the input, and paired tests between methods."""

from itertools import permutations
from typing import Literal

import numpy as np
import pandas as pd

from freqbench.statistics.paired import paired_comparison

Unit = Literal["image", "field"]
IDENTITY: dict[Unit, list[str]] = {"image": ["fov", "capture"], "field": ["fov"]}
"""Columns that tell one unit from another."""

INPUT = "input"
COLUMNS = ("quantity", "unit", "fov", "capture", "method", "against", "n", "value")


def unit_values(metrics: pd.DataFrame, unit: Unit) -> pd.DataFrame:
    """Return the value of each unit under each method.

    A patch has its mean over seeds and splits first, a unit the mean over its patches: the order of
    `freqbench.reporting.fov_table`.

    Args:
        metrics: tidy values of one metric on one data set; infinite ones are left out.
        unit: ``image``: a capture of a field of view; ``field``: a field of view with all its captures.

    Returns:
        One row a unit, in the order of the metrics, its identity as index; one column a method, NaN where a method
        has no finite value.
    """
    finite = metrics.replace([np.inf, -np.inf], np.nan)
    keys = [*IDENTITY[unit], "method"]
    by_patch = finite.groupby([*keys, "patch_id"], sort=False)["value"].mean()
    wide = by_patch.groupby(keys, sort=False).mean().unstack("method")
    order = finite.drop_duplicates(IDENTITY[unit]).set_index(IDENTITY[unit]).index
    return wide.reindex(index=order, columns=list(dict.fromkeys(finite["method"])))


def per_image(metrics: pd.DataFrame, methods: list[str], unit: Unit) -> pd.DataFrame:
    """Return all that the per-image table of one metric and data set holds, one number a row.

    Args:
        metrics: tidy values of the metric on the data set.
        methods: the trained methods, in their order.
        unit: what a row of the printed table is.

    Returns:
        The columns `COLUMNS`. ``quantity`` is ``value`` (of a unit), ``mean`` (over the ``n`` units), ``improvement``
        (mean difference to the input, over the units that both have) or ``p_value`` (two-sided paired t-test of
        ``method`` against ``against`` over ``unit``, as in the CARE study, not corrected for the number of tests; NaN
        where there is no test). Tests are over the table's units and, if these are images, over fields of view, too.
    """
    wide = unit_values(metrics, unit)
    rows: list[tuple[object, ...]] = []
    for identity, values in wide.iterrows():
        fov, capture = identity if isinstance(identity, tuple) else (identity, "")
        rows += [("value", unit, fov, capture, name, "", 1, values[name]) for name in wide.columns]
    for name in wide.columns:
        rows.append(("mean", unit, "", "", name, "", int(wide[name].count()), wide[name].mean()))
    for name in (name for name in methods if INPUT in wide):
        both = wide[[name, INPUT]].dropna()
        gain = float((both[name] - both[INPUT]).mean()) if len(both) else float("nan")
        rows.append(("improvement", unit, "", "", name, INPUT, len(both), gain))
    units: tuple[Unit, ...] = ("image", "field") if unit == "image" else ("field",)
    for tested in units:
        values_of = wide if tested == unit else unit_values(metrics, tested)
        for against, name in permutations(methods, 2):
            both = values_of[[name, against]].dropna()
            found = paired_comparison(both[name], both[against])
            rows.append(("p_value", tested, "", "", name, against, found.n, found.p_value))
    return pd.DataFrame(rows, columns=list(COLUMNS))
