"""Everything that is a function: the rules hold none."""

import os
from pathlib import Path

from snakemake.exceptions import WorkflowError

from freqbench.config import parse_config
from freqbench.errors import FreqbenchError
from freqbench.files import sha256_of, write_json
from freqbench.layout import TABLE_FORMS, Layout
from freqbench.provenance import fingerprint, module_file, source_hash
from freqbench.run import Run, first_runs_of, runs_of
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
TRAINED = [method.name for method in study.methods]
CALIBRATED = [method.name for method in study.methods if method.is_calibrated]
RUNS = [run.identity for dataset in study.datasets for run in runs_of(study, dataset)]
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


def settings_of(*sections):
    """Return an input function: a hash of sections of one data set's configuration."""

    def of(wildcards):
        dataset = study.datasets[wildcards.dataset].model_dump(mode="json")
        # how many splits there are changes none of them
        del dataset["split"]["repeats"]
        return fingerprint([dataset[section] for section in sections])

    return of


def source_settings(wildcards):
    """Return a hash of what the images are. Where the mirror lies does not matter: the files are hashed."""
    dataset = study.datasets[wildcards.dataset]
    return fingerprint([dataset.source, dataset.level])


def preflight_settings():
    """Return a hash of all settings that decide whether a study can run."""
    elsewhere = dict.fromkeys(("results", "mirror", "figures", "comparison", "spectra"), True)
    repeats = {"datasets": {"__all__": {"split": {"repeats"}}}}
    return fingerprint(study.model_dump(mode="json", exclude=elsewhere | repeats))


def training_settings_of(wildcards):
    """Return a hash of the settings of one training."""
    from freqbench.training.settings import training_settings

    return fingerprint(training_settings(Run(study, wildcards.dataset, wildcards.method, study.seeds[0])))


def training_code_of(wildcards):
    """Return a hash of the code of one training: the harness and its own loss."""
    return training_code(study.method(wildcards.method))


def calibration_keys():
    """Return data set, method and split of all calibrations."""
    return [
        {"dataset": dataset, "method": method.name, "split": split}
        for dataset in study.datasets
        for method in study.methods_of(dataset)
        if method.is_calibrated
        for split in study.splits_of(dataset)
    ]


def calibrated_methods(name):
    """Return a method and the reference that its weight depends on."""
    return [study.method(name), study.method(study.calibration.reference)]


def calibration_settings_of(wildcards):
    """Return a hash of the settings that one calibration depends on."""
    methods = calibrated_methods(wildcards.method)
    parts = [
        study.generator,
        study.training.crop,
        study.calibration,
        study.feature_networks,
        study.seeds[0],
    ]
    return fingerprint([*methods, *parts, study.datasets[wildcards.dataset].task])


def calibration_code_of(wildcards):
    """Return a hash of the code of one calibration."""
    return calibration_code(*calibrated_methods(wildcards.method))


def calibrations_of(wildcards):
    """Return the calibrations of the first split of a data set."""
    keys = [key for key in calibration_keys() if key["split"] == FIRST_SPLIT]
    return [layout.calibration(**key) for key in keys if key["dataset"] == wildcards.dataset]


def calibration_table_settings_of(wildcards):
    """Return a hash of the settings that one calibration table depends on."""
    parts = [study.generator, study.training.crop, study.training.objective.l1, study.calibration]
    parts += [study.feature_networks, study.seeds[0], study.datasets[wildcards.dataset].task]
    return fingerprint([*study.methods_of(wildcards.dataset), *parts, study.splits_of(wildcards.dataset)])


def calibration_table_code_of(wildcards):
    """Return a hash of the code of one calibration table."""
    return calibration_table_code(*study.methods_of(wildcards.dataset))


def sensitivity_settings_of(wildcards):
    """Return a hash of the settings that the sensitivity on one data set depends on."""
    parts = [study.sensitivity, study.feature_networks, study.datasets[wildcards.dataset].task]
    return fingerprint([*study.methods_of(wildcards.dataset), *parts])


def sensitivity_figure_settings_of(wildcards):
    """Return a hash of the settings that a loss sensitivity figure depends on."""
    return fingerprint([study.tier, study.feature_networks, study.splits_of(wildcards.dataset)])


def calibration_of(wildcards):
    """Return the calibration of a method; one with a weight of its own needs none."""
    if not study.method(wildcards.method).is_calibrated:
        return []
    return layout.calibration(wildcards.dataset, wildcards.method, wildcards.split)


def generator_of(wildcards):
    """Return the weights that restoring needs; a control needs none."""
    if wildcards.method not in TRAINED:
        return []
    return layout.generator(wildcards.dataset, wildcards.method, wildcards.split, wildcards.seed)


def image_metrics_of(wildcards):
    """Return the per-image metrics of all runs on a data set."""
    return [layout.image_metrics(*run.key) for run in runs_of(study, wildcards.dataset)]


