"""The segmentation of one data set of a study: read, made, written."""

from collections.abc import Callable

import pandas as pd

from freqbench.config import Config
from freqbench.config.nuclei import Nuclei
from freqbench.data.index import check_has_clean_images, read_index
from freqbench.data.source import SourceRecord
from freqbench.errors import FreqbenchError
from freqbench.files import write_json
from freqbench.layout import Layout
from freqbench.mirror import mirror_folder
from freqbench.nuclei.labels import write_labels
from freqbench.nuclei.segment import build_segmenter, describe, segment_fields
from freqbench.nuclei.table import nuclei_table, write_nuclei


def nuclei_settings(config: Config, dataset: str) -> Nuclei:
    """Return what the configuration says of the nuclei of a data set.

    Raises:
        FreqbenchError: if there is no such data set, or nothing is said.
    """
    if dataset not in config.datasets:
        raise FreqbenchError(f"data set {dataset}: not in the configuration; there are {', '.join(config.datasets)}")
    settings = config.datasets[dataset].nuclei
    if settings is None:
        raise FreqbenchError(
            f"datasets.{dataset}: has no `nuclei`; name a segmenter there to measure nuclei, such as "
            "`nuclei: {segmenter: {kind: threshold, diameter: 40}, min_area: 200}`"
        )
    return settings


def segment_dataset(config: Config, dataset: str, advance: Callable[[int, int], None] | None = None) -> pd.DataFrame:
    """Find the nuclei of all fields of view, and write labels, table and record, the record last.

    Args:
        config: the study.
        dataset: a data set with `nuclei` in the configuration.
        advance: called with the number of fields of view done and the number of all.

    Returns:
        The table of nuclei, as `freqbench.nuclei.table.nuclei_table` makes it.

    Raises:
        FreqbenchError: if the segmenter cannot be had, an image cannot be read, or no nucleus is left to measure.
    """
    from freqbench.device import claim_device

    settings, layout = nuclei_settings(config, dataset), Layout.of(config)
    index, record = read_index(layout.index(dataset)), SourceRecord.read(layout.source(dataset))
    check_has_clean_images(index)
    device = claim_device(config.evaluation.device)
    segment, described = build_segmenter(settings.segmenter, mirror_folder(config.mirror), device)
    labels = segment_fields(index, record, segment, advance)
    table = nuclei_table(labels, settings)
    if not (table["excluded"] == "").any():
        raise FreqbenchError(
            f"datasets.{dataset}.nuclei: of {len(table)} objects found in {len(labels)} fields of view none is left to "
            "measure; check `segmenter.diameter` and `min_area` with `freqbench segment-image`"
        )
    write_labels(labels, layout.nucleus_labels(dataset))
    write_nuclei(table, layout.nuclei(dataset))
    write_json(layout.segmentation(dataset), describe(settings, described, labels, table))
    return table
