"""Segment the clean image of every field of view, once: labels, table of nuclei, and how they were made."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from freqbench.config.nuclei import Nuclei, Segmenter, ThresholdSegmenter
from freqbench.data.image_files import read_grey, to_unit_range
from freqbench.data.source import SourceRecord
from freqbench.errors import FreqbenchError
from freqbench.nuclei.labels import Labels

if TYPE_CHECKING:
    import torch

Segment = Callable[[npt.NDArray[np.float32]], Labels]


def build_segmenter(settings: Segmenter, mirror: Path | None, device: "torch.device") -> tuple[Segment, dict[str, Any]]:
    """Return the configured segmenter, and what is recorded of it.

    Args:
        settings: of one segmenter; no other takes its place where it cannot be had.
        mirror: folder in which weights are looked for.
        device: on which a network runs.

    Raises:
        FreqbenchError: if its package or its weights are missing.
    """
    if isinstance(settings, ThresholdSegmenter):
        from importlib import metadata

        from freqbench.nuclei.threshold import segment_by_threshold

        record = {"name": "threshold and watershed", "version": f"scikit-image {metadata.version('scikit-image')}"}
        return lambda image: segment_by_threshold(image, settings), record
    from freqbench.nuclei.cellpose_model import Cellpose

    model = Cellpose(settings, mirror, device)
    return model, model.record


def segment_fields(
    index: pd.DataFrame,
    record: SourceRecord,
    segment: Segment,
    advance: Callable[[int, int], None] | None = None,
) -> dict[str, Labels]:
    """Return the labels of each field of view, from its clean image.

    All captures of a field of view share its clean image, so a nucleus has one number in all of them, and in what
    every method makes of them.

    Args:
        index: manifest of the images.
        record: where they are.
        segment: the segmenter.
        advance: called with the number of fields of view done and the number of all.

    Raises:
        FreqbenchError: if an image cannot be read, or the segmenter returns labels of another size.
    """
    fields = index.drop_duplicates("fov")
    labels: dict[str, Labels] = {}
    for number, field in enumerate(fields.itertuples(), start=1):
        image = to_unit_range(read_grey(record.root / str(field.clean), record.scale))
        found = segment(image)
        if found.shape != image.shape:
            raise FreqbenchError(
                f"{record.root / str(field.clean)}: the segmenter made labels of {found.shape} for an image of "
                f"{image.shape}"
            )
        labels[str(field.fov)] = found
        if advance is not None:
            advance(number, len(fields))
    return labels


def describe(
    settings: Nuclei, segmenter: dict[str, Any], labels: dict[str, Labels], table: pd.DataFrame
) -> dict[str, Any]:
    """Return how nuclei were found and how many: the content of ``segmentation.json``.

    ``by_fov`` holds the number of kept nuclei of every field of view that was segmented, 0 among them.
    """
    reasons = table["excluded"][table["excluded"] != ""].value_counts()
    return {
        "segmenter": segmenter,
        "settings": settings.model_dump(mode="json"),
        "found": len(table),
        "kept": int((table["excluded"] == "").sum()),
        "excluded": {str(reason): int(count) for reason, count in reasons.items()},
        "by_fov": {fov: int(((table["fov"] == fov) & (table["excluded"] == "")).sum()) for fov in labels},
    }
