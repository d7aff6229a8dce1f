"""What the trainings of a study took: time, memory, parameters, and energy where the device reports it."""

from typing import Any

import pandas as pd

from freqbench.config import Config
from freqbench.config.names import generator_part
from freqbench.files import atomic_path, read_json
from freqbench.layout import Layout
from freqbench.reporting.blocks import Block, Cell, Page, Row, write_page
from freqbench.reporting.labels import method_label, tier_notes
from freqbench.reporting.method_rows import method_groups
from freqbench.run import trainings_on

COLUMNS = (
    "dataset",
    "method",
    "split",
    "seed",
    "device",
    "iterations",
    "parts",
    "wall_seconds",
    "seconds_per_iteration",
    "peak_memory_mib",
    "peak_gpu_allocated_mib",
    "peak_gpu_reserved_mib",
    "energy_joules",
    "generator_parameters",
    "discriminator_parameters",
)
NETWORKS = ("generator", "discriminator")
HEADERS = (
    "trainings",
    "iterations each",
    "time each",
    "time, all",
    "s per iteration",
    "peak memory, MiB",
    "peak GPU memory, MiB",
    "generator parameters",
    "energy, all",
)
MISSING = "not reported"
READING = (
    "From the manifests of the trainings alone; restoring and evaluating are not counted. Time: from start to end, "
    "reading and setting up included; it depends on the machine and on what else runs on it. Peak memory: the largest "
    "resident memory of the process; peak GPU memory: what tensors take. Of several trainings: means of the times, "
    "the largest memory.",
    "Energy: of the whole GPU during the training, by its own counter; not reported on a CPU, without the package "
    "nvidia-ml-py, or by a GPU that counts none. The rest of the machine is not in it.",
)


def write_cost_table(config: Config) -> None:
    """Write what the trainings took as CSV, one row a training, and Markdown, HTML and LaTeX, one row a method.

    Raises:
        FreqbenchError: if the manifest of a training is missing.
    """
    layout = Layout.of(config)
    table = training_costs(config)
    with atomic_path(layout.cost_table("csv")) as temporary:
        table.to_csv(temporary, index=False, float_format="%.9g")
    write_page(layout.cost_table, cost_page(config, table))


def cost_page(config: Config, table: pd.DataFrame) -> Page:
    """Return what the trainings took as it is printed.

    Args:
        config: the study.
        table: as `training_costs` returns it.
    """
    blocks = [_block(config, table, dataset) for dataset in config.trained_sets]
    notes = [*tier_notes(config), _study_sum(table), *_scale_heads(table), *_resumed(table), *READING]
    return Page(f"What the trainings took, study {config.name}", blocks, notes)


def training_costs(config: Config) -> pd.DataFrame:
    """Return one row a training, with the columns `COLUMNS`; what a manifest does not report is missing.

    Raises:
        FreqbenchError: if a manifest is missing.
    """
    layout = Layout.of(config)
    runs = [run for dataset in config.datasets for run in trainings_on(config, dataset)]
    rows = []
    for run in runs:
        manifest = read_json(layout.training_manifest(*run.key))
        parameters = manifest.get("parameters", {})
        networks = {f"{name}_parameters": parameters.get(name) for name in NETWORKS}
        rows.append({name: manifest.get(name) for name in COLUMNS} | run.identity | networks)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def duration(seconds: float) -> str:
    """Return a time in a unit that suits it."""
    if seconds < 120:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.1f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def energy(joules: "pd.Series[float]") -> str:
    """Return the sum of energies in watt hours, and of how many trainings where some report none."""
    known = joules.dropna()
    if known.empty:
        return MISSING
    partial = f" ({len(known)} of {len(joules)})" if len(known) < len(joules) else ""
    return f"{known.sum() / 3600:.3g} Wh{partial}"


def _block(config: Config, table: pd.DataFrame, dataset: str) -> Block:
    chosen = table[table["dataset"] == dataset]
    rows: list[Row] = []
    for heading, methods in method_groups(config, dataset).items():
        trained = [name for name in methods if name in set(chosen["method"])]
        rows += [(heading, [])] if heading and trained else []
        rows += [(method_label(name), _cells(chosen[chosen["method"] == name])) for name in trained]
    if chosen["method"].nunique() > 1:
        rows += [("Together", []), ("All methods", _cells(chosen))]
    devices = "; ".join(dict.fromkeys(chosen["device"]))
    return Block(f"{dataset}, trained on {devices}", list(HEADERS), rows)


def _cells(rows: pd.DataFrame) -> list[Cell]:
    gpu = rows["peak_gpu_allocated_mib"].astype(float).max()
    texts = (
        str(len(rows)),
        _range(rows["iterations"]),
        duration(rows["wall_seconds"].mean()),
        duration(rows["wall_seconds"].sum()),
        f"{rows['seconds_per_iteration'].mean():.3g}",
        f"{rows['peak_memory_mib'].max():,.0f}",
        "–" if pd.isna(gpu) else f"{gpu:,.0f}",
        _range(rows["generator_parameters"]),
        energy(rows["energy_joules"]),
    )
    return [Cell(text) for text in texts]


def _range(values: "pd.Series[Any]") -> str:
    known = values.dropna()
    if known.empty:
        return MISSING
    low, high = int(known.min()), int(known.max())
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def _study_sum(table: pd.DataFrame) -> str:
    seconds = duration(table["wall_seconds"].sum())
    spent = energy(table["energy_joules"])
    return f"The study: {len(table)} trainings, {seconds} in all; energy: {spent}."


def _scale_heads(table: pd.DataFrame) -> list[str]:
    """Return which methods trained a generator with more weights than others had."""
    counts = table.dropna(subset=["generator_parameters"]).groupby("method", sort=False)["generator_parameters"].max()
    further = counts - counts.groupby([generator_part(str(name)) for name in counts.index]).transform("min")
    return [
        f"{method_label(str(name))}: {int(count):,} parameters more than the smallest of its generator, those of the "
        "head that predicts a scale in the training; what restores has the same parameters for all methods."
        for name, count in further[further > 0].items()
    ]


def _resumed(table: pd.DataFrame) -> list[str]:
    """Return which trainings were interrupted, and what their numbers then are."""
    resumed = table[table["parts"].astype(float) > 1]
    if resumed.empty:
        return []
    names = ", ".join(
        f"{method_label(str(row.method))} on {row.dataset}, split {row.split}, seed {row.seed} ({row.parts:.0f} parts)"
        for row in resumed.itertuples()
    )
    return [
        f"Interrupted and resumed: {names}. Time and energy are the sums over the parts, without what a part that "
        "ended of itself did after its last saved state."
    ]
