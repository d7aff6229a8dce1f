"""Numbers that papers print, as data: see the ``source`` column of each file."""

from importlib import resources

import pandas as pd


def published_table1() -> pd.DataFrame:
    """Return Table 1 of the LFFL paper: ``source, dataset, n, method, metric, value, significant``.

    ``significant`` is the paper's asterisk (paired t-test, p < 0.001, against the best baseline): it marks
    a difference, not an improvement. ``value`` is the text that the paper prints, with its digits.
    """
    with resources.files(__package__).joinpath("lffl_table1.csv").open(encoding="utf-8") as handle:
        return pd.read_csv(handle, dtype={"value": str})
