"""Measure the sensitivity of the losses on the patches of a data set, and write it as a tidy file."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from freqbench.config import Config
from freqbench.data.image_files import to_unit_range
from freqbench.data.patches import PatchSet, patch_arrays, read_patches
from freqbench.device import claim_device
from freqbench.errors import FreqbenchError
from freqbench.files import atomic_path, sha256_of, write_json
from freqbench.layout import Layout
from freqbench.losses.windows import radial_hann
from freqbench.provenance import code_version, machine, now, package_versions
from freqbench.run import check_trains
from freqbench.sensitivity.gradient_spectrum import gradient_spectrum
from freqbench.sensitivity.low_pass import cutoffs, low_pass_losses, normalised
from freqbench.sensitivity.probes import probes

COLUMNS = ("dataset", "patch_id", "loss", "quantity", "frequency", "value")


def measure_sensitivity(config: Config, dataset: str, advance: Callable[[int, int], None] | None = None) -> None:
    """Write what each loss makes of low-passed clean patches, and the spectrum of its gradient at noisy ones.

    The file has one row a patch, loss, quantity and frequency (cycles per pixel). ``low_pass`` is the loss
    between a clean patch behind the FRC paper's Hann window and its low-passed copy, scaled to [0, 1] over
    the cut-offs; ``gradient`` is the radial power spectrum of the gradient at the noisy patch, scaled to a
    mean of 1. Both are computed in float64; the feature network computes in float32. Of several splits the
    first is measured.

    Args:
        config: the study.
        dataset: name of the data set.
        advance: called with the number of losses done and the number of all.

    Raises:
        FreqbenchError: if the data set or its patches do not exist, or a loss has no finite value.
    """
    if dataset not in config.datasets:
        raise FreqbenchError(f"data set {dataset}: not in the configuration; there are {', '.join(config.datasets)}")
    check_trains(config, dataset)
    layout, split = Layout.of(config), config.splits_of(dataset)[0]
    device = claim_device(config.evaluation.device)
    chosen = _spread(read_patches(layout, dataset, split).side("train"), config.sensitivity.patches)
    noisy, clean = (_tensor(pixels, device) for pixels in (chosen.noisy, chosen.clean))
    height, width = clean.shape[-2:]
    windowed = clean * radial_hann(height, width, like=clean)
    cutoff = cutoffs(height, width, config.sensitivity.cutoffs)
    rows: list[tuple[object, ...]] = []
    measured = probes(config, dataset)
    for number, probe in enumerate(measured, start=1):
        loss = probe.loss.to(device)
        for place, patch in enumerate(chosen.table["patch_id"]):
            one = slice(place, place + 1)
            curves = {
                "low_pass": (cutoff, normalised(low_pass_losses(loss, windowed[one], cutoff))),
                "gradient": _counted(gradient_spectrum(loss, noisy[one], clean[one])),
            }
            for quantity, (frequencies, values) in curves.items():
                if not np.isfinite(values).all():
                    raise FreqbenchError(f"{probe.label}: the {quantity} curve of {patch} is not finite")
                pairs = zip(frequencies, values, strict=True)
                rows += [(dataset, patch, probe.label, quantity, f / min(height, width), v) for f, v in pairs]
        if advance is not None:
            advance(number, len(measured))
    with atomic_path(layout.sensitivity(dataset)) as temporary:
        pd.DataFrame(rows, columns=list(COLUMNS)).to_csv(temporary, index=False, float_format="%.6g")
    write_json(layout.sensitivity_manifest(dataset), _manifest(config, dataset, split, chosen))


def _manifest(config: Config, dataset: str, split: int, chosen: PatchSet) -> dict[str, Any]:
    """Return how the file was made."""
    layout = Layout.of(config)
    return {
        "study": config.name,
        "dataset": dataset,
        "split": split,
        "written": now(),
        "settings": config.sensitivity.model_dump(),
        "feature_networks": config.feature_networks,
        "patches": chosen.table["patch_id"].tolist(),
        "patches_sha256": {path.name: sha256_of(path) for path in patch_arrays(layout, dataset, split)},
        "code": code_version(),
        "packages": package_versions(),
        "machine": machine(),
        "sha256": sha256_of(layout.sensitivity(dataset)),
    }


def _spread(patches: PatchSet, number: int) -> PatchSet:
    """Return that many patches, spread evenly over the fields of view."""
    rows = np.unique(np.linspace(0, len(patches.table) - 1, min(number, len(patches.table))).round().astype(int))
    return PatchSet(patches.table.iloc[rows], patches.noisy[rows], patches.clean[rows])


def _tensor(pixels: np.ndarray, device: torch.device) -> Tensor:
    return torch.from_numpy(to_unit_range(np.asarray(pixels))).double()[:, None].to(device)


def _counted(power: Tensor) -> tuple[list[int], list[float]]:
    """Return the middle of each ring in cycles per shorter side, and its value."""
    return list(range(1, len(power) + 1)), power.tolist()
