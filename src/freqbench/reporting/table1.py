"""Table 1 of the LFFL paper, rebuilt: methods by metrics, a block for each data set."""

from typing import Any

import numpy as np
import pandas as pd

from freqbench.config import CONTROLS, Config
from freqbench.files import atomic_path
from freqbench.layout import Layout
from freqbench.metrics.contracts import CONTRACTS, contract_of, label_for
from freqbench.published.lffl_table import published_table1
from freqbench.reporting.blocks import Block, Cell, write_blocks
from freqbench.reporting.calibration_table import calibration_notes
from freqbench.reporting.collect import StudyResults, collect, summarise
from freqbench.reporting.labels import METHOD_LABELS, method_label, study_notes, tested_on
from freqbench.reporting.set_table import set_block, set_notes

PAPER_ORDER = ("psnr", "ssim", "lpips", "fid", "kid", "fd_vgg16", "kd_vgg16", "fsim", "gmsd")
"""The columns of the paper's Table 1, each distance between sets in the place of its FID; others follow."""

ARROWS = {"higher": "↑", "lower": "↓"}
MARKS = {"gain": "▲", "loss": "▼", "": "–"}


def write_table1(config: Config) -> None:
    """Write Table 1 as CSV (every number with its test), Markdown and HTML.

    Raises:
        FreqbenchError: if a tidy file is missing.
    """
    results, layout = collect(config), Layout.of(config)
    table = table1(config, results)
    with atomic_path(layout.table("csv")) as temporary:
        table.to_csv(temporary, index=False, float_format="%.9g")
    pairs = [(block_of(config, table, dataset), set_block(config, table, dataset)) for dataset in config.datasets]
    blocks = [block for pair in pairs for block in pair if block]
    notes = [*study_notes(config, results.verdicts), *_reading(config, table), *set_notes(config, table)]
    notes += calibration_notes(config)
    write_blocks(layout.table, f"Table 1, study {config.name}", blocks, notes)


def table1(config: Config, results: StudyResults) -> pd.DataFrame:
    """Return every number of the table in one row each.

    Returns:
        The columns of ``summarise``, then ``label``; ``image_level`` and ``fov_level``: whether the method is
        better or worse than the best baseline by each analysis (``gain``, ``loss`` or empty); ``published``
        and ``published_significant``: the paper's number as printed and its asterisk, where the data set stands
        for one of the paper's.
    """
    table = summarise(results)
    table["label"] = [_label(config, metric) for metric in table["metric"]]
    best = results.statistics[results.statistics["against"] == "best_baseline"]
    verdicts = {(row.dataset, row.method, row.metric, row.analysis): row.better for row in best.itertuples()}
    words = {"method": "gain", "baseline": "loss"}
    for analysis, column in (("image", "image_level"), ("fov", "fov_level")):
        keys = zip(table["dataset"], table["method"], table["metric"], strict=True)
        table[column] = [words.get(str(verdicts.get((*key, analysis))), "") for key in keys]
    return _with_published(config, table)


def _label(config: Config, metric: str) -> str:
    label = label_for(metric, untrained=config.feature_networks == "untrained")
    if metric == "lpips" and config.evaluation.lpips_network == "alex":
        return label.replace("LPIPS", "LPIPS-Alex")
    return label


def _with_published(config: Config, table: pd.DataFrame) -> pd.DataFrame:
    names = {name: dataset.published_as for name, dataset in config.datasets.items() if dataset.published_as}
    published = published_table1()[["dataset", "method", "metric", "value", "significant"]]
    published = published.assign(metric=published["metric"].str.lower())
    if config.evaluation.lpips_network != "vgg":  # the paper's LPIPS is that of VGG
        published = published[published["metric"] != "lpips"]
    published.columns = pd.Index(["published_as", "method", "metric", "published", "published_significant"])
    table = table.assign(published_as=table["dataset"].map(names).astype(object))
    merged = table.merge(published, on=["published_as", "method", "metric"], how="left")
    return merged.drop(columns="published_as")


