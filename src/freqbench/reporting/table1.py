"""Table 1 of the LFFL paper, rebuilt: methods by metrics, a block for each data set."""

from typing import Any

import pandas as pd

from freqbench.config import CLASSICAL, CONTROLS, Config
from freqbench.config.names import generator_part
from freqbench.files import atomic_path
from freqbench.layout import Layout
from freqbench.metrics.contracts import contract_of, label_for
from freqbench.published.lffl_protocol import METRICS, Unit
from freqbench.reporting.blocks import Block, Cell, Page, write_page
from freqbench.reporting.calibration_table import calibration_notes
from freqbench.reporting.collect import StudyResults, collect, run_means, summarise
from freqbench.reporting.control_checks import control_notes
from freqbench.reporting.labels import METHOD_LABELS, method_label, study_notes, tested_on
from freqbench.reporting.method_rows import method_rows, metric_order
from freqbench.reporting.metric_notes import contract_block, metric_notes
from freqbench.reporting.numbers import ARROWS, with_spread
from freqbench.reporting.published_block import published_block, published_notes
from freqbench.reporting.published_columns import with_published
from freqbench.reporting.repeated_captures import repeated_capture_notes
from freqbench.reporting.set_table import set_block, set_notes
from freqbench.reporting.tuning_notes import tuning_notes

MARKS = {"gain": "▲", "loss": "▼", "": "–"}


def write_table1(config: Config) -> None:
    """Write Table 1 as CSV (every number with its test), Markdown, HTML and LaTeX.

    Raises:
        FreqbenchError: if a tidy file, or the record of a control, is missing.
    """
    results, layout = collect(config), Layout.of(config)
    table = table1(config, results)
    with atomic_path(layout.table("csv")) as temporary:
        table.to_csv(temporary, index=False, float_format="%.9g")
    write_page(layout.table, table1_page(config, results, table))


def table1_page(config: Config, results: StudyResults, table: pd.DataFrame) -> Page:
    """Return Table 1 as it is printed.

    Args:
        config: the study.
        results: its tidy results.
        table: every number, as `table1` returns them.

    Raises:
        FreqbenchError: if a calibration or an audit is missing.
    """
    blocks = [
        block
        for dataset in config.datasets
        for block_for in (block_of, published_block, set_block)
        if (block := block_for(config, table, dataset)) is not None
    ]
    labels = labels_of(table)
    notes = [*study_notes(config, results.verdicts), *repeated_capture_notes(config), *_reading(config, table)]
    notes += [
        *published_notes(config, table),
        *set_notes(config, table),
        *control_notes(config, table),
        *tuning_notes(config),
    ]
    notes += [*calibration_notes(config), *metric_notes(labels)]
    return Page(f"Table 1, study {config.name}", blocks, notes, [contract_block(labels)])


def table1(config: Config, results: StudyResults, unit: Unit = "patch") -> pd.DataFrame:
    """Return every number of the table in one row each.

    Args:
        config: the study.
        results: its tidy results.
        unit: what the metrics of images are measured on.

    Returns:
        The columns of ``summarise``, then ``label``; ``image_level`` and ``fov_level``: whether the method is
        better or worse than the best baseline by each analysis (``gain``, ``loss`` or empty), where
        distances between sets have the second alone; and those that
        `freqbench.reporting.published_columns` adds.
    """
    table = summarise(results)
    table["label"] = [_label(config, metric) for metric in table["metric"]]
    words = {"method": "gain", "baseline": "loss"}
    of_paper = results.statistics[results.statistics["against"] == "best_baseline"]
    for analyses, column in ((["image"], "image_level"), (["fov", "set"], "fov_level")):
        rows = of_paper[of_paper["analysis"].isin(analyses)]
        verdicts = {(row.dataset, row.method, row.metric): str(row.better) for row in rows.itertuples()}
        keys = zip(table["dataset"], table["method"], table["metric"], strict=True)
        table[column] = [words.get(verdicts.get(key, ""), "") for key in keys]
    return with_published(config, table, run_means(results), unit)


def labels_of(table: pd.DataFrame) -> dict[str, str]:
    """Return what the metrics of a table are called, in its order."""
    ordered, _ = metric_order(table["metric"])
    labels = table.groupby("metric")["label"].first()
    return {name: labels[name] for name in ordered}


def _label(config: Config, metric: str) -> str:
    label = label_for(metric, untrained=config.feature_networks == "untrained")
    if metric == "lpips" and config.evaluation.lpips_network == "alex":
        return label.replace("LPIPS", "LPIPS-Alex")
    return label