def set_metrics_of(wildcards):
    """Return the set metrics of all runs on a data set."""
    runs = runs_of(study, wildcards.dataset)
    return [path(*run.key) for run in runs for path in (layout.set_metrics, layout.set_left_out)]


def comparison_settings_of(wildcards):
    """Return a hash of the settings that one comparison depends on."""
    return fingerprint([study.comparison, study.method_names_of(wildcards.dataset)])


def first_restored_of(wildcards):
    """Return the restored patches that the figure shows."""
    return [layout.restored(*run.key) for run in first_runs_of(study, wildcards.dataset)]


def first_metrics_of(wildcards):
    """Return the metrics of the restored patches that the figure shows."""
    return [layout.image_metrics(*run.key) for run in first_runs_of(study, wildcards.dataset)]


def figure_settings_of(wildcards):
    """Return a hash of the settings that a comparison figure depends on."""
    parts = [study.figures, study.comparison.baselines, study.tier, study.note]
    return fingerprint([*parts, study.splits_of(wildcards.dataset)])


def all_metrics():
    """Return all tidy metric files."""
    return [path(**run) for run in RUNS for path in (layout.image_metrics, layout.set_metrics, layout.set_left_out)]


def all_image_metrics():
    """Return all tidy files of metrics of images."""
    return [layout.image_metrics(**run) for run in RUNS]


def all_audits():
    """Return the leakage audits of all splits."""
    return [layout.audit(dataset, split) for dataset in study.datasets for split in study.splits_of(dataset)]


def metrics_of_leakage():
    """Return the per-image metrics of the methods that are compared for leakage."""
    compared = {
        (dataset, method)
        for pair in study.leakage
        for dataset in (pair.leaking, pair.free)
        for method in study.compared_for_leakage(pair)
    }
    return [layout.image_metrics(**run) for run in RUNS if (run["dataset"], run["method"]) in compared]


def leakage_settings():
    """Return a hash of the settings that the leakage table depends on."""
    parts = [study.leakage, study.comparison, study.name, study.tier, study.note, study.feature_networks]
    return fingerprint([*parts, study.evaluation.frechet_features])


def spectra_of(wildcards):
    """Return the spectra of all runs on a data set."""
    return [layout.spectra(*run.key) for run in runs_of(study, wildcards.dataset)]


def all_spectra():
    """Return the spectra of all runs."""
    return [layout.spectra(**run) for run in RUNS]


def frc_settings_of(wildcards):
    """Return a hash of the settings that the spectra figure of one data set depends on."""
    names = study.method_names_of(wildcards.dataset)
    return fingerprint([names, study.tier, study.spectra, study.datasets[wildcards.dataset].pixel_size])


def frc_files():
    """Return the spectra, their figures and the table of resolutions."""
    figures = [layout.frc_figure(dataset, suffix) for dataset in study.datasets for suffix in ("png", "pdf")]
    return [*all_spectra(), *figures, *(layout.frc_table(form) for form in TABLE_FORMS)]


def fov_table_settings():
    """Return a hash of the settings that the table of the fields of view depends on."""
    parts = [study.name, study.tier, study.note, study.feature_networks, study.evaluation.frechet_features]
    return fingerprint([*parts, {name: study.method_names_of(name) for name in study.datasets}])


def cost_table_settings():
    """Return a hash of the settings that the table of the costs depends on."""
    return fingerprint([study.name, study.tier, study.note, study.seeds, study.method_names])


def nucleus_settings_of(wildcards):
    """Return a hash of the settings that the metrics of the nuclei of one data set depend on."""
    return fingerprint([study.evaluation, study.feature_networks, study.datasets[wildcards.dataset].nuclei])


def nucleus_metrics_of(wildcards):
    """Return the metrics per nucleus, and those of sets of crops, of all runs on a data set."""
    runs = runs_of(study, wildcards.dataset)
    return [path(*run.key) for run in runs for path in NUCLEUS_METRICS]


def all_nucleus_metrics():
    """Return all tidy metric files of the nucleus level."""
    runs = [run for run in RUNS if run["dataset"] in SEGMENTED]
    return [path(**run) for run in runs for path in NUCLEUS_METRICS]


def nuclei_files():
    """Return every file of the nucleus level; none where no data set has nuclei."""
    if not SEGMENTED:
        return []
    found = (layout.nucleus_labels, layout.nuclei, layout.segmentation, layout.nucleus_statistics)
    files = [path(dataset) for dataset in SEGMENTED for path in found]
    figures = [layout.segment_figure(dataset, suffix) for dataset in SEGMENTED for suffix in ("png", "pdf")]
    return [
        *files,
        *figures,
        *all_nucleus_metrics(),
        *map(layout.nuclei_table, TABLE_FORMS),
    ]


def table1_files():
    """Return Table 1 in all its forms."""
    return list(map(layout.table, TABLE_FORMS))


def table_files():
    """Return Table 1, the tables beside it, and the leakage table where there is something to compare."""
    tables = [layout.fov_table, layout.cost_table, *([layout.leakage_table] if study.leakage else [])]
    return table1_files() + variance_tables() + [table(form) for table in tables for form in TABLE_FORMS]