def block_of(config: Config, table: pd.DataFrame, dataset: str) -> Block:
    """Return the block of a data set, from the numbers that `table1` returns."""
    chosen = table[table["dataset"] == dataset].set_index(["method", "metric"])
    order = dict.fromkeys((*PAPER_ORDER, *CONTRACTS))
    metrics = [name for name in order if name in chosen.index.get_level_values("metric")]
    labels = chosen["label"].groupby(level="metric").first()
    headers = [f"{labels[name]} {ARROWS[contract_of(name).better]}" for name in metrics]
    rows = []
    for method in config.method_names_of(dataset):
        cells = [_cell(chosen, method, metric) for metric in metrics]
        rows.append((method_label(method), cells))
    seeds = len(config.seeds)
    caption = (
        f"{dataset} ({config.datasets[dataset].task}; {tested_on(chosen.iloc[0])}; "
        f"{seeds} {'seed' if seeds == 1 else 'seeds'})"
    )
    return Block(caption, headers, rows)


def _cell(chosen: pd.DataFrame, method: str, metric: str) -> Cell:
    if (method, metric) not in chosen.index:
        return Cell("n/a")
    row: Any = chosen.loc[(method, metric)]
    text = _number(row["mean"], metric)
    if row["splits"] * row["seeds"] > 1 and pd.notna(row["run_sd"]):
        text += f" ± {_number(row['run_sd'], metric)}"
    # a mark of the second test alone must not be read as one of the first
    marks = (MARKS[row["image_level"]] + MARKS[row["fov_level"]]).removesuffix(MARKS[""])
    marks = "" if marks == MARKS[""] else marks
    published = ""
    if pd.notna(row["published"]):
        published = row["published"] + ("*" if row["published_significant"] else "")
    return Cell(text, marks, published, _is_best(chosen, method, metric))


def _is_best(chosen: pd.DataFrame, method: str, metric: str) -> bool:
    """Return whether no other trained method has a better mean: controls are landmarks, not competitors."""
    if method in CONTROLS:
        return False
    means = chosen["mean"].xs(metric, level="metric").drop(labels=list(CONTROLS), errors="ignore")
    best = means.max() if contract_of(metric).better == "higher" else means.min()
    return bool(means[method] == best)


def _number(value: float, metric: str) -> str:
    if np.isnan(value):
        # a mean over no finite value: only the PSNR of identical images is infinite
        return "∞" if metric == "psnr" else "n/a"
    return f"{value:.{contract_of(metric).digits}f}"


def _reading(config: Config, table: pd.DataFrame) -> list[str]:
    """Return how to read the marks."""
    level = config.comparison.significance
    baselines = ", ".join(METHOD_LABELS.get(name, name) for name in config.comparison.baselines)
    notes = [
        f"▲ better, ▼ worse than the best baseline of each metric ({baselines}): the first mark by a paired t-test "
        "over patches, as in the paper, although the captures of one field of view are not independent; the second "
        f"by a paired t-test over fields of view; – undecided. Both p < {level:g} after Holm's correction.",
        "Bold: best trained method. Restored images are clamped to [0, 1] and not rounded.",
    ]
    if (table["splits"] > 1).any():
        notes.append(
            "With several splits: ±, standard deviation of the means of all splits and seeds, which holds how much "
            "the test fields of view of the splits differ; in the tests a patch, or a field of view, that several "
            "splits test is one unit with its mean over them."
        )
    if (table["fovs"] < 2).any():
        notes.append("A data set with one test field of view allows no test over fields of view.")
    if table["published"].notna().any():
        notes.append("In parentheses: Table 1 of the LFFL paper; its asterisk marks a difference, not a gain.")
    return [*notes, *_below_gaussian(table)]


def _below_gaussian(table: pd.DataFrame) -> list[str]:
    """Return for each data set which trained methods do not even beat the Gaussian filter."""
    notes = []
    for dataset, rows in table[table["metric"] == "psnr"].groupby("dataset", sort=False):
        means = rows.set_index("method")["mean"]
        trained = means.drop(labels=list(CONTROLS), errors="ignore")
        below = [method_label(str(name)) for name in trained.index[trained <= means.get("gaussian", -np.inf)]]
        if below:
            notes.append(f"{dataset}: not above the Gaussian filter in PSNR: {', '.join(below)}.")
    return notes
