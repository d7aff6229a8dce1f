"""Measure restored patches: the tidy per-image file, and the distances between whole sets."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from freqbench.config import Config
from freqbench.data.image_files import to_unit_range
from freqbench.data.patches import PatchSet, read_patches
from freqbench.device import claim_device
from freqbench.errors import FreqbenchError
from freqbench.files import atomic_path
from freqbench.run import Run

if TYPE_CHECKING:
    from pathlib import Path

    import torch

    from freqbench.metrics.networks import EvaluationNetworks
    from freqbench.metrics.set_distances import SetDistance

COLUMNS = ("dataset", "method", "split", "seed", "patch_id", "fov", "capture", "unit", "metric", "value")
SET_COLUMNS = (
    *("dataset", "method", "split", "seed", "metric", "n", "value"),
    *("ci_low", "ci_high", "half_n", "half_value", "half_floor"),
)
"""Fields of the set metric file; the latter are those of `freqbench.metrics.set_distances.SetDistance`, and empty
where there are too few fields of view."""
LEFT_OUT_COLUMNS = ("dataset", "method", "split", "seed", "metric", "fov", "value")
"""Fields of the file of distances between sets without the field of view ``fov``: what a resampling of fields of view
needs of them. Empty where there are too few."""

NAMES = ("dataset", "method", "patch_id", "fov", "capture")
"""Columns that are text, also where it looks like a number or, as NA and null do, like a missing one."""


def evaluate(run: Run, advance: Callable[[int, int], None] | None = None) -> None:
    """Measure the restored test patches of one method and write the metric files.

    Args:
        run: a control or a trained method on a data set.
        advance: called with the number of patches measured and the number of all.

    Raises:
        FreqbenchError: if files are missing or do not belong together, or a metric cannot be computed.
    """
    import torch

    test = read_patches(run.layout, run.dataset, run.split).side("test")
    restored = read_restored(run.layout.restored(*run.key), test)
    device = claim_device(run.config.evaluation.device)
    prediction = torch.from_numpy(restored).unsqueeze(1).to(device)
    target = torch.from_numpy(to_unit_range(test.clean)).unsqueeze(1).to(device)

    images, distances = _measure(run.config, prediction, target, test, advance)
    for table, columns, path in (
        (left_out_table(distances), LEFT_OUT_COLUMNS, run.layout.set_left_out(*run.key)),
        (set_table(distances), SET_COLUMNS, run.layout.set_metrics(*run.key)),
        (images, COLUMNS, run.layout.image_metrics(*run.key)),
    ):
        write_metrics(table.assign(**run.identity), columns, path)


def set_table(distances: "list[SetDistance]") -> pd.DataFrame:
    """Return distances between sets as a table, with the columns `SET_COLUMNS` less those of the run."""
    columns = SET_COLUMNS[4:]
    return pd.DataFrame([[getattr(each, name) for name in columns] for each in distances], columns=list(columns))


def left_out_table(distances: "list[SetDistance]") -> pd.DataFrame:
    """Return distances without a field of view, with the columns `LEFT_OUT_COLUMNS` less those of the run."""
    rows = [(each.metric, fov, value) for each in distances for fov, value in each.without.items()]
    return pd.DataFrame(rows, columns=list(LEFT_OUT_COLUMNS[4:]))


def write_metrics(table: pd.DataFrame, columns: tuple[str, ...], path: "Path") -> None:
    """Write a tidy file."""
    with atomic_path(path) as temporary:
        table[list(columns)].to_csv(temporary, index=False, float_format="%.9g")


def read_metrics(paths: "list[Path]") -> pd.DataFrame:
    """Read per-image metrics, set metrics or statistics into one table.

    A field of view named NA or 1 keeps its name as text.

    Raises:
        FreqbenchError: if one is missing or damaged.
    """
    tables = []
    for path in paths:
        try:
            with path.open(encoding="utf-8") as file:
                columns = file.readline().rstrip("\n").split(",")
            # what is missing is empty, and no name is missing
            missing = {name: [""] for name in columns if name not in NAMES}
            # pandas' own parser is off in the last bit now and then
            table = pd.read_csv(
                path,
                dtype=dict.fromkeys(NAMES, str),
                na_values=missing,
                keep_default_na=False,
                float_precision="round_trip",
            )
            tables.append(table)
        except (OSError, ValueError) as error:  # ValueError: nothing in it, ragged rows, or not text
            raise unreadable(path, error) from error
    return stacked(tables)


def stacked(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return tables one below the other; one without rows adds no column and has no say in their types.

    Raises:
        ValueError: if there is no table.
    """
    return pd.concat([table for table in tables if len(table)] or tables[:1], ignore_index=True)


