"""Hashes of settings and code: what depends on them is made again when one of them changes."""


def once_for_each(*names):
    """Return a decorator: an input function is called once for each combination of these wildcards."""

    def decorate(function):
        known = {}

        @wraps(function)
        def remembered(wildcards):
            key = tuple(getattr(wildcards, name) for name in names)
            if key not in known:
                known[key] = function(wildcards)
            return known[key]

        return remembered

    return decorate


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


def control_settings_of(wildcards):
    """Return a hash of what the images are, and of how controls are measured."""
    return fingerprint([source_settings(wildcards), study.evaluation.intensity_fit])


def preflight_settings():
    """Return a hash of all settings that decide whether a study can run."""
    elsewhere = dict.fromkeys(
        ("results", "mirror", "figures", "comparison", "spectra", "learning_curves", "image_fit"), True
    )
    repeats = {"datasets": {"__all__": {"split": {"repeats"}}}}
    return fingerprint(study.model_dump(mode="json", exclude=elsewhere | repeats))


@once_for_each("dataset", "method")
def training_settings_of(wildcards):
    """Return a hash of the settings of one training."""
    from freqbench.training.settings import training_settings

    return fingerprint(training_settings(Run(study, wildcards.dataset, wildcards.method, study.seeds[0])))


@once_for_each("method")
def training_code_of(wildcards):
    """Return a hash of the code of one training: the harness and its own loss."""
    return training_code(study.method(wildcards.method))


def calibrated_methods(name):
    """Return a method and the reference that its weight depends on."""
    return [study.method(name), study.method(study.for_method(name).calibration.reference)]


def calibration_settings_of(wildcards):
    """Return a hash of the settings that one calibration depends on."""
    methods = calibrated_methods(wildcards.method)
    seen = study.for_method(wildcards.method)
    parts = [
        seen.network,
        study.training.crop,
        study.training.target,
        seen.calibration,
        study.feature_networks,
        study.seeds[0],
    ]
    return fingerprint([*methods, *parts, study.datasets[wildcards.dataset].task])


def calibration_code_of(wildcards):
    """Return a hash of the code of one calibration."""
    return calibration_code(*calibrated_methods(wildcards.method))


def calibration_table_settings_of(wildcards):
    """Return a hash of the settings that one calibration table depends on."""
    parts = [study.generators or study.generator, study.training.crop, study.training.target]
    parts += [study.training.objective.l1, study.calibration]
    parts += [study.feature_networks, study.seeds[0], study.datasets[wildcards.dataset].task]
    return fingerprint([*study.methods_of(wildcards.dataset), *parts, study.splits_of(wildcards.dataset)])


def calibration_table_code_of(wildcards):
    """Return a hash of the code of one calibration table."""
    return calibration_table_code(*study.methods_of(wildcards.dataset))


def sensitivity_settings_of(wildcards):
    """Return a hash of the settings that the sensitivity on one data set depends on."""
    parts = [study.sensitivity, study.feature_networks, study.datasets[wildcards.dataset].task]
    parts.append(study.training.objective.perceptual > 0)
    return fingerprint([*study.methods_of(wildcards.dataset), *parts])


def sensitivity_figure_settings_of(wildcards):
    """Return a hash of the settings that a loss sensitivity figure depends on."""
    splits = study.splits_of(wildcards.dataset)
    return fingerprint([study.tier, study.feature_networks, splits, study.method_names])


def image_fit_settings():
    """Return a hash of the settings that table and figure of the fitted image depend on."""
    return fingerprint([study.image_fit, study.name, study.tier, study.note])


def comparison_settings_of(wildcards):
    """Return a hash of the settings that one comparison depends on."""
    return fingerprint([study.comparison, study.method_names_of(wildcards.dataset)])


def figure_settings_of(wildcards):
    """Return a hash of the settings that a comparison figure depends on."""
    parts = [study.figures, study.comparison.baselines, study.tier, study.note]
    return fingerprint([*parts, study.splits_of(wildcards.dataset)])


def residual_figure_settings_of(wildcards):
    """Return a hash of the settings that the figure of the residuals' spectra depends on."""
    dataset = study.datasets[wildcards.dataset]
    parts = [study.method_names_of(wildcards.dataset), study.tier, study.note, study.spectra]
    return fingerprint([*parts, dataset.pixel_size, study.splits_of(wildcards.dataset)])


def training_figure_settings_of(wildcards):
    """Return a hash of the settings that the training curves of one data set depend on."""
    return fingerprint([study.method_names, study.method_names_of(wildcards.dataset), study.tier, study.note])


