"""Metrics of each nucleus in restored patches, and the distance between restored and clean crops as sets."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from freqbench.config.evaluation import Evaluation
from freqbench.metrics.evaluate import compute_image_metrics
from freqbench.nuclei.crops import at_one_size, cut_crops
from freqbench.nuclei.results import NUCLEUS_METRICS

if TYPE_CHECKING:
    import torch

    from freqbench.metrics.features import FeatureExtractor
    from freqbench.metrics.set_distances import SetDistance


def nucleus_metrics(
    prediction: "torch.Tensor", target: "torch.Tensor", crops: pd.DataFrame, *, batch_size: int = 16
) -> pd.DataFrame:
    """Measure each crop of a nucleus.

    Args:
        prediction: restored patches (N, 1, H, W) in [0, 1].
        target: clean patches of the same shape and range.
        crops: which crops, as `freqbench.nuclei.crops.crops_in_patches` returns them.
        batch_size: crops of one size that are measured at once.

    Returns:
        Columns ``patch_id, fov, capture, unit, nucleus, metric, value``; ``unit`` is ``nucleus``, and ``nucleus`` its
        number in the field of view. One row a crop and metric.

    Raises:
        FreqbenchError: if a metric cannot be taken of a crop.
    """
    import torch

    values = {name: np.full(len(crops), np.nan) for name in NUCLEUS_METRICS}
    heights, widths = crops["bottom"] - crops["top"], crops["right"] - crops["left"]
    for places in crops.groupby([heights, widths]).indices.values():
        chosen = crops.iloc[places]
        restored, clean = (torch.cat(cut_crops(images, chosen)) for images in (prediction, target))
        measured = compute_image_metrics(NUCLEUS_METRICS, restored, clean, batch_size=batch_size)
        for name, numbers in measured.items():
            values[name][places] = numbers
    identity = crops[["patch_id", "fov", "capture", "nucleus"]].assign(unit="nucleus")
    tables = [identity.assign(metric=name, value=values[name]) for name in NUCLEUS_METRICS]
    columns = ["patch_id", "fov", "capture", "unit", "nucleus", "metric", "value"]
    return pd.concat(tables, ignore_index=True)[columns]


def crop_set_distances(
    prediction: "torch.Tensor",
    target: "torch.Tensor",
    crops: pd.DataFrame,
    extractor: "FeatureExtractor",
    settings: Evaluation,
    *,
    size: int,
) -> "list[SetDistance]":
    """Return the Fréchet and the kernel distance between restored and clean crops.

    Args:
        prediction: restored patches (N, 1, H, W) in [0, 1].
        target: clean patches of the same shape and range.
        crops: which crops; at least two.
        extractor: features of the distances.
        settings: kind of features, bootstrap, halvings, seed, batch size.
        size: height and width that all crops are resized to.
    """
    from freqbench.metrics.contracts import SET_METRICS
    from freqbench.metrics.set_distances import set_distances

    restored, clean = (
        extractor(at_one_size(cut_crops(images, crops), size), settings.batch_size) for images in (prediction, target)
    )
    return set_distances(
        restored,
        clean,
        crops["fov"].to_numpy(),
        SET_METRICS[settings.frechet_features],
        samples=settings.bootstrap,
        halvings=settings.halvings,
        seed=settings.seed,
    )
