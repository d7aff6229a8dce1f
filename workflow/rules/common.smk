"""The study, what is known of it before any rule, and what its wildcards may be."""

import os
from functools import wraps
from pathlib import Path

from snakemake.exceptions import WorkflowError

from freqbench.averaging.summary import averaged_runs_of
from freqbench.config import parse_config
from freqbench.config.names import base_name
from freqbench.errors import FreqbenchError
from freqbench.files import sha256_of, write_json
from freqbench.gathered import OF_NUCLEI, OF_PATCHES
from freqbench.image_fit.code import image_fit_code
from freqbench.layout import TABLE_FORMS, Layout
from freqbench.learning_curves.summary import CURVE_CONTROLS
from freqbench.provenance import fingerprint, module_file, source_hash
from freqbench.reporting.matrix_files import matrix_figures, matrix_tables
from freqbench.run import Run, first_runs_of, runs_of, trained_runs_of, trainings_on
from freqbench.sensitivity.code import sensitivity_code
from freqbench.training.code import calibration_code, calibration_table_code, training_code


def read_study():
    """Return the validated study, or stop with one line."""
    origin = ", ".join(str(path) for path in workflow.configfiles) or "--config"
    try:
        study = parse_config(config, origin)
        for method in study.methods:
            training_code(method)
    except FreqbenchError as error:
        raise WorkflowError(str(error)) from None
    check_writable(study.results)
    return study


def check_writable(folder):
    """Stop if the folder of the results cannot be made or written."""
    existing = Path(folder).resolve()
    while not existing.exists():
        existing = existing.parent
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        raise WorkflowError(f"results: {folder} cannot be written ({existing}); name another folder with `results:`")


study = read_study()
layout = Layout.of(study)
logs = layout.root / "logs"
benchmarks = layout.root / "benchmarks"

PHANTOMS = [name for name, dataset in study.datasets.items() if dataset.source.kind == "phantom"]
FETCHED = [name for name in study.datasets if name not in PHANTOMS]
SEGMENTED = [name for name, dataset in study.datasets.items() if dataset.nuclei is not None]
# on the others, those of another data set are tested
TRAINED_SETS = list(study.trained_sets)
TRAINED = [method.name for method in study.methods]
CALIBRATED = [method.name for method in study.methods if method.is_calibrated]
RUNS = [run.identity for dataset in study.datasets for run in runs_of(study, dataset)]
TRAININGS = [run.identity for dataset in study.datasets for run in trainings_on(study, dataset)]
NUCLEUS_METRICS = (layout.nucleus_metrics, layout.nucleus_set_metrics, layout.nucleus_set_left_out)
# what there is one of for a data set, such as its figure, is made from this one
FIRST_SPLIT = 1


def any_of(names):
    """Return a wildcard constraint that matches these names alone, and nothing if there are none."""
    return "|".join(name.replace(".", r"\.") for name in names) or "(?!)"


def write_effective_config():
    """Write the configuration in force, overrides of the command line included, for the commands to read."""
    content = study.model_dump(mode="json")
    if not layout.config.exists() or fingerprint(content) != fingerprint(parse_or_none()):
        write_json(layout.config, content)


def parse_or_none():
    """Return the effective configuration of the last run, None if it is unreadable."""
    from freqbench.files import read_json

    try:
        return read_json(layout.config)
    except FreqbenchError:
        return None


def calibration_keys():
    """Return data set, method and split of all calibrations."""
    return [
        {"dataset": dataset, "method": method.name, "split": split}
        for dataset in TRAINED_SETS
        for method in study.methods_of(dataset)
        if method.is_calibrated
        for split in study.splits_of(dataset)
    ]


wildcard_constraints:
    dataset=any_of(study.datasets),
    method=any_of(study.method_names),
    split=r"\d+",
    seed=r"\d+",
