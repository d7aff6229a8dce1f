"""The mean of each test field of view: the units of the tests over fields of view, and how much they differ."""

import re
from typing import Any

import numpy as np
import pandas as pd

from freqbench.config import CONTROLS, Config
from freqbench.files import atomic_path
from freqbench.gathered import read_method
from freqbench.layout import Layout
from freqbench.metrics.contracts import contract_of, label_for
from freqbench.reporting.blocks import Block, Cell, Page, Row, write_page
from freqbench.reporting.collect import read_verdicts
from freqbench.reporting.labels import method_label, study_notes
from freqbench.reporting.method_rows import method_groups, metric_order
from freqbench.reporting.numbers import ARROWS, number

KEY = ["dataset", "fov", "method", "metric"]
READING = (
    "Mean of each test field of view over its captures and patches, the seeds, and the splits that test it: a patch "
    "has its mean over seeds and splits first. These are the units of the tests over fields of view. N: patches. "
    "Bold: best trained method of the field. PSNR ∞: equal to the clean image.",
    "Distances between sets have no value for one field of view.",
)


def write_fov_table(config: Config) -> None:
    """Write the mean of each field of view as CSV, Markdown, HTML and LaTeX.

    Raises:
        FreqbenchError: if a tidy file or an audit is missing.
    """
    layout = Layout.of(config)
    means = study_fov_means(config)
    with atomic_path(layout.fov_table("csv")) as temporary:
        means.to_csv(temporary, index=False, float_format="%.9g")
    write_page(layout.fov_table, fov_page(config, means))


def fov_page(config: Config, means: pd.DataFrame) -> Page:
    """Return the means of the fields of view as they are printed.

    Args:
        config: the study.
        means: as `fov_means` returns them.

    Raises:
        FreqbenchError: if an audit is missing.
    """
    blocks = [
        _block(config, chosen, dataset, metric)
        for dataset in config.datasets
        for metric in metric_order(means["metric"])[0]
        if len(chosen := means[(means["dataset"] == dataset) & (means["metric"] == metric)])
    ]
    notes = study_notes(config, {dataset: read_verdicts(config, dataset) for dataset in config.datasets})
    return Page(f"Fields of view, study {config.name}", blocks, [*notes, *READING])


def study_fov_means(config: Config) -> pd.DataFrame:
    """Return `fov_means` of a whole study. A method at a time is in memory.

    Raises:
        FreqbenchError: if a tidy file is missing or damaged.
    """
    parts = [
        fov_means(read_method(config, dataset, method, "images"))
        for dataset in config.datasets
        for method in config.method_names_of(dataset)
    ]
    return in_order_of_fields(pd.concat(parts, ignore_index=True))


def fov_means(images: pd.DataFrame) -> pd.DataFrame:
    """Return one row a data set, field of view, method and metric.

    Args:
        images: tidy metrics of images.

    Returns:
        Columns ``dataset, fov, method, metric, n, captures, splits, seeds, mean, run_sd``: ``n`` is the number of
        patches, ``run_sd`` the standard deviation of the means of the runs, NaN with one run. Infinite values are
        left out; a mean without a finite value is NaN. Fields of view are in the order of their numbers.
    """
    finite = images.assign(value=images["value"].replace(np.inf, np.nan))
    by_patch = finite.groupby([*KEY, "patch_id"], sort=False)["value"].mean()
    by_run = finite.groupby([*KEY, "split", "seed"], sort=False)["value"].mean()
    counts = finite.groupby(KEY, sort=False).agg(
        n=("patch_id", "nunique"),
        captures=("capture", "nunique"),
        splits=("split", "nunique"),
        seeds=("seed", "nunique"),
    )
    table = counts.assign(mean=by_patch.groupby(KEY).mean(), run_sd=by_run.groupby(KEY).std()).reset_index()
    return in_order_of_fields(table)


def in_order_of_fields(table: pd.DataFrame) -> pd.DataFrame:
    """Return rows by data set, as they come, and field of view, in the order of their numbers; others stay in turn."""
    places = {name: place for place, name in enumerate(dict.fromkeys(table["dataset"]))}
    order = sorted(
        range(len(table)), key=lambda row: (places[table["dataset"][row]], natural(str(table["fov"][row])), row)
    )
    return table.iloc[order].reset_index(drop=True)


def natural(name: str) -> list[tuple[int, int, str]]:
    """Return a key that sorts names as a reader would: 2 before 10, and numbers before words."""
    parts = re.findall(r"\d+|\D+", name)
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts]


def _block(config: Config, means: pd.DataFrame, dataset: str, metric: str) -> Block:
    groups = method_groups(config, dataset)
    methods = [name for names in groups.values() for name in names]
    wide: Any = means.pivot_table(index="fov", columns="method", values="mean", sort=False, dropna=False)
    wide = wide.reindex(index=list(dict.fromkeys(means["fov"])), columns=methods)
    counts = means.groupby("fov")["n"].max()
    rows: list[Row] = [(fov, [Cell(str(counts[fov])), *_cells(wide.loc[fov], metric)]) for fov in wide.index]
    if len(wide) > 1:
        spread = [Cell("–" if pd.isna(value) else number(value, metric)) for value in wide.std()]
        rows.append((f"Over the {len(wide)} fields of view", []))
        rows.append(("Mean", [Cell(""), *_cells(wide.mean(), metric)]))
        rows.append(("Standard deviation", [Cell(""), *spread]))
    label = label_for(metric, untrained=config.feature_networks == "untrained")
    contract = contract_of(metric)
    unit = f" in {contract.unit}" if contract.unit else ""
    first = groups.get("", [])
    return Block(
        f"{dataset}: {label} {ARROWS[contract.better]}{unit}, by field of view",
        ["N", *(method_label(name) for name in methods)],
        rows,
        first="Field of view",
        apart=1 + len(first) if first and len(first) < len(methods) else None,
    )


def _cells(values: Any, metric: str) -> list[Cell]:
    trained = values.drop(labels=list(CONTROLS), errors="ignore")
    best = trained.max() if contract_of(metric).better == "higher" else trained.min()
    return [
        Cell(number(value, metric), best=str(method) not in CONTROLS and value == best)
        for method, value in values.items()
    ]
