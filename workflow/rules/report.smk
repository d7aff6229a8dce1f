rule table:
    input:
        metrics=all_gathered("images", "sets"),
        statistics=[layout.statistics(dataset) for dataset in study.datasets],
        audits=all_audits(),
        calibrations=[layout.calibration(**key) for key in calibration_keys()],
        controls=control_records(),
    output:
        shown_table(layout.table, "table1", "Table 1"),
    log:
        logs / "table.log",
    benchmark:
        benchmarks / "table.tsv"
    conda:
        "../../envs/freqbench.yaml"
    params:
        config=layout.config,
        settings=fingerprint(study.model_dump(mode="json", exclude={"results", "mirror", "figures", "image_fit"})),
        published=published_tables_hash(),
        code=source_hash("freqbench.reporting.table1"),
    message:
        "Write Table 1"
    shell:
        "freqbench table --config {params.config} > {log} 2>&1"


rule differences_table:
    input:
        statistics=[layout.statistics(dataset) for dataset in study.datasets],
        audits=all_audits(),
    output:
        shown_table(layout.differences_table, "differences_table", "Differences between methods"),
    log:
        logs / "differences_table.log",
    benchmark:
        benchmarks / "differences_table.tsv"
    conda:
        "../../envs/freqbench.yaml"
    params:
        config=layout.config,
        settings=differences_settings(),
        code=source_hash("freqbench.reporting.differences_table"),
    message:
        "Write the differences between methods"
    shell:
        "freqbench differences-table --config {params.config} > {log} 2>&1"


rule differences_figure:
    input:
        statistics=layout.statistics("{dataset}"),
    output:
        png=shown_figure(layout.differences_figure("{dataset}", "png"), "differences_figure", "Differences"),
        pdf=layout.differences_figure("{dataset}", "pdf"),
    log:
        logs / "differences_figure" / "{dataset}.log",
    benchmark:
        benchmarks / "differences_figure" / "{dataset}.tsv"
    conda:
        "../../envs/freqbench.yaml"
    params:
        config=layout.config,
        settings=differences_settings(),
        code=source_hash("freqbench.reporting.differences_figure"),
    message:
        "Draw the differences between methods on {wildcards.dataset}"
    shell:
        "freqbench differences-figure --config {params.config} --dataset {wildcards.dataset} > {log} 2>&1"


rule leakage_table:
    input:
        metrics=metrics_of_leakage(),
        audits=[layout.audit(pair.leaking, split) for pair in study.leakage for split in study.splits_of(pair.leaking)],
    output:
        shown_table(layout.leakage_table, "leakage_table", "What scores owe to leakage"),
    log:
        logs / "leakage_table.log",
    benchmark:
        benchmarks / "leakage_table.tsv"
    conda:
        "../../envs/freqbench.yaml"
    params:
        config=layout.config,
        settings=leakage_settings(),
        code=source_hash("freqbench.reporting.leakage_table"),
    message:
        "Measure what scores owe to leakage"
    shell:
        "freqbench leakage-table --config {params.config} > {log} 2>&1"


rule fov_table:
    input:
        metrics=all_gathered("images"),
        audits=all_audits(),
    output:
        shown_table(layout.fov_table, "fov_table", "Fields of view"),
    log:
        logs / "fov_table.log",
    benchmark:
        benchmarks / "fov_table.tsv"
    conda:
        "../../envs/freqbench.yaml"
    params:
        config=layout.config,
        settings=fov_table_settings(),
        code=source_hash("freqbench.reporting.fov_table"),
    message:
        "Tabulate the fields of view"
    shell:
        "freqbench fov-table --config {params.config} > {log} 2>&1"


rule cost_table:
    input:
        trainings=training_manifests(),
    output:
        shown_table(layout.cost_table, "cost_table", "Costs"),
    log:
        logs / "cost_table.log",
    benchmark:
        benchmarks / "cost_table.tsv"
    conda:
        "../../envs/freqbench.yaml"
    params:
        config=layout.config,
        settings=cost_table_settings(),
        code=source_hash("freqbench.reporting.cost_table"),
    message:
        "Sum up what the trainings took"
    shell:
        "freqbench cost-table --config {params.config} > {log} 2>&1"


rule figure:
    input:
        table=layout.patch_table("{dataset}", FIRST_SPLIT),
        clean=layout.clean_patches("{dataset}", FIRST_SPLIT),
        metrics=first_metrics_of,
        restored=first_restored_of,
        audit=layout.audit("{dataset}", FIRST_SPLIT),
    output:
        png=shown_figure(layout.figure("{dataset}", "png"), "comparison", "Comparison"),
        pdf=layout.figure("{dataset}", "pdf"),
    log:
        logs / "figure" / "{dataset}.log",
    benchmark:
        benchmarks / "figure" / "{dataset}.tsv"
    conda:
        "../../envs/freqbench.yaml"
    params:
        config=layout.config,
        settings=figure_settings_of,
        code=source_hash("freqbench.reporting.comparison_figure"),
    message:
        "Draw the comparison of {wildcards.dataset}"
    shell:
        "freqbench figure --config {params.config} --dataset {wildcards.dataset} > {log} 2>&1"


rule audit_figure:
    input:
        source=layout.source("{dataset}"),
        index=layout.index("{dataset}"),
        audit=layout.audit("{dataset}", "{split}"),
        mask=layout.mask("{dataset}", "{split}"),
    output:
        png=shown_figure(layout.audit_figure("{dataset}", "{split}", "png"), "audit_figure", "Leakage audit", "split"),
        pdf=layout.audit_figure("{dataset}", "{split}", "pdf"),
    log:
        logs / "audit_figure" / "{dataset}_split{split}.log",
    benchmark:
        benchmarks / "audit_figure" / "{dataset}_split{split}.tsv"
    conda:
        "../../envs/freqbench.yaml"
    params:
        config=layout.config,
        settings=fingerprint(study.tier),
        code=source_hash("freqbench.reporting.audit_figure"),
    message:
        "Draw the leakage audit of {wildcards.dataset}, split {wildcards.split}"
    shell:
        "freqbench audit-figure --config {params.config} --dataset {wildcards.dataset} --split {wildcards.split}"
        " > {log} 2>&1"


rule paper_audit:
    output:
        paper_audit_files(),
    log:
        logs / "paper_audit.log",
    benchmark:
        benchmarks / "paper_audit.tsv"
    conda:
        "../../envs/freqbench.yaml"
    params:
        folder=layout.paper_audit("csv").parent,
        tables=published_tables_hash(),
        code=source_hash("freqbench.reporting.paper_audit"),
    message:
        "Audit the numbers that the papers print"
    shell:
        "freqbench audit-paper --to {params.folder} > {log} 2>&1"


rule manifest:
    input:
        preflight=layout.preflight,
        trainings=training_manifests(),
        results=[
            *table_files(),
            *figure_files(),
            *sensitivity_files(),
            *image_fit_files(),
            *calibration_tables(),
            *frc_results(),
            *variance_files(),
            *nuclei_results(),
            *learning_files(),
        ],
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
