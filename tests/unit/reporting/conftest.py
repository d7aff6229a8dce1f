"""The tidy files of a study, with values that a test chooses."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import pandas as pd
import pytest

from freqbench.config import CLASSICAL, Config
from freqbench.evaluation import COLUMNS as IMAGE_COLUMNS
from freqbench.evaluation import SET_COLUMNS, read_metrics
from freqbench.files import write_json
from freqbench.layout import Layout
from freqbench.metrics.contracts import CONTRACTS
from freqbench.run import runs_of
from freqbench.statistics.compare import compare_methods

Key = tuple[str, str, int, int]
Means = Mapping[tuple[str, str], float]
"""Mean of a metric by method and metric; the value of each patch, split and seed lies around it."""


def write_results(config: Config, means: Means, *, fovs: int = 3, captures: int = 2, spread: float = 0.01) -> None:
    """Write calibrations, records of controls, metrics of all methods, splits and seeds, and the statistics of them.

    The offsets of the patches sum to zero, and so do those of the splits and of the seeds: the means come out as
    given. The first split tests fields of view 3, 4 and so on; each further one begins one later.
    """
    layout = Layout.of(config)
    for dataset in config.datasets:
        paths = []
        splits = config.splits_of(dataset)
        for run in runs_of(config, dataset):
            seeds = config.seeds_of(run.method)
            place = splits.index(run.split) - (len(splits) - 1) / 2 + seeds.index(run.seed) - (len(seeds) - 1) / 2
            shifted = {metric: mean + spread * place for (name, metric), mean in means.items() if name == run.method}
            _write(
                layout.image_metrics(*run.key), IMAGE_COLUMNS, _image_rows(run.key, shifted, (fovs, captures), spread)
            )
            _write(layout.set_metrics(*run.key), SET_COLUMNS, _set_rows(run.key, shifted, fovs * captures))
            paths.append(layout.image_metrics(*run.key))
            if run.is_control:
                tuned = {"parameters": {"sigma": 1.0 + run.split / 4}, "at_end_of_grid": []}
                write_json(layout.control_record(*run.key), run.identity | (tuned if run.method in CLASSICAL else {}))
        for method in config.methods_of(dataset):
            if method.is_calibrated:
                for split in splits:
                    weights = {"untrained": 2.0, "input": 6.0 + split}
                    write_json(layout.calibration(dataset, method.name, split), {"weight_by_state": weights})
        statistics = compare_methods(read_metrics(paths), config)
        _write(layout.statistics(dataset), tuple(statistics.columns), statistics.to_numpy().tolist())


def _image_rows(key: Key, means: dict[str, float], shape: tuple[int, int], spread: float) -> list[tuple[Any, ...]]:
    rng = np.random.default_rng(crc32("/".join(map(str, key)).encode()))
    rows = []
    for metric, mean in means.items():
        if CONTRACTS[metric].level == "image":
            offsets = rng.standard_normal(shape)
            for (fov, capture), offset in np.ndenumerate(spread * (offsets - offsets.mean())):
                name = str(fov + 2 + key[2])
                patch = f"{key[0]}/raw/{name}/capture_{capture:03d}#0"
                rows.append((*key, patch, name, f"capture_{capture:03d}", "patch", metric, mean + offset))
    return rows


def _set_rows(key: Key, means: dict[str, float], count: int) -> list[tuple[Any, ...]]:
    # neither interval nor halves, as of too few fields of view
    empty = [None] * (len(SET_COLUMNS) - len(key) - 3)
    return [(*key, metric, count, mean, *empty) for metric, mean in means.items() if CONTRACTS[metric].level == "set"]


def _write(path: Path, columns: tuple[str, ...], rows: list[Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(rows, columns=list(columns)).to_csv(path, index=False)


@pytest.fixture(name="write_results", scope="session")
def write_results_fixture() -> Callable[..., None]:
    return write_results