def variance_tables():
    """Return the variance table in all its forms."""
    return [layout.variance_table(form) for form in TABLE_FORMS]


def variance_files():
    """Return the variance components of all data sets, what they ask of a study, and their table."""
    return [path(name) for name in study.datasets for path in (layout.variance, layout.power)] + variance_tables()


def null_simulation_files():
    """Return the simulation of the analyses, and its figure."""
    figures = [layout.null_figure(suffix) for suffix in ("png", "pdf")]
    return [layout.null_simulation, *figures, *(layout.null_table(form) for form in ("md", "html", "tex"))]


def variance_settings_of(wildcards):
    """Return a hash of the settings that the variance components of one data set depend on."""
    return fingerprint([study.comparison.significance, study.method_names_of(wildcards.dataset)])


def variance_table_settings():
    """Return a hash of the settings that the variance table depends on."""
    parts = [study.name, study.tier, study.note, study.feature_networks, study.evaluation.frechet_features]
    return fingerprint([*parts, list(study.datasets)])


def paper_audit_files():
    """Return the audit of printed numbers in all its forms."""
    return [layout.paper_audit(suffix) for suffix in ("csv", "md", "html")]


def published_tables_hash():
    """Return a hash of the printed numbers that come with the package."""
    folder = module_file("freqbench.published").parent
    return fingerprint({path.name: sha256_of(path) for path in sorted(folder.glob("*.csv"))})


def figure_files():
    """Return all figures."""
    figures = []
    for dataset in study.datasets:
        for suffix in ("png", "pdf"):
            figures.append(layout.figure(dataset, suffix))
            figures += [layout.audit_figure(dataset, split, suffix) for split in study.splits_of(dataset)]
    return figures


def sensitivity_files():
    """Return the loss sensitivity figures."""
    return [layout.sensitivity_figure(dataset, suffix) for dataset in study.datasets for suffix in ("png", "pdf")]


def noise_files():
    """Return the noise models and their figures."""
    models = [path(dataset) for dataset in study.datasets for path in (layout.noise, layout.noise_points)]
    return models + [layout.noise_figure(dataset, suffix) for dataset in study.datasets for suffix in ("png", "pdf")]


def calibration_tables():
    """Return the calibration tables in all their forms."""
    return [layout.calibration_table(dataset, suffix) for dataset in study.datasets for suffix in ("json", "csv", "md")]


def training_manifests():
    """Return the manifests of all trainings."""
    return [layout.training_manifest(**run) for run in RUNS if run["method"] in TRAINED]


def study_outputs():
    """Return every file of a study: one that is deleted is missed, and made again with all that follows."""
    data = [
        path(dataset)
        for dataset in study.datasets
        for path in (
            layout.source,
            layout.index,
            layout.exclusions,
            layout.statistics,
            layout.variance,
            layout.power,
        )
    ]
    data += [
        path(dataset, split)
        for dataset in study.datasets
        for split in study.splits_of(dataset)
        for path in (
            layout.split,
            layout.audit,
            layout.mask,
            layout.patch_table,
            layout.noisy_patches,
            layout.clean_patches,
        )
    ]
    calibrations = [layout.calibration(**key) for key in calibration_keys()]
    trainings = [
        path(**run)
        for run in RUNS
        if run["method"] in TRAINED
        for path in (layout.generator, layout.training_log, layout.training_manifest)
    ]
    restored = [layout.restored(**run) for run in RUNS]
    measured = [path(name) for name in study.datasets for path in (layout.sensitivity, layout.sensitivity_manifest)]
    about_losses = [*calibration_tables(), *measured, *sensitivity_files()]
    results = [*all_metrics(), *table_files(), *figure_files(), layout.manifest]
    return [
        layout.preflight,
        *data,
        *noise_files(),
        *nuclei_files(),
        *frc_files(),
        *calibrations,
        *about_losses,
        *trainings,
        *restored,
        *results,
    ]


def closing_words():
    """Return where to look after a successful run; a run of a single target does not make everything."""
    tables = [
        layout.table("html"),
        *(
            table("html")
            for table in (layout.fov_table, layout.cost_table, layout.leakage_table, layout.variance_table)
        ),
        *(path for path in (*calibration_tables(), *nuclei_files(), *frc_files()) if path.suffix == ".md"),
    ]
    figures = [
        path
        for path in (
            *figure_files(),
            *frc_files(),
            *nuclei_files(),
            *sensitivity_files(),
            *noise_files(),
            *null_simulation_files(),
        )
        if path.suffix == ".png"
    ]
    made = [f"  {path}" for path in (*tables, layout.paper_audit("html"), *figures) if path.exists()]
    return "\n".join(["", f"Done with study {study.name}. Look at:", *made])


wildcard_constraints:
    dataset=any_of(study.datasets),
    method=any_of(study.method_names),
    split=r"\d+",
    seed=r"\d+",
