"""The table of bias and variance: how much of a method's error averaging over captures would take away."""

from typing import Any

import numpy as np
import pandas as pd

from freqbench.averaging.summary import averaged_runs_of, curves, fewest_captures, parts, read_averaging
from freqbench.config import Config
from freqbench.files import atomic_path
from freqbench.layout import Layout
from freqbench.reporting.averaging_figure import captures_note
from freqbench.reporting.blocks import Block, Cell, Page, Row, write_page
from freqbench.reporting.collect import read_verdicts
from freqbench.reporting.labels import method_label, study_notes
from freqbench.reporting.protocol_notes import fit_bias_notes

READING = (
    "Errors of images in [0, 1]. One capture: root of the mean squared error (MSE) of single restored captures. Mean "
    "of all: that of the mean of all restored captures of a window. Bias: root of the squared bias, the error that "
    "would remain of ever more captures. Noise: root of the variance from capture to capture. Bias and noise squared "
    "add up to the MSE of one capture. Means over fields of view and runs, before the root is taken.",
    "≤ 0: the estimate of the squared bias is not above zero; no bias was found that stands out of the noise.",
    "The squared bias is that of the mean of all captures less the variance over their number, which is unbiased "
    "where captures are independent and the clean image is free of their noise. A clean image that is the mean of the "
    "same N captures, as FMD's is, holds it: then the input's squared bias is expected at minus its variance over N.",
    "Restored images are clamped to [0, 1], as everywhere: where the clean image is near an end, that is a bias, too.",
)


def write_averaging_table(config: Config) -> None:
    """Write bias and variance of all methods on all data sets as CSV, Markdown, HTML and LaTeX.

    Raises:
        FreqbenchError: if a tidy file or an audit is missing.
    """
    layout = Layout.of(config)
    tables = {dataset: read_averaging(config, dataset) for dataset in config.datasets}
    summaries = {dataset: _summary(table) for dataset, table in tables.items()}
    with atomic_path(layout.averaging_table("csv")) as temporary:
        whole = pd.concat([table.assign(dataset=dataset) for dataset, table in summaries.items()], ignore_index=True)
        whole[["dataset", *whole.columns.drop("dataset")]].to_csv(temporary, index=False, float_format="%.9g")
    notes = study_notes(config, {dataset: read_verdicts(config, dataset) for dataset in config.datasets})
    few = {dataset: captures_note(fewest_captures(table)) for dataset, table in tables.items()}
    notes += [f"{dataset}: {note}" for dataset, note in few.items() if note]
    blocks = [_block(config, dataset, table) for dataset, table in summaries.items()]
    page = Page(
        f"Bias and variance of restored captures, study {config.name}",
        blocks,
        [*notes, *READING, *fit_bias_notes(config)],
    )
    write_page(layout.averaging_table, page)


def _summary(table: pd.DataFrame) -> pd.DataFrame:
    """Return one row a method: errors of one capture and of the mean of all, and the parts of the error."""
    errors = curves(table).query("quantity == 'rmse'")
    ends = errors.groupby("method", sort=False)["value"].agg(rmse_of_one="first", rmse_of_mean="last")
    averaged = errors.groupby("method", sort=False)["captures"].max().rename("averaged")
    joined: pd.DataFrame = ends.join(averaged).join(parts(table).set_index("method")).reset_index()
    return joined


def _block(config: Config, dataset: str, table: pd.DataFrame) -> Block:
    averaged = int(table["averaged"].min())
    headers = ["one capture ↓", f"mean of {averaged} ↓", "bias ↓", "noise ↓", "squared bias in the MSE (%)"]
    rows: list[Row] = []
    values: Any = table.set_index("method")
    for method in dict.fromkeys(run.method for run in averaged_runs_of(config, dataset)):
        row = values.loc[method]
        cells = [Cell(f"{row['rmse_of_one']:.4f}"), Cell(f"{row['rmse_of_mean']:.4f}")]
        rows.append((method_label(method), cells + _parts(row)))
    return Block(f"{dataset}: error when restored captures are averaged", headers, rows)


def _parts(row: Any) -> list[Cell]:
    bias, variance = row["squared_bias"], row["variance"]
    if np.isnan(variance):
        return [Cell("n/a")] * 3
    noise = Cell(f"{np.sqrt(variance):.4f}")
    if bias <= 0:
        return [Cell("≤ 0"), noise, Cell("≤ 0")]
    return [Cell(f"{np.sqrt(bias):.4f}"), noise, Cell(f"{100 * bias / (bias + variance):.1f}")]
