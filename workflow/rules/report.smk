rule table:
    input:
        metrics=all_metrics(),
        statistics=[layout.statistics(dataset) for dataset in study.datasets],
        audits=[layout.audit(dataset) for dataset in study.datasets],
        calibrations=[layout.calibration(**key) for key in calibration_keys()],
    output:
        table_files(),
    log:
        logs / "table.log",
    benchmark:
        benchmarks / "table.tsv"
    conda:
        "../../envs/freqbench.yaml"
    params:
        config=layout.config,
        settings=fingerprint(study.model_dump(mode="json", exclude={"results", "mirror", "figures"})),
        code=source_hash("freqbench.reporting.table1"),
    message:
        "Write Table 1"
    shell:
        "freqbench table --config {params.config} > {log} 2>&1"


rule figure:
    input:
        table=layout.patch_table("{dataset}"),
        clean=layout.clean_patches("{dataset}"),
        metrics=image_metrics_of,
        restored=first_restored_of,
        audit=layout.audit("{dataset}"),
    output:
        png=layout.figure("{dataset}", "png"),
        pdf=layout.figure("{dataset}", "pdf"),
    log:
        logs / "figure" / "{dataset}.log",
    benchmark:
        benchmarks / "figure" / "{dataset}.tsv"
    conda:
        "../../envs/freqbench.yaml"
    params:
        config=layout.config,
        settings=fingerprint([study.figures, study.comparison.baselines, study.tier, study.note]),
        code=source_hash("freqbench.reporting.comparison_figure"),
    message:
        "Draw the comparison of {wildcards.dataset}"
    shell:
        "freqbench figure --config {params.config} --dataset {wildcards.dataset} > {log} 2>&1"


rule audit_figure:
    input:
        source=layout.source("{dataset}"),
        index=layout.index("{dataset}"),
        audit=layout.audit("{dataset}"),
        mask=layout.mask("{dataset}"),
    output:
        png=layout.audit_figure("{dataset}", "png"),
        pdf=layout.audit_figure("{dataset}", "pdf"),
    log:
        logs / "audit_figure" / "{dataset}.log",
    benchmark:
        benchmarks / "audit_figure" / "{dataset}.tsv"
    conda:
        "../../envs/freqbench.yaml"
    params:
        config=layout.config,
        settings=fingerprint(study.tier),
        code=source_hash("freqbench.reporting.audit_figure"),
    message:
        "Draw the leakage audit of {wildcards.dataset}"
    shell:
        "freqbench audit-figure --config {params.config} --dataset {wildcards.dataset} > {log} 2>&1"


rule manifest:
    input:
        preflight=layout.preflight,
        trainings=training_manifests(),
        results=[*table_files(), *figure_files(), *sensitivity_files(), *calibration_tables(), *nuclei_files()],
    output:
        manifest=layout.manifest,
    log:
        logs / "manifest.log",
    benchmark:
        benchmarks / "manifest.tsv"
    conda:
        "../../envs/freqbench.yaml"
    params:
        config=layout.config,
        code=source_hash("freqbench.reporting.manifest"),
    message:
        "Write how everything was made"
    shell:
        "freqbench manifest --config {params.config} > {log} 2>&1"
