"""Gather the tidy files of a study: every table and figure derives from these and nothing else."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from freqbench.config import Config
from freqbench.evaluation import read_metrics
from freqbench.files import read_json
from freqbench.layout import Layout

SET_FIELDS = ("ci_low", "ci_high", "half_n", "half_value", "half_floor")
"""What a distance between sets has beside its value, as in `freqbench.metrics.set_distances.SetDistance`."""


@dataclass(frozen=True)
class StudyResults:
    """The tidy results of a study.

    Attributes:
        images: per-image metrics of all data sets, methods and seeds.
        sets: set-level metrics.
        statistics: tested differences.
        verdicts: verdict of the leakage audit by data set.
    """

    images: pd.DataFrame
    sets: pd.DataFrame
    statistics: pd.DataFrame
    verdicts: dict[str, str]


def collect(config: Config) -> StudyResults:
    """Read all tidy files of a study.

    Raises:
        FreqbenchError: if one is missing.
    """
    layout = Layout.of(config)
    keys = [
        (dataset, method, seed)
        for dataset in config.datasets
        for method in config.method_names_of(dataset)
        for seed in config.seeds_of(method)
    ]
    return StudyResults(
        read_metrics([layout.image_metrics(*key) for key in keys]),
        read_metrics([layout.set_metrics(*key) for key in keys]),
        read_metrics([layout.statistics(dataset) for dataset in config.datasets]),
        {dataset: read_json(layout.audit(dataset))["verdict"] for dataset in config.datasets},
    )


def summarise(results: StudyResults) -> pd.DataFrame:
    """Return one row a data set, method and metric.

    The mean is taken over patches within a seed, then over seeds; the standard deviation is that of the
    seeds' means, NaN with one seed.

    Returns:
        Columns ``dataset, method, metric, n, fovs, seeds, mean, seed_sd``; then those of `SET_FIELDS`, means over
        the seeds, empty but for distances between sets.
    """
    key = ["dataset", "method", "metric"]
    images = results.images.replace(np.inf, np.nan)
    per_seed = images.groupby([*key, "seed"], sort=False).agg(n=("value", "size"), mean=("value", "mean")).reset_index()
    sets = results.sets.rename(columns={"value": "mean"})[[*key, "seed", "n", "mean", *SET_FIELDS]]
    # a study without a Fréchet distance has no set metrics
    both = pd.concat([part for part in (per_seed, sets) if len(part)], ignore_index=True)
    fields = {name: (name, "mean") for name in SET_FIELDS}
    table = (
        both.reindex(columns=[*per_seed.columns, *SET_FIELDS])
        .groupby(key, sort=False)
        .agg(n=("n", "first"), seeds=("seed", "nunique"), mean=("mean", "mean"), seed_sd=("mean", "std"), **fields)
    )
    # every metric, those of sets too, is taken over all fields of view
    fovs = images.groupby(["dataset", "method"])["fov"].nunique()
    table["fovs"] = [int(fovs[dataset, method]) for dataset, method, _ in table.index]
    return table.reset_index()[[*key, "n", "fovs", "seeds", "mean", "seed_sd", *SET_FIELDS]]
