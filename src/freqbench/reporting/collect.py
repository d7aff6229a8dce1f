"""Gather the tidy files of a study: every table and figure derives from these and nothing else."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from freqbench.config import Config
from freqbench.evaluation import read_metrics, stacked
from freqbench.files import read_json
from freqbench.gathered import Kind, read_gathered, read_method
from freqbench.layout import Layout

SET_FIELDS = ("ci_low", "ci_high", "half_n", "half_value", "half_floor")
"""What a distance between sets has beside its value, as in `freqbench.metrics.set_distances.SetDistance`."""

KEY = ["dataset", "method", "metric"]
RUN = [*KEY, "split", "seed"]


@dataclass(frozen=True)
class StudyResults:
    """The tidy results of a study.

    Attributes:
        means: mean of each run and metric of images, with the columns of `image_means`.
        patches: ``dataset, method, fov, patch_id`` of each patch that a method is measured on, once.
        sets: set-level metrics.
        statistics: tested differences.
        verdicts: verdict of the leakage audit by data set and number of the split.
    """

    means: pd.DataFrame
    patches: pd.DataFrame
    sets: pd.DataFrame
    statistics: pd.DataFrame
    verdicts: dict[str, dict[int, str]]


def collect(config: Config) -> StudyResults:
    """Read all tidy files of a study. Those of one method at a time are in memory.

    Raises:
        FreqbenchError: if one is missing.
    """
    layout = Layout.of(config)
    means, patches = per_method(config, tuple(config.datasets), "images", image_means, tested_patches)
    return StudyResults(
        means,
        patches,
        stacked([read_gathered(config, dataset, "sets") for dataset in config.datasets]),
        read_metrics([layout.statistics(dataset) for dataset in config.datasets]),
        {dataset: read_verdicts(config, dataset) for dataset in config.datasets},
    )


def per_method(
    config: Config, datasets: Iterable[str], kind: Kind, *summaries: Callable[[pd.DataFrame], pd.DataFrame]
) -> list[pd.DataFrame]:
    """Return what each function makes of the metrics of each method on each data set, one below the other.

    Raises:
        FreqbenchError: if a tidy file is missing or damaged.
    """
    parts = []
    for dataset in datasets:
        for method in config.method_names_of(dataset):
            metrics = read_method(config, dataset, method, kind)
            parts.append([summary(metrics) for summary in summaries])
    return [stacked(tables) for tables in zip(*parts, strict=True)]


def image_means(images: pd.DataFrame) -> pd.DataFrame:
    """Return the mean of each run and metric over its finite values, NaN where there is none, and the number of rows.

    Returns:
        Columns ``dataset, method, metric, split, seed, n, mean``.
    """
    finite = images.assign(value=images["value"].replace(np.inf, np.nan))
    return finite.groupby(RUN, sort=False).agg(n=("value", "size"), mean=("value", "mean")).reset_index()


def tested_patches(images: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of different patches: columns ``dataset, method, fov, patch_id``."""
    columns = ["dataset", "method", "fov", "patch_id"]
    return images[columns].drop_duplicates()


def read_verdicts(config: Config, dataset: str) -> dict[int, str]:
    """Return the verdict of the leakage audit on each split of a data set, by its number.

    Raises:
        FreqbenchError: if an audit is missing.
    """
    layout = Layout.of(config)
    return {split: read_json(layout.audit(dataset, split))["verdict"] for split in config.splits_of(dataset)}


def run_means(results: StudyResults) -> pd.DataFrame:
    """Return one row a run and metric: the mean over its patches, or its distance between sets.

    Returns:
        Columns ``dataset, method, metric, split, seed, n, mean`` and those of `SET_FIELDS`, empty but for distances
        between sets; ``n`` is the number of patches. A mean leaves out infinite values and is NaN where there is no
        other.
    """
    sets = results.sets.rename(columns={"value": "mean"})[[*RUN, "n", "mean", *SET_FIELDS]]
    # a study without a Fréchet distance has no set metrics
    both = stacked([results.means, sets])
    return both.reindex(columns=[*results.means.columns, *SET_FIELDS])


def summarise(results: StudyResults) -> pd.DataFrame:
    """Return one row a data set, method and metric.

    The mean is taken over the patches of a run, which is a split and a seed, then over runs; the standard deviation
    is that of the runs' means, NaN with one run. With several splits it holds how much their test fields of view
    differ, too.

    Returns:
        Columns ``dataset, method, metric, n, n_max, fovs, splits, seeds, mean, run_sd``: ``n`` and ``n_max`` are the
        fewest and the most patches that a split tests, ``fovs`` the different fields of view that all splits test.
        Then those of `SET_FIELDS`, means over the runs, empty but for distances between sets.
    """
    fields = {name: (name, "mean") for name in SET_FIELDS}
    table = (
        run_means(results)
        .groupby(KEY, sort=False)
        .agg(
            n=("n", "min"),
            n_max=("n", "max"),
            splits=("split", "nunique"),
            seeds=("seed", "nunique"),
            mean=("mean", "mean"),
            run_sd=("mean", "std"),
            **fields,
        )
    )
    # every metric, those of sets too, is taken over all fields of view
    fovs = results.patches.groupby(["dataset", "method"])["fov"].nunique()
    table["fovs"] = [int(fovs[dataset, method]) for dataset, method, _ in table.index]
    return table.reset_index()[[*KEY, "n", "n_max", "fovs", "splits", "seeds", "mean", "run_sd", *SET_FIELDS]]
