"""Error against number of captures, bias and variance of all methods of a data set."""

import numpy as np
import pandas as pd

from freqbench.averaging.measure import SHARING
from freqbench.config import Config
from freqbench.evaluation import read_metrics
from freqbench.layout import Layout
from freqbench.run import Run, runs_of

FEW = 8
"""Captures below which a floor is more of an extrapolation than a measurement."""


def averaged_runs_of(config: Config, dataset: str) -> list[Run]:
    """Return the runs whose restored captures are independent, in the order of `runs_of`."""
    return [run for run in runs_of(config, dataset) if run.method not in SHARING]


def read_averaging(config: Config, dataset: str) -> pd.DataFrame:
    """Read the tidy files of a data set.

    Raises:
        FreqbenchError: if one is missing or damaged.
    """
    layout = Layout.of(config)
    return read_metrics([layout.averaging(*run.key) for run in averaged_runs_of(config, dataset)])


def curves(table: pd.DataFrame) -> pd.DataFrame:
    """Return the error of means of captures, where all fields of view have as many.

    Args:
        table: the tidy values.

    Returns:
        Columns ``method, quantity, captures, value``, with ``rmse``, the root of the mean of ``mse`` over runs and
        fields of view, and ``frc_area``, the mean.
    """
    errors = table[table["quantity"].isin(["mse", "frc_area"])]
    key = ["method", "quantity", "captures"]
    fields = errors.groupby("method")[["split", "seed", "fov"]].apply(lambda rows: len(rows.drop_duplicates()))
    found = errors.groupby(key, sort=False)["value"].agg(["mean", "size"]).reset_index()
    found = found[found["size"].to_numpy() == fields.reindex(found["method"]).to_numpy()]
    is_error = found["quantity"] == "mse"
    found["value"] = np.where(is_error, np.sqrt(found["mean"].where(is_error)), found["mean"])
    found["quantity"] = found["quantity"].replace("mse", "rmse")
    result: pd.DataFrame = found[[*key, "value"]].reset_index(drop=True)
    return result


def parts(table: pd.DataFrame) -> pd.DataFrame:
    """Return squared bias and variance of each method, means over fields of view of all runs.

    Args:
        table: the tidy values.

    Returns:
        Columns ``method, fovs, captures, squared_bias, bias_low, bias_high, variance``: the fewest captures of a
        field, and the lowest and the highest squared bias of a field, means over runs. Empty without a second capture.
    """
    split = table[table["quantity"].isin(["squared_bias", "variance"])]
    by_field = split.pivot_table(
        index=["method", "fov"], columns="quantity", values="value", aggfunc="mean", sort=False
    ).reindex(columns=["squared_bias", "variance"])
    found = by_field.groupby(level="method", sort=False).agg(
        fovs=("variance", "size"),
        squared_bias=("squared_bias", "mean"),
        bias_low=("squared_bias", "min"),
        bias_high=("squared_bias", "max"),
        variance=("variance", "mean"),
    )
    found["captures"] = split.groupby("method", sort=False)["captures"].min().reindex(found.index)
    columns = ["fovs", "captures", "squared_bias", "bias_low", "bias_high", "variance"]
    result: pd.DataFrame = found[columns].reset_index()
    return result


def fewest_captures(table: pd.DataFrame) -> int:
    """Return how many captures the field of view with the fewest has."""
    return int(table[table["quantity"] == "mse"].groupby(["split", "fov"])["captures"].max().min())