def unreadable(path: "Path", error: Exception) -> FreqbenchError:
    """Return the error of a tidy file that is missing or damaged."""
    return FreqbenchError(f"{path}: no readable metrics ({error}); run `freqbench evaluate`")


def read_restored(path: "Path", test: PatchSet) -> npt.NDArray[np.float32]:
    """Read restored patches.

    Args:
        path: file that `freqbench.restoration.restore` wrote.
        test: the patches that were restored.

    Raises:
        FreqbenchError: if it is missing, damaged, or of another shape than the test patches.
    """
    try:
        restored = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise FreqbenchError(
            f"{path}: no readable restored patches ({error}); run `freqbench restore-patches`"
        ) from error
    if restored.shape != test.clean.shape:
        raise FreqbenchError(
            f"{path}: has the shape {restored.shape}, the test patches {test.clean.shape}; "
            "run `freqbench restore-patches` again"
        )
    return np.asarray(restored, dtype=np.float32)


def evaluation_networks(config: Config, device: "torch.device") -> "EvaluationNetworks":
    """Return the networks that the metrics of a study use.

    Raises:
        FreqbenchError: if their weights cannot be had.
    """
    from freqbench.metrics.networks import EvaluationNetworks
    from freqbench.mirror import mirror_folder

    mirror = mirror_folder(config.mirror)
    return EvaluationNetworks(config.evaluation, weights=config.feature_networks, mirror=mirror, device=device)


def measure_images(
    config: Config,
    networks: "EvaluationNetworks",
    prediction: "torch.Tensor",
    target: "torch.Tensor",
    test: PatchSet,
    *,
    metrics: Sequence[str],
    advance: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Return metrics of each patch as a tidy table, with the columns `COLUMNS` less those of the run.

    Args:
        config: the study.
        networks: see `evaluation_networks`.
        prediction: restored patches (N, 1, H, W) in [0, 1].
        target: clean patches of the same shape.
        test: the same patches with their table.
        metrics: names of metrics of images.
        advance: called with the number of patches measured and the number of all.

    Raises:
        FreqbenchError: if a metric cannot be computed.
    """
    from freqbench.metrics.evaluate import compute_image_metrics

    values = compute_image_metrics(
        metrics,
        prediction,
        target,
        lpips=networks.lpips,
        batch_size=config.evaluation.batch_size,
        advance=advance,
    )
    identity = test.table[["patch_id", "fov", "capture"]]
    tables = [identity.assign(unit="patch", metric=name, value=values[name]) for name in metrics]
    return pd.concat(tables, ignore_index=True)


def _measure(
    config: Config,
    prediction: "torch.Tensor",
    target: "torch.Tensor",
    test: PatchSet,
    advance: Callable[[int, int], None] | None,
) -> "tuple[pd.DataFrame, list[SetDistance]]":
    """Return the metrics of each patch as a tidy table, and the distances between the sets."""
    from freqbench.metrics.contracts import SET_METRICS
    from freqbench.metrics.set_distances import set_distances

    settings = config.evaluation
    networks = evaluation_networks(config, prediction.device)
    images = measure_images(config, networks, prediction, target, test, metrics=settings.metrics, advance=advance)
    features = networks.set_features(prediction, target)
    if features is None or len(prediction) < 2:
        return images, []
    distances = set_distances(
        *features,
        test.table["fov"].to_numpy(),
        SET_METRICS[settings.frechet_features],
        samples=settings.bootstrap,
        halvings=settings.halvings,
        seed=settings.seed,
    )
    return images, distances
