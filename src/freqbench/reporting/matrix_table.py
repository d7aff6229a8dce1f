"""The matrix: what each loss does with each generator, beside the same generator's baseline."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from freqbench.config import Config
from freqbench.config.names import base_name, beside, generator_part, with_generator
from freqbench.errors import FreqbenchError
from freqbench.evaluation import read_metrics
from freqbench.files import atomic_path
from freqbench.layout import Layout
from freqbench.metrics.contracts import contract_of, label_for
from freqbench.reporting.blocks import Block, Cell, Page, Row, write_page
from freqbench.reporting.collect import read_verdicts
from freqbench.reporting.cost_table import training_costs
from freqbench.reporting.labels import generator_label, method_label, study_notes
from freqbench.reporting.method_rows import metric_order
from freqbench.reporting.numbers import ARROWS, difference_text, number
from freqbench.run import runs_of
from freqbench.statistics.contrasts import BEST

MARKS = {"method": "▲", "baseline": "▼", "undecided": "–"}
COLUMNS = (
    "dataset",
    "metric",
    "loss",
    "generator",
    "baseline",
    "fovs",
    "mean",
    "mean_difference",
    "ci_low",
    "ci_high",
    "p_holm",
    "family_size",
    "better",
    "generator_parameters",
    "seconds_per_iteration",
)
READING = (
    "Each number is the mean difference over fields of view to {baseline} with the same generator, with its 95 % "
    "interval, which no correction widens. ▲ better, ▼ worse, – undecided by the paired t-test over fields of view, of "
    "distances between sets by that of their jackknife: p < {level:g} after Holm's correction over all losses, "
    "generators and metrics of a data set. Undecided does not mean equal. No mark: no test is possible.",
    "What a loss does with each generator stands in its row. Two columns are not tested against each other.",
    "Seconds per iteration: of a training, its start included, mean of the generator's trainings; they depend on the "
    "machine and on what else runs on it.",
)


def write_matrix_table(config: Config) -> None:
    """Write the matrix as CSV (every number), Markdown, HTML and LaTeX.

    Raises:
        FreqbenchError: if the study has one generator, or a tidy file, a manifest or an audit is missing.
    """
    layout, table = Layout.of(config), matrix_values(config)
    with atomic_path(layout.matrix_table("csv")) as temporary:
        table.to_csv(temporary, index=False, float_format="%.9g")
    write_page(layout.matrix_table, matrix_page(config, table))


def matrix_values(config: Config) -> pd.DataFrame:
    """Return one row a data set, metric, loss and generator, with the columns `COLUMNS`.

    The baseline's own rows have its mean over fields of view and no difference.

    Raises:
        FreqbenchError: if the study has one generator, or a file is missing.
    """
    if not config.generators:
        raise FreqbenchError("the study has one generator; a matrix needs several, `generators:`")
    costs = training_costs(config)
    rows = [row | _cost(costs, config, row) for dataset in config.datasets for row in _rows(config, dataset)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def tested_differences(config: Config, dataset: str) -> pd.DataFrame:
    """Return the differences of trained methods to the baseline of their generator, over fields of view and of sets.

    Without the reference among the methods these are the differences to the best baseline of each metric.

    Raises:
        FreqbenchError: if the statistics are missing or damaged.
    """
    table = read_metrics([Layout.of(config).statistics(dataset)])
    kind = config.comparison.reference if config.comparison.reference in set(table["against"]) else BEST
    trained = {method.name for method in config.methods_of(dataset)}
    return table[
        (table["against"] == kind) & table["analysis"].isin(("fov", "set")) & table["method"].isin(trained)
    ].reset_index(drop=True)


def field_means(metrics: pd.DataFrame) -> "pd.Series[float]":
    """Return the mean over fields of view by method and metric; a field has its mean over the runs that test it."""
    by_run = metrics.groupby(["method", "metric", "fov", "split", "seed"], sort=False)["value"].mean()
    by_field = by_run.groupby(["method", "metric", "fov"], sort=False).mean()
    return by_field.groupby(["method", "metric"], sort=False).mean()


def _rows(config: Config, dataset: str) -> Iterator[dict[str, Any]]:
    layout, tested = Layout.of(config), tested_differences(config, dataset)
    references = {beside(config.comparison.reference, method.name) for method in config.methods_of(dataset)}
    runs = [run for run in runs_of(config, dataset) if run.method in references]
    if runs:
        means = field_means(read_metrics([layout.image_metrics(*run.key) for run in runs]))
        for method, metric, mean in means.reset_index().itertuples(index=False):
            yield _place(dataset, metric, method) | {"baseline": method, "mean": mean}
    for row in tested.to_dict("records"):
        kept = ("baseline", "fovs", "mean_difference", "ci_low", "ci_high", "p_holm", "family_size", "better")
        yield _place(dataset, row["metric"], row["method"]) | {key: row[key] for key in kept}


def _place(dataset: str, metric: str, method: str) -> dict[str, Any]:
    place = {"loss": base_name(method), "generator": generator_part(method)}
    return {"dataset": dataset, "metric": metric} | place


def _cost(costs: pd.DataFrame, config: Config, row: dict[str, Any]) -> dict[str, Any]:
    """Return parameters and seconds of an iteration of the trainings of a row."""
    own = costs["method"] == with_generator(row["loss"], row["generator"])
    chosen = costs[own & (costs["dataset"] == config.training_set_of(row["dataset"]))]
    keys = ("generator_parameters", "seconds_per_iteration")
    return {key: chosen[key].astype(float).mean() for key in keys}


def matrix_page(config: Config, table: pd.DataFrame) -> Page:
    """Return the matrix as it is printed.

    Args:
        config: the study.
        table: as `matrix_values` returns it.

    Raises:
        FreqbenchError: if an audit is missing.
    """
    blocks = [
        _block(config, dataset, metric, chosen)
        for dataset in config.datasets
        for metric in metric_order(table["metric"])[0]
        if len(chosen := table[(table["dataset"] == dataset) & (table["metric"] == metric)])
    ]
    blocks.append(_networks(config, table))
    reference = config.comparison.reference
    named = method_label(reference) if table["mean"].notna().any() else "the best baseline of each metric"
    notes = study_notes(config, {dataset: read_verdicts(config, dataset) for dataset in config.datasets})
    notes += [note.format(baseline=named, level=config.comparison.significance) for note in READING]
    return Page(f"Losses and generators, study {config.name}", blocks, notes)


def _block(config: Config, dataset: str, metric: str, table: pd.DataFrame) -> Block:
    cells = {(row["loss"], row["generator"]): _cell(row, metric) for row in table.to_dict("records")}
    rows: list[Row] = [
        (_row_name(config, loss, table), [cells.get((loss, name), Cell("")) for name in config.generators])
        for loss in dict.fromkeys(base_name(method.name) for method in config.methods_of(dataset))
        if any((loss, name) in cells for name in config.generators)
    ]
    contract, fovs = contract_of(metric), table["fovs"].max()
    label = label_for(metric, untrained=config.feature_networks == "untrained")
    unit = f" in {contract.unit}" if contract.unit else ""
    count = "" if pd.isna(fovs) else f", {fovs:.0f} {'field' if fovs == 1 else 'fields'} of view"
    headers = [generator_label(name) for name in config.generators]
    return Block(f"{dataset}: {label} {ARROWS[contract.better]}{unit}{count}", headers, rows, first="Loss")


def _row_name(config: Config, loss: str, table: pd.DataFrame) -> str:
    is_baseline = loss == config.comparison.reference and table["mean"].notna().any()
    return f"{method_label(loss)}: its mean" if is_baseline else method_label(loss)


def _cell(row: dict[Any, Any], metric: str) -> Cell:
    if pd.notna(row["mean"]):
        return Cell(number(row["mean"], metric))
    difference, low, high = (difference_text(row[name], metric) for name in ("mean_difference", "ci_low", "ci_high"))
    interval = "" if pd.isna(row["ci_low"]) else f" ({low} to {high})"
    mark = "" if pd.isna(row["p_holm"]) else MARKS[row["better"]]
    return Cell(f"{difference}{interval}", f" {mark}" if mark else "")


def _networks(config: Config, table: pd.DataFrame) -> Block:
    """Return what each generator costs; the smallest of its trainings counts, without a head for a scale."""
    by_generator = table.groupby("generator")
    parameters, seconds = by_generator["generator_parameters"].min(), by_generator["seconds_per_iteration"].mean()
    rows: list[Row] = [
        ("parameters", [Cell(f"{parameters[name]:,.0f}") for name in config.generators]),
        ("seconds per iteration", [Cell(f"{seconds[name]:.3g}") for name in config.generators]),
    ]
    return Block("The generators", [generator_label(name) for name in config.generators], rows, first="")
