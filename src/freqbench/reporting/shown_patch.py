"""The patch that the pictures of a data set show, as each method restores it: chosen by a rule, which is stated."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from freqbench.config import Config
from freqbench.data.image_files import to_unit_range
from freqbench.data.patches import read_patches
from freqbench.errors import FreqbenchError
from freqbench.evaluation import read_metrics, read_restored
from freqbench.files import read_json
from freqbench.layout import Layout
from freqbench.metrics.contracts import label_for
from freqbench.reporting.labels import method_label, split_label, study_notes
from freqbench.reporting.regions import Region, deciding_metric, detailed_regions, typical_patch
from freqbench.run import first_runs_of

Image = npt.NDArray[np.float32]


@dataclass(frozen=True)
class ShownPatch:
    """One test patch of the first split with the first seed.

    Attributes:
        title: data set and patch.
        images: the patch by method, in [0, 1]; the clean one, last, is always there.
        captions: its PSNR and SSIM by method, as printed; empty where they were not measured.
        regions: upper left corners of the magnified regions.
        size: width and height of a region in pixels.
        rule: how patch and regions were chosen.
        notes: what a reader must know of the study.
    """

    title: str
    images: dict[str, Image]
    captions: dict[str, str]
    regions: list[Region]
    size: int
    rule: str
    notes: list[str]


def read_shown_patch(config: Config, dataset: str) -> ShownPatch:
    """Choose and read the patch: the median PSNR under the first baseline, and the regions with most detail.

    Raises:
        FreqbenchError: if a file is missing, or restored patches are not finite.
    """
    layout = Layout.of(config)
    runs, split = first_runs_of(config, dataset), config.splits_of(dataset)[0]
    metrics = read_metrics([layout.image_metrics(*run.key) for run in runs])
    test = read_patches(layout, dataset, split).side("test")
    baseline = config.baselines_of(dataset)[0]
    patch = typical_patch(metrics, baseline)
    row = int(np.flatnonzero(test.table["patch_id"] == patch)[0])
    images: dict[str, Image] = {}
    for run in runs:
        path = layout.restored(*run.key)
        images[run.method] = read_restored(path, test)[row]
        if not np.isfinite(images[run.method]).all():
            raise FreqbenchError(f"{path}: {patch} is not finite; run `freqbench restore-patches` again")
    # the paper's order: what came in, what was made of it, what it should be
    images["clean"] = images.pop("clean", to_unit_range(test.clean[row]))
    size = min(config.figures.region_size, *images["clean"].shape)
    regions = detailed_regions(images["clean"], config.figures.regions, size)
    verdict = read_json(layout.audit(dataset, split))["verdict"]
    label = label_for(deciding_metric(metrics), untrained=config.feature_networks == "untrained")
    windows = f"{len(regions)} windows" if len(regions) > 1 else "window"
    return ShownPatch(
        title=f"{dataset}{split_label(config, dataset, split)}: patch {patch.removeprefix(f'{dataset}/')}",
        images=images,
        captions=_captions(metrics, patch),
        regions=regions,
        size=size,
        rule=f"Patch: of {len(test.table)} test patches, that of the median {label} under {method_label(baseline)}. "
        f"Yellow: the {windows} of {size} pixels with the largest mean squared gradient in the clean patch"
        f"{', none over another' if len(regions) > 1 else ''}.",
        notes=study_notes(config, {dataset: {split: verdict}}),
    )


def _captions(metrics: pd.DataFrame, patch: str) -> dict[str, str]:
    chosen = metrics[(metrics["patch_id"] == patch) & metrics["metric"].isin(["psnr", "ssim"])]
    captions: dict[str, list[str]] = {}
    for method, values in chosen.groupby("method"):
        found = dict(zip(values["metric"], values["value"], strict=True))
        shown = [f"{found['psnr']:.2f} dB".replace("inf", "∞")] if "psnr" in found else []
        captions[str(method)] = shown + ([f"SSIM {found['ssim']:.3f}"] if "ssim" in found else [])
    return {method: "  ".join(shown) for method, shown in captions.items()}