def learning_curve_settings():
    """Return a hash of the settings that the learning curves depend on."""
    return fingerprint([study.evaluation, study.feature_networks, study.learning_curves])


def learning_figure_settings_of(wildcards):
    """Return a hash of the settings that the figure of the learning curves of one data set depends on."""
    parts = [study.learning_metrics, study.method_names, study.method_names_of(wildcards.dataset)]
    return fingerprint([*parts, study.tier, study.note])


def averaging_figure_settings_of(wildcards):
    """Return a hash of the settings that the figure of averaged captures of one data set depends on."""
    return fingerprint([study.method_names, study.method_names_of(wildcards.dataset), study.tier, study.note])


def averaging_table_settings():
    """Return a hash of the settings that the table of bias and variance depends on."""
    parts = [study.name, study.tier, study.note, study.feature_networks, study.evaluation.frechet_features]
    return fingerprint([*parts, {name: study.method_names_of(name) for name in study.datasets}])


def tradeoff_figure_settings():
    """Return a hash of the settings that the trade-off figure depends on: those that the paper's could differ in."""
    return fingerprint(study.model_dump(mode="json", exclude={"results", "mirror", "figures", "image_fit"}))


def leakage_settings():
    """Return a hash of the settings that the leakage table depends on."""
    parts = [study.leakage, study.comparison, study.name, study.tier, study.note, study.feature_networks]
    return fingerprint([*parts, study.evaluation.frechet_features])


def frc_settings_of(wildcards):
    """Return a hash of the settings that the spectra figure of one data set depends on."""
    names = study.method_names_of(wildcards.dataset)
    return fingerprint(
        [names, study.method_names, study.tier, study.spectra, study.datasets[wildcards.dataset].pixel_size]
    )


def differences_settings():
    """Return a hash of the settings that table and figures of the differences depend on."""
    parts = [study.name, study.tier, study.note, study.feature_networks, study.evaluation.frechet_features]
    names = {name: study.method_names_of(name) for name in study.datasets}
    return fingerprint([*parts, study.comparison, names])


def image_table_settings():
    """Return a hash of the settings that the table image by image depends on."""
    parts = [study.name, study.tier, study.note, study.feature_networks, study.evaluation.frechet_features]
    names = {name: study.method_names_of(name) for name in study.datasets}
    trained_on = {name: study.training_set_of(name) for name in study.datasets}
    return fingerprint([*parts, study.image_table, names, trained_on])


def fov_table_settings():
    """Return a hash of the settings that the table of the fields of view depends on."""
    parts = [study.name, study.tier, study.note, study.feature_networks, study.evaluation.frechet_features]
    return fingerprint([*parts, {name: study.method_names_of(name) for name in study.datasets}])


def cost_table_settings():
    """Return a hash of the settings that the table of the costs depends on."""
    return fingerprint([study.name, study.tier, study.note, study.seeds, study.method_names])


@once_for_each("dataset")
def nucleus_settings_of(wildcards):
    """Return a hash of the settings that the metrics of the nuclei of one data set depend on."""
    return fingerprint([study.evaluation, study.feature_networks, study.datasets[wildcards.dataset].nuclei])


def variance_settings_of(wildcards):
    """Return a hash of the settings that the variance components of one data set depend on."""
    return fingerprint([study.comparison.significance, study.method_names_of(wildcards.dataset)])


def variance_table_settings():
    """Return a hash of the settings that the variance table depends on."""
    parts = [study.name, study.tier, study.note, study.feature_networks, study.evaluation.frechet_features]
    return fingerprint([*parts, list(study.datasets)])


def published_tables_hash():
    """Return a hash of the printed numbers that come with the package."""
    folder = module_file("freqbench.published").parent
    return fingerprint({path.name: sha256_of(path) for path in sorted(folder.glob("*.csv"))})


def report_texts_hash():
    """Return a hash of what the report is written from besides code: its templates, and the list of choices."""
    from freqbench.reporting.html_report.choices import choices_file

    folder = module_file("freqbench.reporting").parent / "templates" / "report"
    return fingerprint([sha256_of(path) for path in (*sorted(folder.iterdir()), choices_file())])


def matrix_settings():
    """Return a hash of the settings that the matrix depends on."""
    parts = [study.name, study.tier, study.note, study.feature_networks, study.evaluation.frechet_features]
    names = {name: study.method_names_of(name) for name in study.datasets}
    return fingerprint([*parts, study.comparison, names, list(study.generators)])


def sweep_settings_of(wildcards):
    """Return a hash of the settings that the sweep figure of one data set depends on."""
    return fingerprint(
        [study.tier, study.note, study.feature_networks, study.comparison, study.methods_of(wildcards.dataset)]
    )
