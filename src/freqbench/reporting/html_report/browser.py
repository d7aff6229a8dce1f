"""The image browser: patches of each data set as every method restores them, as 8-bit codes that the page shows."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from freqbench.config import Config
from freqbench.data.image_files import to_unit_range
from freqbench.data.patches import read_patches
from freqbench.evaluation import read_metrics, read_restored
from freqbench.layout import Layout
from freqbench.metrics.contracts import contract_of
from freqbench.reporting.grey_scale import display_range
from freqbench.reporting.html_report.embedding import data_uri, encoded_size, grey_webp
from freqbench.reporting.html_report.patch_choice import Choice, choose_patches
from freqbench.reporting.labels import method_label, split_label
from freqbench.run import first_runs_of

Image = npt.NDArray[np.float32]

LARGEST_SIDE = 512
"""Larger patches are shown by their centre."""
MARGIN = 0.5
"""How far the codes reach beyond the shown range, as a share of it: what lies farther is clipped."""
LEVELS = 255


@dataclass(frozen=True)
class Coding:
    """What the codes of a patch mean, the same for all methods.

    Attributes:
        low: value of code 0.
        step: what one code adds.
        black: value that is shown black.
        white: value that is shown white.
    """

    low: float
    step: float
    black: float
    white: float

    def codes(self, image: Image) -> npt.NDArray[np.uint8]:
        """Return an image in codes; what lies beyond them is clipped."""
        return np.asarray(np.clip(np.rint((image - self.low) / self.step), 0, LEVELS), dtype=np.uint8)


@dataclass(frozen=True)
class ShownPatch:
    """A patch of the browser.

    Attributes:
        choice: which patch it is.
        capture: its capture.
        images: restored images (H, W) by method, in the order of the tables.
        clean: its clean image (H, W), which sets the grey scale.
        scores: what stands below each image, by method.
    """

    choice: Choice
    capture: str
    images: dict[str, Image]
    clean: Image
    scores: dict[str, str]


@dataclass(frozen=True)
class ShownDataset:
    """What the browser shows of a data set.

    Attributes:
        name: the data set.
        title: its name, with the split where there are several.
        ranked_by: method and metric by which the patches are ranked.
        patches: in the order of their choice.
        side: largest width and height that is shown, in pixels.
    """

    name: str
    title: str
    ranked_by: str
    patches: tuple[ShownPatch, ...]
    side: int = LARGEST_SIDE


def shown_datasets(config: Config) -> list[ShownDataset]:
    """Return the patches of all data sets that the browser may show: first split, first seed.

    Raises:
        FreqbenchError: if patches, restored patches or metrics are missing.
    """
    return [_shown(config, name) for name in config.datasets]


def fitted(datasets: list[ShownDataset], room: int) -> list[dict[str, Any]]:
    """Return what the page needs of the data sets, within a number of characters.

    As many patches of each data set are kept as fit, the first chosen ones; if one of each is too much, less of it is
    shown.

    Args:
        datasets: all that may be shown.
        room: how many characters the images may take.
    """
    while True:
        encoded = [_encoded(dataset) for dataset in datasets]
        most = max((len(dataset["patches"]) for dataset in encoded), default=0)
        for count in range(most, 0, -1):
            kept = [dataset | {"patches": dataset["patches"][:count]} for dataset in encoded]
            if sum(_size(dataset) for dataset in kept) <= room:
                return [_by_rank(dataset) for dataset in kept]
        if not datasets or datasets[0].side <= 16:
            return []
        datasets = [replace(dataset, side=dataset.side // 2) for dataset in datasets]


def _size(dataset: dict[str, Any]) -> int:
    return sum(encoded_size(image) for patch in dataset["patches"] for image in patch["images"].values())


def _by_rank(dataset: dict[str, Any]) -> dict[str, Any]:
    patches = [
        patch | {"images": {name: data_uri(image) for name, image in patch["images"].items()}}
        for patch in sorted(dataset["patches"], key=lambda patch: int(patch["rank"]))
    ]
    return dataset | {"patches": patches}


def coding_of(images: list[Image], clean: Image) -> Coding:
    """Return the codes of a patch: its shown range, and up to half of it beyond where images have such values.

    Args:
        images: all images of the patch.
        clean: its clean image, whose percentiles are shown black and white.
    """
    black, white = display_range(clean)
    # an even patch has no range of its own
    white = max(white, black + 1 / LEVELS)
    margin = MARGIN * (white - black)
    low = min(black, max(black - margin, min(float(image.min()) for image in images)))
    high = max(white, min(white + margin, max(float(image.max()) for image in images)))
    return Coding(low, (high - low) / LEVELS, black, white)


def _shown(config: Config, name: str) -> ShownDataset:
    layout, runs, split = Layout.of(config), first_runs_of(config, name), config.splits_of(name)[0]
    metrics = read_metrics([layout.image_metrics(*run.key) for run in runs])
    test = read_patches(layout, name, split).side("test")
    baseline = config.baselines_of(name)[0]
    metric = "psnr" if "psnr" in set(metrics["metric"]) else str(metrics["metric"].iloc[0])
    ranked = metrics[(metrics["method"] == baseline) & (metrics["metric"] == metric)]
    choices = choose_patches(ranked[["patch_id", "fov", "value"]])
    places = test.table.reset_index().set_index("patch_id")["index"]
    rows = [int(places[choice.patch_id]) for choice in choices]
    # a method at a time: all of them together may not fit into memory
    restored = {run.method: read_restored(layout.restored(*run.key), test)[rows] for run in runs}
    clean = to_unit_range(test.clean[rows])
    restored.setdefault("clean", clean)
    patches = [
        ShownPatch(
            choice,
            str(test.table["capture"][row]),
            {method: images[place] for method, images in restored.items()},
            clean[place],
            _scores(metrics[metrics["patch_id"] == choice.patch_id]),
        )
        for place, (choice, row) in enumerate(zip(choices, rows, strict=True))
    ]
    ranked_by = f"{contract_of(metric).label} of {method_label(baseline)}"
    return ShownDataset(name, f"{name}{split_label(config, name, split)}", ranked_by, tuple(patches))


def _scores(metrics: pd.DataFrame) -> dict[str, str]:
    """Return PSNR and SSIM of a patch by method, or the first metric where both are missing."""
    present = list(dict.fromkeys(metrics["metric"]))
    wanted = [name for name in ("psnr", "ssim") if name in present] or present[:1]
    texts: dict[str, list[str]] = {}
    for row in metrics[metrics["metric"].isin(wanted)].itertuples():
        contract = contract_of(str(row.metric))
        unit = f" {contract.unit}" if contract.unit else ""
        value = "∞" if np.isinf(float(str(row.value))) else f"{float(str(row.value)):.{contract.digits}f}"
        texts.setdefault(str(row.method), []).append(f"{contract.label} {value}{unit}")
    return {method: ", ".join(parts) for method, parts in texts.items()}


def _encoded(dataset: ShownDataset) -> dict[str, Any]:
    patches = [_encoded_patch(patch, dataset.side) for patch in dataset.patches]
    methods = list(dataset.patches[0].images) if dataset.patches else []
    return {
        "name": dataset.name,
        "title": dataset.title,
        "rankedBy": dataset.ranked_by,
        "methods": [[name, method_label(name)] for name in methods],
        "patches": patches,
    }


def _encoded_patch(patch: ShownPatch, side: int) -> dict[str, Any]:
    height, width = patch.clean.shape
    y, x = max(0, (height - side) // 2), max(0, (width - side) // 2)
    window = (slice(y, y + min(side, height)), slice(x, x + min(side, width)))
    images = {name: image[window] for name, image in patch.images.items()}
    coding = coding_of(list(images.values()), patch.clean)
    return {
        "fov": patch.choice.fov,
        "capture": patch.capture,
        "rank": patch.choice.rank,
        "count": patch.choice.count,
        "isPart": side < max(height, width),
        "low": coding.low,
        "step": coding.step,
        "black": coding.black,
        "white": coding.white,
        "scores": patch.scores,
        "images": {name: grey_webp(coding.codes(image)) for name, image in images.items()},
    }
