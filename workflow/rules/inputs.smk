"""Which files a step reads, where the study decides on them."""


def calibrations_of(wildcards):
    """Return the calibrations of the first split of a data set."""
    keys = [key for key in calibration_keys() if key["split"] == FIRST_SPLIT]
    return [layout.calibration(**key) for key in keys if key["dataset"] == wildcards.dataset]


def calibration_of(wildcards):
    """Return the calibration of a method; one with a weight of its own needs none."""
    if not study.method(wildcards.method).is_calibrated:
        return []
    return layout.calibration(wildcards.dataset, wildcards.method, wildcards.split)


def shared_calibration_of(wildcards):
    """Return the calibration whose measurement a multiple of the same weight shares."""
    source = study.measured_for(wildcards.dataset, wildcards.method)
    return [] if source == wildcards.method else layout.calibration(wildcards.dataset, source, wildcards.split)


def generator_of(wildcards):
    """Return the weights that restoring needs."""
    trained_on = study.training_set_of(wildcards.dataset)
    return layout.generator(trained_on, wildcards.method, wildcards.split, wildcards.seed)


def snapshots_of(wildcards):
    """Return the generators that the training has kept on its way."""
    trained_on = study.training_set_of(wildcards.dataset)
    return layout.snapshots(trained_on, wildcards.method, wildcards.split, wildcards.seed)


def learning_curves_of(wildcards):
    """Return the learning curves of all trainings that a data set tests."""
    return [layout.learning_curve(*run.key) for run in trained_runs_of(study, wildcards.dataset)]


def curve_controls_of(wildcards):
    """Return the metrics of the controls that stand as lines beside the learning curves of a data set."""
    runs = [run for run in runs_of(study, wildcards.dataset) if run.method in CURVE_CONTROLS]
    return [layout.image_metrics(*run.key) for run in runs]


def averaging_of(wildcards):
    """Return the errors of means of captures of all runs on a data set whose captures are independent."""
    return [layout.averaging(*run.key) for run in averaged_runs_of(study, wildcards.dataset)]


def all_averaging():
    """Return the errors of means of captures of all runs whose captures are independent."""
    return [layout.averaging(*run.key) for dataset in study.datasets for run in averaged_runs_of(study, dataset)]


def tuned_on(wildcards):
    """Return the patches that a control is tuned on, where they are those of another data set."""
    trained_on = study.training_set_of(wildcards.dataset)
    if trained_on == wildcards.dataset:
        return []
    paths = (layout.patch_table, layout.noisy_patches, layout.clean_patches)
    return [path(trained_on, wildcards.split) for path in paths]


def trained_beside(wildcards):
    """Return what the audit must know of the data set whose generators are tested on this one."""
    trained_on = study.training_set_of(wildcards.dataset)
    if trained_on == wildcards.dataset:
        return []
    return [layout.source(trained_on), layout.index(trained_on), layout.split(trained_on, wildcards.split)]


def tidy_files_of(wildcards, path):
    """Return the files of one kind of all runs on a data set."""
    return [path(*run.key) for run in runs_of(study, wildcards.dataset)]


def gathered(*kinds):
    """Return the gathered metrics of these kinds of a data set."""
    return [layout.gathered("{dataset}", kind) for kind in kinds]


def all_gathered(*kinds, datasets=tuple(study.datasets)):
    """Return the gathered metrics of these kinds of all data sets."""
    return [layout.gathered(dataset, kind) for dataset in datasets for kind in kinds]


def first_restored_of(wildcards):
    """Return the restored patches that the figure shows."""
    return [layout.restored(*run.key) for run in first_runs_of(study, wildcards.dataset)]


def first_metrics_of(wildcards):
    """Return the metrics of the restored patches that the figure shows."""
    return [layout.image_metrics(*run.key) for run in first_runs_of(study, wildcards.dataset)]


def training_logs_of(wildcards):
    """Return the logs of all trainings on a data set."""
    return [layout.training_log(**run) for run in TRAININGS if run["dataset"] == wildcards.dataset]


def training_manifests_of(wildcards):
    """Return the manifests of all trainings on a data set."""
    return [layout.training_manifest(**run) for run in TRAININGS if run["dataset"] == wildcards.dataset]


def all_metrics():
    """Return all tidy metric files."""
    return [path(**run) for run in RUNS for path in (layout.image_metrics, layout.set_metrics, layout.set_left_out)]


def control_records():
    """Return how each control was made."""
    return [layout.control_record(**run) for run in RUNS if run["method"] in study.controls]


def all_audits():
    """Return the leakage audits of all splits."""
    return [layout.audit(dataset, split) for dataset in study.datasets for split in study.splits_of(dataset)]


def metrics_of_leakage():
    """Return the per-image metrics of the data sets that are compared for leakage, each once."""
    compared = [dataset for pair in study.leakage for dataset in (pair.leaking, pair.free)]
    return [layout.gathered(dataset, "images") for dataset in dict.fromkeys(compared)]


def spectra_of(wildcards):
    """Return the spectra of all runs on a data set."""
    return [layout.spectra(*run.key) for run in runs_of(study, wildcards.dataset)]


def all_spectra():
    """Return the spectra of all runs."""
    return [layout.spectra(**run) for run in RUNS]


def all_nucleus_metrics():
    """Return all tidy metric files of the nucleus level."""
    runs = [run for run in RUNS if run["dataset"] in SEGMENTED]
    return [path(**run) for run in runs for path in NUCLEUS_METRICS]


def report_images():
    """Return the patches, what the first runs restore of them, and its metrics, that the report shows."""
    patches = [
        path(dataset, FIRST_SPLIT)
        for dataset in study.datasets
        for path in (layout.patch_table, layout.noisy_patches, layout.clean_patches)
    ]
    runs = [run for dataset in study.datasets for run in first_runs_of(study, dataset)]
    return [*patches, *(path(*run.key) for run in runs for path in (layout.restored, layout.image_metrics))]


def image_fit_image():
    """Return the patches or the file that the fit of one image chooses its window from."""
    if study.image_fit is None:
        return []
    name = study.image_fit.dataset
    if name is None:
        return study.image_fit.file
    return [path(name, FIRST_SPLIT) for path in (layout.patch_table, layout.noisy_patches, layout.clean_patches)]


def reference_metrics():
    """Return the metrics of images of the references, which the differences of a matrix or sweep stand beside."""
    return [layout.image_metrics(**run) for run in RUNS if base_name(run["method"]) == study.comparison.reference]


def reference_metrics_of(wildcards):
    """Return the same of one data set."""
    runs = [run for run in RUNS if run["dataset"] == wildcards.dataset]
    return [layout.image_metrics(**run) for run in runs if base_name(run["method"]) == study.comparison.reference]
