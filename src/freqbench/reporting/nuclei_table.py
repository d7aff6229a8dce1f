"""The table of the nucleus level, beside Table 1: methods by metrics, a block for each data set with nuclei."""

from dataclasses import replace

import pandas as pd

from freqbench.config import Config
from freqbench.errors import FreqbenchError
from freqbench.evaluation import read_metrics, stacked
from freqbench.files import atomic_path, read_json
from freqbench.gathered import read_gathered
from freqbench.layout import Layout
from freqbench.nuclei.results import segmented
from freqbench.reporting.blocks import Block, Page, write_page
from freqbench.reporting.collect import StudyResults, image_means, per_method, read_verdicts, tested_patches
from freqbench.reporting.labels import study_notes, tested_on
from freqbench.reporting.metric_notes import contract_block, metric_notes
from freqbench.reporting.published_block import published_block, published_notes
from freqbench.reporting.table1 import block_of, labels_of, table1


def write_nuclei_table(config: Config) -> None:
    """Write the table as CSV (every number with its test), Markdown, HTML and LaTeX.

    Raises:
        FreqbenchError: if no data set of the study has nuclei, or a tidy file is missing.
    """
    layout = Layout.of(config)
    table, page = nuclei_page(config)
    with atomic_path(layout.nuclei_table("csv")) as temporary:
        table.to_csv(temporary, index=False, float_format="%.9g")
    write_page(layout.nuclei_table, page)


def nuclei_page(config: Config) -> tuple[pd.DataFrame, Page]:
    """Return every number of the nucleus level, and the table as it is printed.

    Raises:
        FreqbenchError: if no data set of the study has nuclei, or a tidy file is missing.
    """
    datasets = segmented(config)
    if not datasets:
        raise FreqbenchError("datasets: none has `nuclei`, so there is no table of them")
    results, nuclei = _collect(config, datasets)
    table = table1(config, results, "nucleus")
    table.insert(list(table.columns).index("n") + 1, "nuclei", table["dataset"].map(nuclei))
    blocks = [
        block
        for dataset in datasets
        for block_for in (_block, published_block)
        if (block := block_for(config, table, dataset)) is not None
    ]
    labels = labels_of(table)
    notes = [*_notes(config, datasets, results), *published_notes(config, table), *metric_notes(labels)]
    return table, Page(f"Nucleus level, study {config.name}", blocks, notes, [contract_block(labels)])


def _collect(config: Config, datasets: tuple[str, ...]) -> "tuple[StudyResults, pd.Series[int]]":
    """Return the results on nuclei, and the number of different nuclei of each data set."""
    layout = Layout.of(config)
    means, patches, nuclei = per_method(config, datasets, "nuclei", image_means, tested_patches, _different)
    results = StudyResults(
        means,
        patches,
        stacked([read_gathered(config, dataset, "nucleus_sets") for dataset in datasets]),
        read_metrics([layout.nucleus_statistics(dataset) for dataset in datasets]),
        {dataset: read_verdicts(config, dataset) for dataset in datasets},
    )
    return results, _different(nuclei).groupby("dataset").size()


def _different(metrics: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of different nuclei, each once for all its captures."""
    columns = ["dataset", "fov", "nucleus"]
    return metrics[columns].drop_duplicates()


def _block(config: Config, table: pd.DataFrame, dataset: str) -> Block:
    first = table[table["dataset"] == dataset].iloc[0]
    tested = tested_on(first, f"crops of {first['nuclei']} nuclei in")
    caption = f"{dataset}, per nucleus ({config.datasets[dataset].task}; {tested})"
    return replace(block_of(config, table, dataset), caption=caption)


def _notes(config: Config, datasets: tuple[str, ...], results: StudyResults) -> list[str]:
    notes = study_notes(config, results.verdicts)
    layout = Layout.of(config)
    for dataset in datasets:
        made = read_json(layout.segmentation(dataset))
        segmenter, excluded = made["segmenter"], made["excluded"]
        weights = (
            f", weights {segmenter['weights']} {segmenter['weights_sha256'][:8]}" if "weights" in segmenter else ""
        )
        words = ", ".join(f"{reason} {count}" for reason, count in excluded.items()) or "none"
        notes.append(
            f"{dataset}: nuclei found by {segmenter['name']} ({segmenter['version']}{weights}) in the clean images, "
            f"train and test: {made['found']}; excluded: {words}. A nucleus counts where its whole crop lies in a test "
            "patch."
        )
    notes.append(
        "Crops: bounding boxes with a margin. FID or FD over the crops, resized to one size; not comparable with that "
        "of patches. LPIPS is one of patches: see Table 1."
    )
    level = config.comparison.significance
    notes.append(
        "Marks as in Table 1, the first over nuclei in captures, which are not independent, the second over fields of "
        f"view; both p < {level:g} after Holm's correction."
    )
    return notes