def block_of(config: Config, table: pd.DataFrame, dataset: str) -> Block:
    """Return the block of a data set, from the numbers that `table1` returns."""
    chosen = table[table["dataset"] == dataset].set_index(["method", "metric"])
    labels = labels_of(chosen.reset_index())
    headers = [f"{label} {ARROWS[contract_of(name).better]}" for name, label in labels.items()]
    rows = method_rows(config, dataset, lambda method: [_cell(chosen, method, metric) for metric in labels])
    seeds = len(config.seeds)
    other = config.datasets[dataset].trained_on
    task = config.datasets[dataset].task + (f"; trained on {other}" if other else "")
    caption = f"{dataset} ({task}; {tested_on(chosen.iloc[0])}; {seeds} {'seed' if seeds == 1 else 'seeds'})"
    return Block(caption, headers, rows, apart=metric_order(labels)[1])


def _cell(chosen: pd.DataFrame, method: str, metric: str) -> Cell:
    if (method, metric) not in chosen.index:
        return Cell("n/a")
    row: Any = chosen.loc[(method, metric)]
    # a mark of the second test alone must not be read as one of the first
    marks = (MARKS[row["image_level"]] + MARKS[row["fov_level"]]).removesuffix(MARKS[""])
    marks = "" if marks == MARKS[""] else marks
    published = ""
    if pd.notna(row["published"]):
        published = row["published"] + ("*" if row["published_significant"] else "")
    return Cell(with_spread(row, metric), marks, published, _is_best(chosen, method, metric))


def _is_best(chosen: pd.DataFrame, method: str, metric: str) -> bool:
    """Return whether no other trained method of its generator has a better mean; controls are landmarks."""
    if method in CONTROLS:
        return False
    means = chosen["mean"].xs(metric, level="metric").drop(labels=list(CONTROLS), errors="ignore")
    means = means[[generator_part(str(name)) == generator_part(method) for name in means.index]]
    best = means.max() if contract_of(metric).better == "higher" else means.min()
    return bool(means[method] == best)


def _reading(config: Config, table: pd.DataFrame) -> list[str]:
    """Return how to read the marks."""
    level = config.comparison.significance
    baselines = ", ".join(METHOD_LABELS.get(name, name) for name in config.comparison.baselines)
    has_sets = any(contract_of(name).level == "set" for name in table["metric"].unique())
    of_sets = ", of distances between sets by that of their jackknife" if has_sets else ""
    same, each = (" with the same generator", " of each generator") if config.generators else ("", "")
    fitted = "fitted to the clean patches, then " if config.evaluation.intensity_fit == "affine" else ""
    notes = [
        f"▲ better, ▼ worse than the best baseline of each metric ({baselines}){same}: the first mark by a paired "
        "t-test over patches, as in the paper, although the captures of one field of view are not independent; the "
        f"second by a paired t-test over fields of view{of_sets}; – undecided. Both p < {level:g} after Holm's "
        "correction.",
        f"Bold: best trained method{each}. Restored images are {fitted}clamped to [0, 1] and not rounded.",
        *_order_note(table),
    ]
    if (table["splits"] > 1).any():
        notes.append(
            "With several splits: ±, standard deviation of the means of all splits and seeds, which holds how much "
            "the test fields of view of the splits differ; in the tests a patch, or a field of view, that several "
            "splits test is one unit with its mean over them."
        )
    if (table["fovs"] < 2).any():
        notes.append("A data set with one test field of view allows no test over fields of view.")
    return [*notes, *below_classical(table)]


def _order_note(table: pd.DataFrame) -> list[str]:
    """Return which columns the paper has, where there are others."""
    ordered, count = metric_order(table["metric"])
    if count is None:
        return []
    names = ", ".join(METRICS[name] for name in ordered[:count])
    return [f"The first columns, {names}, and the first rows are those of the paper's table, in its order."]


def below_classical(table: pd.DataFrame) -> list[str]:
    """Return for each data set which trained methods do not even beat the best classical denoiser."""
    notes = []
    for dataset, rows in table[table["metric"] == "psnr"].groupby("dataset", sort=False):
        means = rows.set_index("method")["mean"]
        classical = means[means.index.isin(CLASSICAL)].dropna()
        if classical.empty:
            continue
        trained = means.drop(labels=list(CONTROLS), errors="ignore")
        below = [method_label(str(name)) for name in trained.index[trained <= classical.max()]]
        if below:
            best = method_label(str(classical.idxmax()))
            notes.append(f"{dataset}: not above the best classical denoiser in PSNR ({best}): {', '.join(below)}.")
    return notes
