"""The leakage table: each method's score on a leaking and on a leakage-free split, and what is owed to the leak."""

from typing import Any

import pandas as pd

from freqbench.config import CONTROLS, Config
from freqbench.files import atomic_path, read_json
from freqbench.gathered import read_gathered
from freqbench.layout import Layout
from freqbench.metrics.contracts import contract_of, label_for
from freqbench.reporting.blocks import Block, Cell, Page, write_page
from freqbench.reporting.labels import method_label, study_notes
from freqbench.statistics.leakage import COLUMNS, owed_to_leakage

READING = (
    "Owed to leakage: gain of a method from the leakage-free to the leaking split, less that of the degraded image, "
    "which takes out that two splits may test other parts of a field of view; positive where the leak flatters. Mean "
    "over test fields of view with its 95 % interval, by bootstrap over them; shared: only those that show pixels of "
    "a train field of view. ▲ where p < {level:g} in a paired t-test over fields of view after Holm's correction.",
    "Where the leakage-free split leaves train fields of view out, what is owed to fewer training images counts as "
    "leakage. Where it masks, the networks are the same and only the tested area differs. Classical filters, "
    "which learn a strength alone, are a check: what their rows show is not leakage.",
)


def write_leakage_table(config: Config) -> None:
    """Write the leakage table as CSV, Markdown, HTML and LaTeX.

    Raises:
        FreqbenchError: if a tidy file or an audit is missing.
    """
    layout = Layout.of(config)
    table, page = leakage_page(config)
    with atomic_path(layout.leakage_table("csv")) as temporary:
        table.to_csv(temporary, index=False, float_format="%.9g")
    write_page(layout.leakage_table, page)


def leakage_page(config: Config) -> tuple[pd.DataFrame, Page]:
    """Return what the scores owe to leakage, tidy and as it is printed.

    Raises:
        FreqbenchError: if a tidy file or an audit is missing.
    """
    layout = Layout.of(config)
    tables, blocks, notes = [], [], []
    for pair in config.leakage:
        methods = config.compared_for_leakage(pair)
        leaking, free = (read_gathered(config, name, "images", methods) for name in (pair.leaking, pair.free))
        shared = _shared_fields(config, layout, pair.leaking)
        table = owed_to_leakage(leaking, free, shared, config)
        tables.append(table)
        blocks += [_block(config, table, metric) for metric in config.evaluation.metrics if len(table)]
        notes += _pair_notes(table, pair.leaking, pair.free, shared)
    everything = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=list(COLUMNS))
    reading = [note.format(level=config.comparison.significance) for note in READING]
    notes = [*study_notes(config, {}), *notes, *reading]
    return everything, Page(f"What scores owe to leakage, study {config.name}", blocks, notes)


def _shared_fields(config: Config, layout: Layout, dataset: str) -> set[str]:
    """Return the fields of view that, where they test, show pixels of a train field of view."""
    audits = [read_json(layout.audit(dataset, split)) for split in config.splits_of(dataset)]
    return {pair["test"] for audit in audits for pair in audit["pairs"] if pair["kind"] == "same area"}


def _block(config: Config, table: pd.DataFrame, metric: str) -> Block:
    chosen = table[table["metric"] == metric]
    by_fields = {name: rows.set_index("method") for name, rows in chosen.groupby("fields")}
    contract = contract_of(metric)
    digits = contract.digits
    label = label_for(metric, untrained=config.feature_networks == "untrained")
    headers = ["leaking", "leakage-free", "owed to leakage", "95 % interval"]
    headers += ["owed, shared", "95 % interval"] if "shared" in by_fields else []
    rows = []
    for method in by_fields["all"].index:
        row: Any = by_fields["all"].loc[method]
        cells = [Cell(f"{row['mean_leaking']:.{digits}f}"), Cell(f"{row['mean_free']:.{digits}f}")]
        for fields in by_fields.values():
            cells += _owed(fields.loc[method], digits, config.comparison.significance)
        rows.append((method_label(str(method)), cells))
    first: Any = chosen.iloc[0]
    counts = {name: int(rows["fovs"].max()) for name, rows in by_fields.items()}
    unit = f" in {contract.unit}" if contract.unit else ""
    noun = "field" if counts["all"] == 1 else "fields"
    caption = (
        f"{label}{unit} ({contract.better} is better), {first['leaking']} and {first['free']}: "
        f"{counts['all']} test {noun} of view in both"
    )
    return Block(caption + (f", {counts['shared']} of them shared" if "shared" in counts else ""), headers, rows)


def _owed(row: Any, digits: int, level: float) -> list[Cell]:
    if pd.isna(row["owed"]):
        return [Cell("n/a"), Cell("n/a")]
    significant = pd.notna(row["p_holm"]) and row["p_holm"] < level
    marks = ("▲" if row["owed"] > 0 else "▼") if significant else ""
    low, high, owed = (_signed(row[name], digits) for name in ("ci_low", "ci_high", "owed"))
    return [Cell(owed, marks), Cell("n/a" if pd.isna(row["ci_low"]) else f"{low} to {high}")]


def _signed(value: float, digits: int) -> str:
    # what rounds to zero has no sign of its own
    return f"{round(value, digits) + 0.0:+.{digits}f}"


def _pair_notes(table: pd.DataFrame, leaking: str, free: str, shared: set[str]) -> list[str]:
    if table.empty:
        return [f"{leaking} and {free} test no field of view in common: nothing can be compared."]
    notes = []
    if not shared:
        notes.append(f"{leaking}: the audit finds no test field of view that shows pixels of a train field of view.")
    trained = table[(table["fields"] == "all") & ~table["method"].isin(CONTROLS)]
    for metric, rows in trained.groupby("metric", sort=False):
        label = contract_of(str(metric)).label
        ascending = contract_of(str(metric)).better == "lower"
        orders = [
            list(rows.sort_values(column, ascending=ascending, kind="stable")["method"])
            for column in ("mean_leaking", "mean_free")
        ]
        if orders[0] != orders[1]:
            with_leak, without = (", ".join(method_label(name) for name in order) for order in orders)
            notes.append(f"{label}: best to worst with leakage {with_leak}; without {without}.")
    return notes
