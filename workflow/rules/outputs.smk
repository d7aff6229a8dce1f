"""Which files a study consists of."""


def shown_table(path, caption, title):
    """Return a table in all its forms, with its page in the report of Snakemake."""
    shown = {"caption": f"../report/{caption}.rst", "category": "Tables", "labels": {"table": title}}
    page = report(path("html"), **shown)
    return [page if form == "html" else path(form) for form in TABLE_FORMS]


def shown_figure(path, caption, title, *wildcards):
    """Return a figure that the report of Snakemake shows, by data set and further wildcards."""
    labels = {"data set": "{dataset}"} | {name: f"{{{name}}}" for name in wildcards}
    shown = {"category": "Figures", "subcategory": title, "labels": labels}
    return report(path, caption=f"../report/{caption}.rst", **shown)


def shown_page(path):
    """Return the report of a study as a part of that of Snakemake."""
    return report(path, caption="../report/page.rst", category="The whole study", labels={"page": "report"})


def frc_files():
    """Return the spectra, their figures and the table of resolutions."""
    return [*all_spectra(), *frc_results()]


def frc_results():
    """Return figures and table of Fourier ring correlation."""
    figures = [layout.frc_figure(dataset, suffix) for dataset in study.datasets for suffix in ("png", "pdf")]
    return [*figures, *map(layout.frc_table, TABLE_FORMS)]


def nuclei_files():
    """Return every file of the nucleus level; none where no data set has nuclei."""
    return [*nuclei_results(), *all_nucleus_metrics(), *all_gathered(*OF_NUCLEI, datasets=SEGMENTED)]


def nuclei_results():
    """Return the nuclei, their statistics, figures and table; none where no data set has nuclei."""
    if not SEGMENTED:
        return []
    found = (layout.nucleus_labels, layout.nuclei, layout.segmentation, layout.nucleus_statistics)
    files = [path(dataset) for dataset in SEGMENTED for path in found]
    figures = [layout.segment_figure(dataset, suffix) for dataset in SEGMENTED for suffix in ("png", "pdf")]
    return [*files, *figures, *map(layout.nuclei_table, TABLE_FORMS)]


def table1_files():
    """Return Table 1 in all its forms."""
    return list(map(layout.table, TABLE_FORMS))


def table_files():
    """Return Table 1, the tables beside it, and the leakage table where there is something to compare."""
    tables = [
        layout.differences_table,
        layout.fov_table,
        layout.cost_table,
        *([layout.leakage_table] if study.leakage else []),
        *([layout.image_table] if study.image_table else []),
        *matrix_tables(study),
    ]
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


def paper_audit_files():
    """Return the audit of printed numbers in all its forms."""
    return [layout.paper_audit(suffix) for suffix in ("csv", "md", "html")]


def figure_files():
    """Return all figures."""
    figures = []
    for dataset in study.datasets:
        for suffix in ("png", "pdf"):
            figures += [layout.figure(dataset, suffix), layout.differences_figure(dataset, suffix)]
            figures += [layout.audit_figure(dataset, split, suffix) for split in study.splits_of(dataset)]
            figures += [layout.error_figure(dataset, suffix), layout.distribution_figure(dataset, suffix)]
            figures += [layout.residual_figure(dataset, suffix), layout.tradeoff_figure(dataset, suffix)]
            figures += [figure(suffix) for figure in matrix_figures(study, dataset)]
            if dataset in TRAINED_SETS:
                figures += [layout.training_figure(dataset, suffix)]
    return figures


def averaging_files():
    """Return bias and variance of restored captures, with their figures and their table."""
    figures = [layout.averaging_figure(dataset, suffix) for dataset in study.datasets for suffix in ("png", "pdf")]
    return [*all_averaging(), *figures, *(layout.averaging_table(form) for form in TABLE_FORMS)]


def keeps_snapshots():
    """Return whether the trainings of the study keep generators on their way."""
    return study.training.snapshots != "none"


def snapshot_outputs():
    """Return the folder of the kept generators as an output of a training, nothing where none are kept."""
    if not keeps_snapshots():
        return {}
    return {"snapshots": directory(layout.snapshots("{dataset}", "{method}", "{split}", "{seed}"))}


def learning_files():
    """Return the learning curves and their figures; none where no generators are kept."""
    if not keeps_snapshots():
        return []
    kept = [layout.snapshots(**run) for run in TRAININGS]
    curves = [layout.learning_curve(*run.key) for dataset in study.datasets for run in trained_runs_of(study, dataset)]
    figures = [layout.learning_figure(dataset, suffix) for dataset in study.datasets for suffix in ("png", "pdf")]
    return [*kept, *curves, *figures]


def sensitivity_files():
    """Return the loss sensitivity figures."""
    return [layout.sensitivity_figure(dataset, suffix) for dataset in TRAINED_SETS for suffix in ("png", "pdf")]


def image_fit_files():
    """Return table and figure of the fitted image; none where the study fits none."""
    if study.image_fit is None:
        return []
    figures = [layout.image_fit_figure(suffix) for suffix in ("png", "pdf")]
    return [layout.image_fit_manifest, *map(layout.image_fit_table, TABLE_FORMS), *figures]


def noise_files():
    """Return the noise models of the cameras and their figures; noise that is simulated needs no model."""
    measured = [name for name, dataset in study.datasets.items() if dataset.noise is None]
    models = [path(name) for name in measured for path in (layout.noise, layout.noise_points)]
    return models + [layout.noise_figure(name, suffix) for name in measured for suffix in ("png", "pdf")]


def calibration_tables():
    """Return the calibration tables in all their forms."""
    return [layout.calibration_table(dataset, suffix) for dataset in TRAINED_SETS for suffix in ("json", "csv", "md")]


def training_manifests():
    """Return the manifests of all trainings."""
    return [layout.training_manifest(**run) for run in TRAININGS]


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
        path(**run) for run in TRAININGS for path in (layout.generator, layout.training_log, layout.training_manifest)
    ]
    restored = [*(layout.restored(**run) for run in RUNS), *control_records()]
    measured = [path(name) for name in TRAINED_SETS for path in (layout.sensitivity, layout.sensitivity_manifest)]
    about_losses = [*calibration_tables(), *measured, *sensitivity_files()]
    results = [
        *all_metrics(),
        *all_gathered(*OF_PATCHES),
        *table_files(),
        *figure_files(),
        layout.manifest,
        layout.report,
    ]
    return [
        layout.preflight,
        *data,
        *noise_files(),
        *nuclei_files(),
        *frc_files(),
        *learning_files(),
        *calibrations,
        *about_losses,
        *image_fit_files(),
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
            for table in (
                layout.differences_table,
                layout.fov_table,
                layout.cost_table,
                layout.leakage_table,
                layout.image_table,
                layout.matrix_table,
                layout.variance_table,
            )
        ),
        *(path for path in (*calibration_tables(), *nuclei_results(), *frc_results()) if path.suffix == ".md"),
    ]
    figures = [
        path
        for path in (
            *figure_files(),
            *frc_results(),
            *nuclei_results(),
            *sensitivity_files(),
            *noise_files(),
            *learning_files(),
            *averaging_files(),
            *null_simulation_files(),
        )
        if path.suffix == ".png"
    ]
    made = [f"  {path}" for path in (layout.report, *tables, layout.paper_audit("html"), *figures) if path.exists()]
    return "\n".join(["", f"Done with study {study.name}. Look at:", *made])
