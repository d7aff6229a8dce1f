"""The manifest of a study: how every number in it was made."""

from pathlib import Path
from typing import Any

from freqbench.config import Config
from freqbench.data.patches import patch_arrays
from freqbench.data.source import SourceRecord
from freqbench.errors import FreqbenchError
from freqbench.files import read_json, sha256_of, write_json
from freqbench.layout import TABLE_FORMS, Layout
from freqbench.metrics.contracts import CONTRACTS, SET_METRICS
from freqbench.nuclei.results import NUCLEUS_METRICS, nucleus_results, segmented
from freqbench.provenance import code_version, fingerprint, machine, now, package_versions
from freqbench.reporting.collect import read_verdicts
from freqbench.reporting.labels import worst_verdict
from freqbench.reporting.matrix_files import matrix_figures, matrix_tables
from freqbench.run import trainings_on


def write_manifest(config: Config) -> None:
    """Write ``run.json``: configuration, code, packages, machine, data, trainings, and the hash of each result.

    Raises:
        FreqbenchError: if a file that it describes is missing.
    """
    layout = Layout.of(config)
    tables = (
        layout.table,
        layout.differences_table,
        layout.fov_table,
        layout.cost_table,
        layout.variance_table,
        layout.frc_table,
    )
    of_images = (layout.image_table,) if config.image_table else ()
    outputs = [table(form) for table in (*tables, *of_images, *matrix_tables(config)) for form in TABLE_FORMS]
    figures = (
        *(layout.figure, layout.error_figure, layout.differences_figure, layout.distribution_figure),
        *(layout.tradeoff_figure, layout.residual_figure, layout.frc_figure),
        *((layout.learning_figure,) if config.training.snapshots != "none" else ()),
    )
    of_trainings = (layout.training_figure, layout.sensitivity_figure)
    outputs += [figure(name, suffix) for name in config.datasets for figure in figures for suffix in ("png", "pdf")]
    outputs += [
        figure(name, form) for name in config.trained_sets for figure in of_trainings for form in ("png", "pdf")
    ]
    further = [figure for name in config.datasets for figure in matrix_figures(config, name)]
    outputs += [figure(form) for figure in further for form in ("png", "pdf")]
    numbers = (layout.statistics, layout.variance, layout.power)
    outputs += [path(name) for name in config.datasets for path in numbers]
    for name in config.trained_sets:
        outputs += [layout.sensitivity(name), layout.calibration_table(name, "json")]
    outputs += nucleus_results(config, layout)
    if config.image_fit is not None:
        outputs += [layout.image_fit, layout.image_fit_pictures]
        outputs += [*map(layout.image_fit_table, TABLE_FORMS), *map(layout.image_fit_figure, ("png", "pdf"))]
    inputs = [
        path
        for name in config.datasets
        for split in config.splits_of(name)
        for path in (layout.split(name, split), *_patch_files(layout, name, split))
    ]
    for path in (*inputs, *outputs):
        if not path.is_file():
            raise FreqbenchError(f"{path}: no such file; run the step that makes it first")
    # where results, mirror and images lie is the machine's business, not the study's
    folders: Any = {"results": True, "mirror": True, "datasets": {"__all__": {"source": {"folder"}}}}
    settings = config.model_dump(mode="json", exclude=folders)
    content = {
        "study": config.name,
        "tier": config.tier,
        "written": now(),
        "configuration_sha256": fingerprint(settings),
        "configuration": settings,
        "code": code_version(),
        "packages": package_versions(),
        "machine": machine(),
        "preflight": read_json(layout.preflight),
        "metrics": _metrics(config),
        "data": {name: _data(config, layout, name) for name in config.datasets},
        "nuclei": {name: read_json(layout.segmentation(name)) for name in segmented(config)},
        "calibration": _calibrations(config, layout),
        "trainings": _trainings(config, layout),
        "outputs": {path.relative_to(layout.root).as_posix(): sha256_of(path) for path in outputs},
    }
    write_json(layout.manifest, content)


def _metrics(config: Config) -> dict[str, Any]:
    names = [*config.evaluation.metrics, *SET_METRICS.get(config.evaluation.frechet_features, ())]
    if segmented(config):
        names += [name for name in NUCLEUS_METRICS if name not in names]
    return {
        name: {
            "library": f"{CONTRACTS[name].library} {CONTRACTS[name].version}",
            "settings": CONTRACTS[name].settings,
            "window": CONTRACTS[name].window,
            "data_range": CONTRACTS[name].data_range,
            "better": CONTRACTS[name].better,
            "citation": CONTRACTS[name].citation,
        }
        for name in names
    }


def _data(config: Config, layout: Layout, dataset: str) -> dict[str, Any]:
    record = SourceRecord.read(layout.source(dataset))
    return {
        "description": record.description,
        "licence": record.licence,
        "citation": record.citation,
        "files": len(record.files),
        "files_sha256": fingerprint(record.files),
        "verdict": worst_verdict(read_verdicts(config, dataset)),
        "splits": [_split(layout, dataset, split) for split in config.splits_of(dataset)],
    }


def _split(layout: Layout, dataset: str, split: int) -> dict[str, Any]:
    return {
        "split": split,
        "sides": layout.split(dataset, split).read_text(encoding="utf-8").split()[1:],
        "audit": read_json(layout.audit(dataset, split)),
        "patches": {path.name: sha256_of(path) for path in _patch_files(layout, dataset, split)},
    }


def _patch_files(layout: Layout, dataset: str, split: int) -> tuple[Path, ...]:
    return layout.patch_table(dataset, split), *patch_arrays(layout, dataset, split)


def _calibrations(config: Config, layout: Layout) -> list[dict[str, Any]]:
    keys = [
        (dataset, method.name, split)
        for dataset in config.trained_sets
        for method in config.methods_of(dataset)
        if method.is_calibrated
        for split in config.splits_of(dataset)
    ]
    return [read_json(layout.calibration(*key)) for key in keys]


def _trainings(config: Config, layout: Layout) -> list[dict[str, Any]]:
    keys = [run.key for dataset in config.trained_sets for run in trainings_on(config, dataset)]
    # the settings stand in the configuration above already
    return [
        {name: value for name, value in read_json(layout.training_manifest(*key)).items() if name != "settings"}
        for key in keys
    ]
