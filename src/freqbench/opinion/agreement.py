"""Agreement of metrics with people's opinion, by distortion, beside what the FRC loss paper prints."""

from collections.abc import Callable, Iterator, Sequence
from importlib.resources.abc import Traversable

import numpy as np
import pandas as pd

from freqbench.metrics.contracts import contract_of
from freqbench.opinion.kadid import DISTORTIONS
from freqbench.opinion.measure import MSE
from freqbench.published.frc_table import TABLE
from freqbench.published.table_files import package_folder, read_rows
from freqbench.statistics.rank_correlation import correlations

ALL = "all"
"""Stands for all distortions together."""
PRINTED_DISTORTIONS = {"gaussian_noise": 11, "impulse_noise": 13, "jitter": 19, "motion_blur": 3}
PRINTED_METRICS = {"1-L_FRC": "frc_area", "MSE": MSE, "SSIM": "ssim"}
"""What the paper's names are here. It calls KADID-10k's white noise Gaussian."""
COLUMNS = (
    *("distortion", "name", "metric", "images", "left_out", "references"),
    *("pearson", "pearson_low", "pearson_high", "spearman", "spearman_low", "spearman_high"),
    *("published", "published_error", "difference"),
)


def agreement(
    measured: pd.DataFrame,
    metrics: Sequence[str],
    *,
    samples: int,
    seed: int,
    folder: Traversable | None = None,
    advance: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Return the correlation of each metric with people's opinion, for each distortion and for all together.

    Correlations are positive where metric and people agree on what is better: those of a metric that falls with the
    quality, as an error does, have their sign turned. Intervals resample references. Images without a finite value of
    a metric, as the PSNR of one that its distortion left as it was, are left out of its correlation and counted.

    Args:
        measured: see `freqbench.opinion.measure.measure_opinion_set`.
        metrics: their names.
        samples: bootstrap samples.
        seed: of the bootstrap.
        folder: where the printed values lie; None: the package's own.
        advance: called with the number of correlations done and the number of all.

    Returns:
        Columns `COLUMNS`, one row a distortion and metric; the printed values and the difference to them are NaN where
        the paper prints none.

    Raises:
        FreqbenchError: if the printed values are missing or damaged.
    """
    printed = _printed(folder if folder is not None else package_folder())
    parts: list[tuple[int | str, pd.DataFrame]] = [
        (number, measured[measured["distortion"] == number]) for number in sorted(measured["distortion"].unique())
    ]
    if len(parts) > 1:
        parts.append((ALL, measured))
    rows = []
    for distortion, images in parts:
        for metric in metrics:
            rows.append(_row(distortion, images, metric, printed.get((distortion, metric)), (samples, seed)))
            if advance is not None:
                advance(len(rows), len(parts) * len(metrics))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def is_better_high(metric: str) -> bool:
    """Return whether a metric grows with the quality."""
    return metric != MSE and contract_of(metric).better == "higher"


def distortion_name(distortion: int | str) -> str:
    """Return what a distortion is called."""
    return "All distortions" if distortion == ALL else DISTORTIONS[int(distortion)]


def _row(
    distortion: int | str,
    images: pd.DataFrame,
    metric: str,
    printed: tuple[float, float] | None,
    bootstrap: tuple[int, int],
) -> tuple[object, ...]:
    finite = images[np.isfinite(images[metric].to_numpy())]
    nothing = (float("nan"),) * 3
    pearson, spearman = nothing, nothing
    if len(finite) > 1:
        sign = 1.0 if is_better_high(metric) else -1.0
        samples, seed = bootstrap
        both = correlations(
            sign * finite[metric].to_numpy(),
            finite["dmos"].to_numpy(),
            finite["reference"].to_numpy(),
            samples=samples,
            seed=seed,
        )
        pearson, spearman = ((each.value, each.low, each.high) for each in both)
    value, error = printed or (float("nan"), float("nan"))
    counts = (len(finite), len(images) - len(finite), finite["reference"].nunique())
    name = distortion_name(distortion)
    return (distortion, name, metric, *counts, *pearson, *spearman, value, error, pearson[0] - value)


def _printed(folder: Traversable) -> dict[tuple[int | str, str], tuple[float, float]]:
    """Return the printed correlations and their standard errors by distortion and metric."""
    return dict(_printed_rows(folder))


def _printed_rows(folder: Traversable) -> Iterator[tuple[tuple[int | str, str], tuple[float, float]]]:
    numbers = ("pearson_r", "standard_error")
    for row in read_rows(folder, TABLE, keys=("distortion", "metric"), numbers=numbers):
        key = (PRINTED_DISTORTIONS[row["distortion"]], PRINTED_METRICS[row["metric"]])
        yield key, (float(row[numbers[0]]), float(row[numbers[1]]))
