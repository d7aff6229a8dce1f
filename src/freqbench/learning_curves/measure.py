"""Restore test patches with the generators that a training has kept on its way, and measure them."""

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd

from freqbench.config import Config
from freqbench.data.image_files import to_unit_range
from freqbench.data.patches import PatchSet, read_patches
from freqbench.device import claim_device
from freqbench.errors import FreqbenchError
from freqbench.evaluation import evaluation_networks, measure_images, write_metrics
from freqbench.restoration import apply_generator
from freqbench.restored_files import as_measured, check_finite
from freqbench.run import Run
from freqbench.training.snapshots import find_snapshots

GOLDEN = (math.sqrt(5) - 1) / 2
COLUMNS = ("dataset", "method", "split", "seed", "iteration", "patch_id", "fov", "metric", "value")


def measure_learning_curve(run: Run, advance: Callable[[int, int], None] | None = None) -> None:
    """Write metrics of test patches after each iteration whose generator the training has kept.

    The patches are restored, fitted, clamped and measured as `freqbench restore-patches` and `freqbench evaluate` do
    it, so that the last point is what these find of the last weights. Nothing is chosen by the values.

    Args:
        run: a trained method on a data set; one that is `trained_on` another takes that one's generators.
        advance: called with the number of generators measured and the number of all.

    Raises:
        FreqbenchError: if the method is a control, the training has kept no generators, files are missing or do not
            belong together, an output is not finite, or a metric cannot be computed.
    """
    import torch

    if run.is_control:
        raise FreqbenchError(f"method {run.method}: is a control, which learns nothing; name a trained method")
    folder = run.layout.snapshots(*run.trained.key)
    kept = find_snapshots(folder)
    if not kept:
        raise FreqbenchError(
            f"{folder}: no generators of this training's way; set `training.snapshots: powers_of_two` and train"
        )
    config, metrics = run.config, run.config.learning_metrics
    # without features of sets, which an LPIPS network would otherwise keep of every image
    only_images = {"metrics": metrics, "frechet_features": "none"}
    narrowed = config.model_copy(update={"evaluation": config.evaluation.model_copy(update=only_images)})
    test = chosen_patches(config, read_patches(run.layout, run.dataset, run.split).side("test"))
    noisy = to_unit_range(test.noisy)
    device = claim_device(config.evaluation.device)
    networks = evaluation_networks(narrowed, device)
    clean = to_unit_range(test.clean)
    target = torch.from_numpy(clean).unsqueeze(1).to(device)
    tables = []
    for number, (iteration, weights) in enumerate(kept.items(), start=1):
        outputs = apply_generator(run, noisy, weights=weights)
        check_finite(outputs, weights, f"train {run.method} again")
        restored = as_measured(outputs, clean, config.evaluation.intensity_fit)
        prediction = torch.from_numpy(restored).unsqueeze(1).to(device)
        values = measure_images(narrowed, networks, prediction, target, test, metrics=metrics)
        tables.append(values.assign(iteration=iteration))
        if advance is not None:
            advance(number, len(kept))
    table = pd.concat(tables, ignore_index=True).assign(**run.identity)
    write_metrics(table, COLUMNS, run.layout.learning_curve(*run.key))


def chosen_patches(config: Config, test: PatchSet) -> PatchSet:
    """Return the test patches of the learning curves: at most `learning_curves.patches`, alike for all methods."""
    number = config.learning_curves.patches
    rows = spread_rows(test.table["fov"].to_numpy(), len(test.table) if number is None else number)
    return PatchSet(test.table.iloc[rows].reset_index(drop=True), test.noisy[rows], test.clean[rows])


def spread_rows(fovs: npt.NDArray[np.object_], number: int) -> npt.NDArray[np.intp]:
    """Return rows that are spread over the fields of view, rising.

    The fields take turns until the number is reached, so that their shares differ by one at most unless one has no
    more. Within a field the step from one row to the next is near the golden section of their number and has no
    divisor in common with it: every other pattern, such as every fourth row, could fall in with the number of windows
    of a capture, and take the same windows of each.

    Args:
        fovs: field of view of each row, (N,).
        number: of rows wanted; all are returned where there are no more.
    """
    fields = {fov: np.flatnonzero(fovs == fov) for fov in dict.fromkeys(fovs)}
    shares = dict.fromkeys(fields, 0)
    left = min(number, len(fovs))
    while left:
        for fov in [fov for fov, rows in fields.items() if shares[fov] < len(rows)][:left]:
            shares[fov] += 1
            left -= 1
    chosen = [rows[np.arange(shares[fov]) * _step(len(rows)) % len(rows)] for fov, rows in fields.items()]
    return np.sort(np.concatenate(chosen))


def _step(count: int) -> int:
    """Return the whole number from the golden section of another on that has no divisor in common with it."""
    return next(step for step in range(round(count * GOLDEN), 2 * count + 2) if math.gcd(step, count) == 1)
