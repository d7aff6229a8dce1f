"""How numbers are printed in tables: with the decimals of their metric's contract."""

from typing import Any

import numpy as np
import pandas as pd

from freqbench.metrics.contracts import contract_of

ARROWS = {"higher": "↑", "lower": "↓"}
"""The direction of improvement."""


def number(value: float, metric: str) -> str:
    """Return the mean of a metric; one without a finite value is infinite for PSNR, and not available else."""
    if np.isnan(value):
        # a mean over no finite value: only the PSNR of identical images is infinite
        return "∞" if metric == "psnr" else "n/a"
    return f"{value:.{contract_of(metric).digits}f}"


def with_spread(row: Any, metric: str) -> str:
    """Return the mean of a row of Table 1's CSV, with the standard deviation of the means of its runs."""
    text = number(row["mean"], metric)
    if row["splits"] * row["seeds"] > 1 and pd.notna(row["run_sd"]):
        text += f" ± {number(row['run_sd'], metric)}"
    return text


def signed(value: float, metric: str, more_digits: int = 0) -> str:
    """Return a difference in a metric with its sign; what rounds to zero has none of its own."""
    digits = contract_of(metric).digits + more_digits
    return f"{round(value, digits) + 0.0:+.{digits}f}"


def difference_text(value: float, metric: str) -> str:
    """Return a difference with a decimal more than the means have, since differences are smaller."""
    return "n/a" if np.isnan(value) else signed(value, metric, more_digits=1)


def probability(value: float) -> str:
    """Return a p-value; NaN stands for a test that was not possible."""
    if np.isnan(value):
        return "no test"
    return "< 0.0001" if value < 1e-4 else f"{value:.4f}"
