"""The differences between methods with their intervals and tests: against the reference, and of every pair."""

from typing import Any

import numpy as np
import pandas as pd

from freqbench.config import Config
from freqbench.evaluation import read_metrics
from freqbench.files import atomic_path
from freqbench.layout import Layout
from freqbench.metrics.contracts import contract_of, label_for
from freqbench.reporting.blocks import Block, Cell, Page, Row, write_page
from freqbench.reporting.collect import read_verdicts
from freqbench.reporting.labels import method_label, study_notes
from freqbench.reporting.method_rows import metric_order
from freqbench.reporting.numbers import ARROWS, difference_text, probability

MARKS = {"method": "▲", "baseline": "▼"}
HEADERS = (
    *("difference", "95 % interval", "effect size"),
    *("p, t over patches", "p, t over fields of view", "p, Wilcoxon over fields of view"),
)
READING = (
    "Difference: of the means over fields of view, the first method less the second, with the interval for new fields "
    "of view and, with several splits or seeds, new trainings. Effect size: mean of the paired differences of the "
    "fields of view over their standard deviation.",
    "p after Holm's correction over all metrics and methods of a data set: t over patches as in the LFFL paper, "
    "although captures of one field of view are not independent; the others over fields of view, for distances "
    "between sets by their jackknife. ▲: the first method is better, ▼: worse, p < {level:g}. Without a mark nothing "
    "is decided; that does not mean equal.",
)


def write_differences_table(config: Config) -> None:
    """Write the tested differences of all data sets as CSV, Markdown, HTML and LaTeX.

    The CSV holds every comparison; the pages those with ``comparison.reference``, and the HTML, to be unfolded, those
    of every pair.

    Raises:
        FreqbenchError: if a tidy file or an audit is missing.
    """
    layout = Layout.of(config)
    table = read_metrics([layout.statistics(dataset) for dataset in config.datasets])
    with atomic_path(layout.differences_table("csv")) as temporary:
        table.to_csv(temporary, index=False, float_format="%.9g")
    write_page(layout.differences_table, differences_page(config, table))


def differences_page(config: Config, table: pd.DataFrame) -> Page:
    """Return the tested differences as they are printed.

    Args:
        config: the study.
        table: the statistics of all data sets.

    Raises:
        FreqbenchError: if an audit is missing.
    """
    blocks, pairs = (_blocks(config, table[table["against"] == kind]) for kind in (config.comparison.reference, "pair"))
    notes = study_notes(config, {dataset: read_verdicts(config, dataset) for dataset in config.datasets})
    notes += [note.format(level=config.comparison.significance) for note in READING]
    notes += _notes(config, table)
    return Page(f"Differences between methods, study {config.name}", blocks or pairs, notes, pairs if blocks else [])


def _blocks(config: Config, table: pd.DataFrame) -> list[Block]:
    return [
        _block(config, dataset, metric, chosen)
        for dataset in config.datasets
        for metric in metric_order(table["metric"])[0]
        if len(chosen := table[(table["dataset"] == dataset) & (table["metric"] == metric)])
    ]


def _block(config: Config, dataset: str, metric: str, table: pd.DataFrame) -> Block:
    rows: list[Row] = []
    pairs: Any = table.groupby(["method", "baseline"], sort=False)
    for (method, baseline), tests in pairs:
        name = f"{method_label(method)} − {method_label(baseline)}"
        rows.append((name, _cells(tests.set_index("analysis"), metric)))
    contract = contract_of(metric)
    label = label_for(metric, untrained=config.feature_networks == "untrained")
    unit = f" in {contract.unit}" if contract.unit else ""
    count = int(table["fovs"].max())
    caption = (
        f"{dataset}: {label} {ARROWS[contract.better]}{unit} ({count} {'field' if count == 1 else 'fields'} of view)"
    )
    return Block(caption, list(HEADERS), rows, first="Methods")


def _cells(tests: Any, metric: str) -> list[Cell]:
    fields = tests.loc["set" if "set" in tests.index else "fov"]
    difference, low, high = (difference_text(fields[name], metric) for name in ("mean_difference", "ci_low", "ci_high"))
    effect_size, wilcoxon = fields["effect_size"], fields["wilcoxon_p_holm"]
    over_patches = Cell("")
    if "image" in tests.index:
        patches = tests.loc["image"]
        over_patches = Cell(probability(patches["p_holm"]), MARKS.get(patches["better"], ""))
    return [
        Cell(difference),
        Cell("n/a" if np.isnan(fields["ci_low"]) else f"{low} to {high}"),
        Cell("" if np.isnan(effect_size) else f"{effect_size:+.2f}"),
        over_patches,
        Cell(probability(fields["p_holm"]), MARKS.get(fields["better"], "")),
        Cell("" if np.isnan(wilcoxon) else probability(wilcoxon)),
    ]


def _notes(config: Config, table: pd.DataFrame) -> list[str]:
    """Return the remarks on tests that were not possible, each once a data set."""
    notes = []
    for dataset in config.datasets:
        chosen = table[(table["dataset"] == dataset) & (table["against"] != "best_baseline")]
        remarks = dict.fromkeys(part for note in chosen["note"].dropna() for part in str(note).split("; ") if part)
        notes += [f"{dataset}: {remark}." for remark in remarks]
    return notes
