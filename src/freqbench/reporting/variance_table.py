"""The variance table: where scores and differences vary, and how large a study the differences ask for."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from freqbench.config import Config
from freqbench.errors import FreqbenchError
from freqbench.files import atomic_path
from freqbench.layout import Layout
from freqbench.metrics.contracts import contract_of, label_for
from freqbench.reporting.blocks import Block, Cell, Page, write_page
from freqbench.reporting.labels import method_label, study_notes
from freqbench.statistics.planning import COLUMNS as POWER_COLUMNS
from freqbench.statistics.planning import RUNS, STATEMENTS
from freqbench.statistics.power import POWER
from freqbench.statistics.variance import COLUMNS as VARIANCE_COLUMNS
from freqbench.statistics.variance import COMPONENTS

HEADERS = {
    "field": "field of view",
    "split": "split",
    "seed": "seed",
    "patch": "patch",
    "field_run": "field × training",
    "residual": "patch × training",
}
UNKNOWN = Cell("n/a")
NAMES = ("dataset", "metric", "method", "reference", "component", "statement", "sought", "outcome")
"""Columns that are text, also where it is empty or looks like a missing value."""
READING = (
    "Standard deviation of each random effect, in the metric's unit, and its share of the variance of one patch of one "
    "training. A training is a split and a seed. Patch: within a field of view, captures among them, as all trainings "
    "have it. 0: the estimate is 0 or below. n/a: the design cannot estimate it; a column of that alone is left out.",
    "Needed fields of view and trainings: for a difference as large as the observed one, found with a power of "
    "{percent:.0f} % by one two-sided test at {levels}, without Holm's correction. “These networks” is the paired "
    "t-test over fields of view: what moves all fields of one training together is no part of its spread. “Any "
    "training” is the statement about methods: that part then stays however many fields of view there are. never: no "
    "number is enough. n/a: not known from this study.",
    "An observed difference may be far from the true one, and its size decides these numbers: they plan a study, and "
    "say nothing on whether the difference is real. Detectable: what this study's own test over fields of view finds "
    "with that power, whatever was observed.",
)


def write_variance_table(config: Config) -> None:
    """Write variance components and needed sizes as CSV, Markdown, HTML and LaTeX, from their files of each data set.

    The CSV holds the components; those of the needed sizes stay where they are.

    Raises:
        FreqbenchError: if a file is missing or damaged.
    """
    layout = Layout.of(config)
    components, page = variance_page(config)
    with atomic_path(layout.variance_table("csv")) as temporary:
        components.to_csv(temporary, index=False, float_format="%.9g")
    write_page(layout.variance_table, page)


def variance_page(config: Config) -> tuple[pd.DataFrame, Page]:
    """Return the variance components of all data sets, and the table as it is printed.

    Raises:
        FreqbenchError: if a file is missing or damaged.
    """
    layout = Layout.of(config)
    components = _read([layout.variance(name) for name in config.datasets], VARIANCE_COLUMNS)
    plans = _read([layout.power(name) for name in config.datasets], POWER_COLUMNS)
    levels = " / ".join(f"p < {level:g}" for level in sorted(plans["level"].unique()))
    blocks, notes = [], study_notes(config, {})
    for dataset in config.datasets:
        own, planned = (table[table["dataset"] == dataset] for table in (components, plans))
        blocks += [_components(config, own[own["metric"] == metric], dataset) for metric in own["metric"].unique()]
        shown = [_plan(config, planned, dataset, statement) for statement in STATEMENTS if len(planned)]
        blocks += [block for block in shown if block.headers[1:]]
        notes += _limits(own, dataset)
    # a study of one method has no difference to plan for
    reading = READING if len(plans) else READING[:1]
    notes += [note.format(percent=100 * POWER, levels=levels) for note in reading]
    return components, Page(f"Where scores vary, study {config.name}", blocks, notes)


def _read(paths: list[Path], columns: tuple[str, ...]) -> pd.DataFrame:
    tables = []
    for path in paths:
        try:
            # a missing column is an error
            tables.append(pd.read_csv(path, converters=dict.fromkeys(NAMES, str), usecols=list(columns)))
        except (OSError, ValueError) as error:
            raise FreqbenchError(f"{path}: not readable ({error}); run `freqbench variance`") from error
    return pd.concat(tables, ignore_index=True)


def _components(config: Config, rows: pd.DataFrame, dataset: str) -> Block:
    metric = str(rows["metric"].iloc[0])
    shown = []
    for (method, reference), part in rows.groupby(["method", "reference"], sort=False):
        by_name = part.set_index("component")
        shown.append((_name(str(method), str(reference)), [_deviation(by_name.loc[name]) for name in COMPONENTS]))
    unit = contract_of(metric).unit
    caption = f"{dataset}, {_label(config, metric)}{f' in {unit}' if unit else ''}"
    return _without_empty(Block(caption, [HEADERS[name] for name in COMPONENTS], shown))


def _deviation(row: Any) -> Cell:
    if pd.isna(row["sd"]):
        return UNKNOWN
    share = "" if pd.isna(row["share"]) else f" ({100 * row['share']:.0f} %)"
    return Cell(_short(row["sd"]) + share)


def _without_empty(block: Block) -> Block:
    """Return a block without the columns of which nothing is known."""
    kept = [place for place in range(len(block.headers)) if any(cells[place] != UNKNOWN for _, cells in block.rows)]
    rows = [(name, [cells[place] for place in kept]) for name, cells in block.rows]
    return Block(block.caption, [block.headers[place] for place in kept], rows)


def _plan(config: Config, rows: pd.DataFrame, dataset: str, statement: str) -> Block:
    detected = rows[rows["sought"] == "difference"]
    fovs = _counted(int(detected["fovs"].max()), "field")
    headers = ["difference", *([] if statement == "method" else ["detectable"])]
    headers += [f"fields, {_counted(runs, 'training')}" for runs in RUNS]
    headers += [f"trainings, {fovs}", "trainings, any fields"] if statement == "method" else []
    title = {"networks": "these networks", "method": "any training"}[statement]
    shown = []
    chosen = rows[rows["statement"] == statement]
    for (metric, method, reference), part in chosen.groupby(["metric", "method", "reference"], sort=False):
        by_sought = {str(name): found for name, found in part.groupby("sought")}
        fields = by_sought["fovs"]
        cells = [Cell(_signed(fields["difference"].iloc[0]))]
        if statement == "networks":
            cells.append(_by_level(by_sought["difference"], "difference"))
        cells += [_by_level(fields[fields["runs"] == runs], "fovs") for runs in RUNS]
        if statement == "method":
            endless = np.isinf(by_sought["runs"]["fovs"])
            cells += [_by_level(by_sought["runs"][chosen_rows], "runs") for chosen_rows in (~endless, endless)]
        shown.append((f"{_label(config, str(metric))}: {_name(str(method), str(reference))}", cells))
    caption = (
        f"{dataset}, what it takes to find the difference, {title} ({fovs.replace('field', 'test field')} of view)"
    )
    return _without_empty(Block(caption, headers, shown))


def _by_level(rows: pd.DataFrame, column: str) -> Cell:
    """Return the numbers of all levels, the strictest first, in one cell."""
    texts = []
    for row in rows.sort_values("level").to_dict("records"):
        value = float(row[column])
        words = {"unknown": UNKNOWN.text, "not reachable": "never"}
        texts.append(words.get(str(row["outcome"])) or (_short(value) if column == "difference" else f"{value:.0f}"))
    return Cell(texts[0] if len(set(texts)) == 1 else " / ".join(texts))


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _name(method: str, reference: str) -> str:
    return f"{method_label(method)} − {method_label(reference)}" if reference else method_label(method)


def _label(config: Config, metric: str) -> str:
    return label_for(metric, untrained=config.feature_networks == "untrained")


def _short(value: float, digits: int = 2) -> str:
    """Return a number with few digits, as few fields of view do not carry more, and never in powers of ten."""
    if value == 0:
        return "0"
    # rounded first: 0.999 has the digits of 1.0
    place = int(np.floor(np.log10(abs(float(f"{value:.{digits - 1}e}")))))
    return f"{value:.{max(0, digits - 1 - place)}f}"


def _signed(value: float) -> str:
    return ("+" if value > 0 else "") + _short(value, 3)


def _limits(components: pd.DataFrame, dataset: str) -> list[str]:
    """Return what the design of a data set does not tell, and how well it tells the rest."""
    from scipy import stats

    levels = components.groupby("component")["levels"].max()
    if levels.empty:
        return []
    fovs, splits, runs = (int(levels[name]) for name in ("field", "split", "seed"))
    notes = []
    if runs < 2:
        notes.append(
            f"{dataset}: one training of each method. What a training adds is not known, nor how many more are needed; "
            "the field of view and the patch hold their interactions with it."
        )
    elif splits < 2:
        notes.append(f"{dataset}: one split; any training means any on this split.")
    elif runs == splits:
        notes.append(f"{dataset}: one seed; the split holds what the seed adds.")
    if fovs < 2:
        return [*notes, f"{dataset}: one test field of view. How much fields of view differ is not known."]
    low, high = ((fovs - 1) / stats.chi2.ppf(tail, fovs - 1) for tail in (0.975, 0.025))
    return [
        *notes,
        f"{dataset}: from {fovs} fields of view the variance between them, and with it each number of needed "
        f"fields, is known to within a factor of {low:.2g} to {high:.2g} (95 %, if their means are normal).",
    ]
