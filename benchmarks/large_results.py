"""Made-up results of a study: every file that its statistics and tables read, with values drawn at random."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from freqbench.config import CLASSICAL, Config
from freqbench.evaluation import COLUMNS, LEFT_OUT_COLUMNS, SET_COLUMNS
from freqbench.files import write_json, write_text
from freqbench.layout import Layout
from freqbench.metrics.contracts import SET_METRICS
from freqbench.run import Run, runs_of

FIELDS, TESTED, PATCHES = 20, 12, 50
"""Fields of view of a data set, those that a split tests, and patches of each: 600 patches a run, as of FMD."""
SPREAD = {"method": 0.1, "field": 1.0, "patch": 0.5, "run": 0.2, "residual": 0.1}
"""Standard deviations of the effects that a value is the sum of."""


def write_large_results(config: Config) -> int:
    """Write metrics of all runs, audits, calibrations and records of controls; return the rows of image metrics."""
    layout, rows = Layout.of(config), 0
    write_json(layout.config, config.model_dump(mode="json"))
    for number, dataset in enumerate(config.datasets):
        rng = np.random.default_rng(number)
        fields = rng.normal(0, SPREAD["field"], FIELDS)
        patches = rng.normal(0, SPREAD["patch"], (FIELDS, PATCHES))
        methods = dict.fromkeys(config.method_names_of(dataset), 0.0)
        methods = {name: rng.normal(0, SPREAD["method"]) for name in methods}
        tested = {split: np.sort(rng.permutation(FIELDS)[:TESTED]) for split in config.splits_of(dataset)}
        beginnings = {split: _beginnings(config, dataset, chosen) for split, chosen in tested.items()}
        for split in tested:
            write_json(layout.audit(dataset, split), {"verdict": "clean", "pairs": []})
        for run in runs_of(config, dataset):
            chosen = tested[run.split]
            base = 30 + methods[run.method] + rng.normal(0, SPREAD["run"]) + fields[chosen, None] + patches[chosen]
            values = base + rng.normal(0, SPREAD["residual"], (len(config.evaluation.metrics), TESTED, PATCHES))
            rows += _write_run(run, beginnings[run.split], values, [str(field + 1) for field in chosen])
        _write_records(config, dataset)
    return rows


def _beginnings(config: Config, dataset: str, fields: Sequence[int]) -> list[str]:
    """Return the rows of a run from the patch to the metric."""
    return [
        f"{dataset}/raw/{field + 1}/capture_{patch:03d}#0,{field + 1},capture_{patch:03d},patch,{metric}"
        for metric in config.evaluation.metrics
        for field in fields
        for patch in range(PATCHES)
    ]


def _write_run(run: Run, beginnings: list[str], values: "np.ndarray", fields: list[str]) -> int:
    layout, identity = run.layout, ",".join(map(str, run.key))
    lines = [f"{identity},{head},{value:.9g}" for head, value in zip(beginnings, values.ravel(), strict=True)]
    _write(layout.image_metrics(*run.key), COLUMNS, lines)
    names = SET_METRICS[run.config.evaluation.frechet_features]
    whole = float(values.mean())
    sets = [
        f"{identity},{name},{TESTED * PATCHES},{whole:.9g},{whole - 1:.9g},{whole + 1:.9g},"
        f"{TESTED * PATCHES // 2},{whole:.9g},{whole / 2:.9g}"
        for name in names
    ]
    _write(layout.set_metrics(*run.key), SET_COLUMNS, sets)
    without = values.mean(axis=(0, 2))
    left_out = [
        f"{identity},{name},{field},{whole + (whole - mean) / TESTED:.9g}"
        for name in names
        for field, mean in zip(fields, without, strict=True)
    ]
    _write(layout.set_left_out(*run.key), LEFT_OUT_COLUMNS, left_out)
    return len(lines)


def _write(path: Path, columns: Sequence[str], lines: list[str]) -> None:
    write_text(path, "\n".join([",".join(columns), *lines, ""]))


def _write_records(config: Config, dataset: str) -> None:
    """Write what the tables read beside the metrics."""
    layout = Layout.of(config)
    for method in config.methods_of(dataset):
        for split in config.splits_of(dataset) if method.is_calibrated else ():
            weights = {"untrained": 2.0, "input": 6.0}
            write_json(layout.calibration(dataset, method.name, split), {"weight_by_state": weights})
    for name in config.controls_of(dataset):
        for split in config.splits_of(dataset):
            tuned = {"parameters": {"sigma": 1.0}, "at_end_of_grid": []} if name in CLASSICAL else {}
            identity = {"dataset": dataset, "method": name, "split": split, "seed": 0}
            write_json(layout.control_record(dataset, name, split, 0), identity | tuned)
