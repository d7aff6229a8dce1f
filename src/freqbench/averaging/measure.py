"""Measure how the error of the mean of restored captures falls with their number, and to which bias."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from freqbench.averaging.split_error import Images, group_means, group_sizes, split_error
from freqbench.data.image_files import to_unit_range
from freqbench.data.patches import PatchSet, read_patches
from freqbench.evaluation import read_restored, write_metrics
from freqbench.run import Run

COLUMNS = ("dataset", "method", "split", "seed", "fov", "quantity", "captures", "value")
SHARING = ("average16", "clean")
"""Controls whose restored captures are not independent: means that share captures, and the clean image itself."""


def measure_averaging(run: Run) -> None:
    """Write the error of means of restored captures, and its parts, of each field of view.

    The file has one row a field of view, quantity and number of captures k. ``mse`` and ``frc_area`` compare the mean
    of k restored captures of a window with the clean patch: means over disjoint groups of successive captures, then
    over the windows of the field. ``squared_bias`` and ``variance`` are those of `split_error`, from all n captures,
    which stand in the column ``captures``; without a second capture they are missing. Errors are those of images in
    [0, 1]. Restored patches are clamped to [0, 1], which biases them where the clean image is near an end; the file
    has them as they are measured elsewhere.

    Args:
        run: a control or a trained method on a data set.

    Raises:
        FreqbenchError: if files are missing or do not belong together.
    """
    test = read_patches(run.layout, run.dataset, run.split).side("test")
    restored = read_restored(run.layout.restored(*run.key), test)
    rows = [row for fov, images, clean in windows(test, restored) for row in _rows(fov, images, clean)]
    table = pd.DataFrame(rows, columns=["fov", "quantity", "captures", "value"])
    found = table.groupby(["fov", "quantity", "captures"], sort=False)["value"].mean().reset_index()
    write_metrics(found.assign(**run.identity), COLUMNS, run.layout.averaging(*run.key))


def windows(test: PatchSet, restored: Images) -> Iterator[tuple[str, Images, Images]]:
    """Yield field of view, restored captures (n, H, W) and clean patch (H, W) of each window of the test patches."""
    table = test.table.reset_index(drop=True)
    for _, captures in table.groupby(["fov", "y", "x"], sort=False):
        rows = captures.index.to_numpy()
        yield str(captures["fov"].iloc[0]), restored[rows], to_unit_range(test.clean[rows[:1]])[0]


def _rows(fov: str, images: Images, clean: Images) -> Iterator[tuple[str, str, int, float]]:
    count = len(images)
    for size in group_sizes(count):
        means = np.stack(list(group_means(images, size)))
        yield fov, "mse", size, float(np.square(means - clean).mean())
        yield fov, "frc_area", size, _frc_area(means, clean)
    if count > 1:
        parts = split_error(images, clean)
        yield fov, "squared_bias", count, parts.squared_bias
        yield fov, "variance", count, parts.variance


def _frc_area(means: Images, clean: Images) -> float:
    import torch

    from freqbench.metrics.frc import frc_area

    # the mean of values in [0, 1] can exceed 1 by its rounding
    prediction = torch.from_numpy(np.clip(means, 0.0, 1.0)).unsqueeze(1)
    target = torch.from_numpy(np.asarray(clean, dtype=np.float64)).expand_as(prediction)
    return float(frc_area(prediction, target).mean())
