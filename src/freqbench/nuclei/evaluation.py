"""Measure the nuclei in the restored patches of one run, and compare methods on them."""

from typing import TYPE_CHECKING

import pandas as pd

from freqbench.config import Config
from freqbench.data.image_files import to_unit_range
from freqbench.data.patches import read_patches
from freqbench.device import claim_device
from freqbench.errors import FreqbenchError
from freqbench.evaluation import (
    LEFT_OUT_COLUMNS,
    SET_COLUMNS,
    left_out_table,
    read_restored,
    set_table,
    write_metrics,
)
from freqbench.files import read_json
from freqbench.nuclei.crops import crops_in_patches
from freqbench.nuclei.measure import crop_set_distances, nucleus_metrics
from freqbench.nuclei.study import nuclei_settings
from freqbench.nuclei.table import read_nuclei
from freqbench.run import Run

if TYPE_CHECKING:
    import torch

    from freqbench.metrics.set_distances import SetDistance

COLUMNS = ("dataset", "method", "split", "seed", "patch_id", "fov", "capture", "unit", "nucleus", "metric", "value")
"""Those of `freqbench.evaluation.COLUMNS` and the number of the nucleus in its field of view. The rows have a file of
their own, so that what is taken over patches stays taken over patches."""


def evaluate_nuclei(run: Run) -> None:
    """Measure the nuclei in the restored test patches of one method and write both metric files.

    Args:
        run: a control or a trained method on a data set with `nuclei` in the configuration.

    Raises:
        FreqbenchError: if files are missing or do not belong together, or no nucleus lies in a test patch.
    """
    import torch

    settings = nuclei_settings(run.config, run.dataset)
    test = read_patches(run.layout, run.dataset, run.split).side("test")
    restored = read_restored(run.layout.restored(*run.key), test)
    segmented = read_json(run.layout.segmentation(run.dataset))["by_fov"]
    if missing := sorted(set(test.table["fov"]) - set(segmented)):
        raise FreqbenchError(
            f"{run.layout.segmentation(run.dataset)}: field of view {missing[0]} is not segmented; "
            "run `freqbench segment` again"
        )
    crops = crops_in_patches(test.table, test.clean.shape[1:], read_nuclei(run.layout.nuclei(run.dataset)))
    if crops.empty:
        raise FreqbenchError(
            f"datasets.{run.dataset}.nuclei: no nucleus with its margin lies wholly in a test patch of "
            f"{test.clean.shape[2]}x{test.clean.shape[1]} pixels; choose larger patches or a smaller `margin`"
        )
    device = claim_device(run.config.evaluation.device)
    prediction = torch.from_numpy(restored).unsqueeze(1).to(device)
    target = torch.from_numpy(to_unit_range(test.clean)).unsqueeze(1).to(device)
    batch = run.config.evaluation.batch_size
    rows = nucleus_metrics(prediction, target, crops, batch_size=batch).assign(**run.identity)
    distances = _set_distances(run.config, prediction, target, crops, settings.set_size)
    for table, columns, path in (
        (left_out_table(distances), LEFT_OUT_COLUMNS, run.layout.nucleus_set_left_out(*run.key)),
        (set_table(distances), SET_COLUMNS, run.layout.nucleus_set_metrics(*run.key)),
        (rows, COLUMNS, run.layout.nucleus_metrics(*run.key)),
    ):
        write_metrics(table.assign(**run.identity), columns, path)


def _set_distances(
    config: Config, prediction: "torch.Tensor", target: "torch.Tensor", crops: pd.DataFrame, size: int
) -> "list[SetDistance]":
    settings = config.evaluation
    if settings.frechet_features == "none" or len(crops) < 2:
        return []
    from freqbench.metrics.features import build_feature_extractor
    from freqbench.mirror import mirror_folder

    extractor = build_feature_extractor(
        settings.frechet_features, weights=config.feature_networks, mirror=mirror_folder(config.mirror)
    ).to(prediction.device)
    return crop_set_distances(prediction, target, crops, extractor, settings, size=size)
