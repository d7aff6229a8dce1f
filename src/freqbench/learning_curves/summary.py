"""Learning curves of a data set: means over fields of view, and the lines of the controls beside them."""

import numpy as np
import pandas as pd

from freqbench.config import Config
from freqbench.errors import FreqbenchError
from freqbench.evaluation import read_metrics
from freqbench.layout import Layout
from freqbench.run import runs_of, trained_runs_of

CURVE_CONTROLS = ("input", "gaussian")
"""What a training has to surpass: the degraded patches, and the simplest filter."""


def read_learning_curves(config: Config, dataset: str) -> pd.DataFrame:
    """Read the learning curves of all trainings that a data set tests.

    Raises:
        FreqbenchError: if a file is missing or damaged.
    """
    layout = Layout.of(config)
    return read_metrics([layout.learning_curve(*run.key) for run in trained_runs_of(config, dataset)])


def run_curves(curves: pd.DataFrame) -> pd.DataFrame:
    """Return the curve of each training: the mean over fields of view of the means of their patches.

    Args:
        curves: the tidy values. Infinite ones, as the PSNR of identical images, are left out.

    Returns:
        Columns ``method, split, seed, metric, iteration, value``.
    """
    finite = curves[np.isfinite(curves["value"])]
    key = ["method", "split", "seed", "metric", "iteration"]
    by_field = finite.groupby([*key, "fov"], sort=False)["value"].mean()
    found: pd.DataFrame = by_field.groupby(level=key, sort=False).mean().reset_index()
    return found


def mean_curves(runs: pd.DataFrame) -> pd.DataFrame:
    """Return the mean of the trainings of each method, and the lowest and highest of them.

    Where trainings differ in length, there is a mean only at iterations that all of a method have.

    Args:
        runs: see `run_curves`.

    Returns:
        Columns ``method, metric, iteration, mean, low, high``.
    """
    found = (
        runs.groupby(["method", "metric", "iteration"], sort=False)["value"]
        .agg(mean="mean", low="min", high="max", trainings="size")
        .reset_index()
    )
    trainings = runs.drop_duplicates(["method", "split", "seed"]).groupby("method").size()
    complete = found["trainings"].to_numpy() == trainings.reindex(found["method"]).to_numpy()
    result: pd.DataFrame = found[complete].drop(columns="trainings").reset_index(drop=True)
    return result


def control_lines(config: Config, dataset: str, curves: pd.DataFrame) -> pd.DataFrame:
    """Return the mean of each control on the patches of the learning curves, which `freqbench evaluate` has measured.

    Args:
        config: the study.
        dataset: the data set.
        curves: the tidy values of the learning curves.

    Returns:
        Columns ``method, metric, value``: means over fields of view, then over splits.

    Raises:
        FreqbenchError: if a file of metrics is missing or damaged, or of other patches.
    """
    layout = Layout.of(config)
    controls = [run for run in runs_of(config, dataset) if run.method in CURVE_CONTROLS]
    if not controls:
        return pd.DataFrame(columns=["method", "metric", "value"])
    found = read_metrics([layout.image_metrics(*run.key) for run in controls])
    measured = curves[["split", "patch_id", "metric"]].drop_duplicates()
    same = found.merge(measured)
    if len(same) != sum((measured["split"] == run.split).sum() for run in controls):
        raise FreqbenchError(
            f"{dataset}: the controls were measured on other patches or metrics than the learning curves; run "
            "`freqbench evaluate` and `freqbench learning-curve` again"
        )
    by_run = run_curves(same.assign(iteration=0))
    return by_run.groupby(["method", "metric"], sort=False)["value"].mean().reset_index()
