# The figures that show what the tables say. Each comes from the tidy files, or from the restored patches, alone.
rule error_figure:
    input:
        table=layout.patch_table("{dataset}", FIRST_SPLIT),
        clean=layout.clean_patches("{dataset}", FIRST_SPLIT),
        metrics=first_metrics_of,
        restored=first_restored_of,
        audit=layout.audit("{dataset}", FIRST_SPLIT),
    output:
        png=shown_figure(layout.error_figure("{dataset}", "png"), "error_figure", "Errors"),
        pdf=layout.error_figure("{dataset}", "pdf"),
    log:
        logs / "error_figure" / "{dataset}.log",
    benchmark:
        benchmarks / "error_figure" / "{dataset}.tsv"
    conda:
        "../../envs/freqbench.yaml"
    params:
        config=layout.config,
        settings=figure_settings_of,
        code=source_hash("freqbench.reporting.error_figure"),
    message:
        "Draw the errors of {wildcards.dataset}"
    shell:
        "freqbench error-figure --config {params.config} --dataset {wildcards.dataset} > {log} 2>&1"


rule distribution_figure:
    input:
        metrics=gathered("images"),
        statistics=layout.statistics("{dataset}"),
    output:
        png=shown_figure(
            layout.distribution_figure("{dataset}", "png"), "distribution_figure", "Metrics by field of view"
        ),
        pdf=layout.distribution_figure("{dataset}", "pdf"),
    log:
        logs / "distribution_figure" / "{dataset}.log",
    benchmark:
        benchmarks / "distribution_figure" / "{dataset}.tsv"
    conda:
        "../../envs/freqbench.yaml"
    params:
        config=layout.config,
        settings=differences_settings(),
        code=source_hash("freqbench.reporting.distribution_figure"),
    message:
        "Draw the metrics of {wildcards.dataset} by field of view"
    shell:
        "freqbench distribution-figure --config {params.config} --dataset {wildcards.dataset} > {log} 2>&1"


rule residual_figure:
    input:
        table=layout.patch_table("{dataset}", FIRST_SPLIT),
        noisy=layout.noisy_patches("{dataset}", FIRST_SPLIT),
        clean=layout.clean_patches("{dataset}", FIRST_SPLIT),
        restored=first_restored_of,
    output:
        png=shown_figure(layout.residual_figure("{dataset}", "png"), "residual_figure", "Spectra of the residuals"),
        pdf=layout.residual_figure("{dataset}", "pdf"),
    log:
        logs / "residual_figure" / "{dataset}.log",
    benchmark:
        benchmarks / "residual_figure" / "{dataset}.tsv"
    conda:
        "../../envs/freqbench.yaml"
    params:
        config=layout.config,
        settings=residual_figure_settings_of,
        code=source_hash("freqbench.reporting.residual_figure"),
    message:
        "Draw the spectra of the residuals of {wildcards.dataset}"
    shell:
        "freqbench residual-figure --config {params.config} --dataset {wildcards.dataset} > {log} 2>&1"


rule training_figure:
    input:
        logs=training_logs_of,
        manifests=training_manifests_of,
    output:
        png=shown_figure(layout.training_figure("{dataset}", "png"), "training_figure", "Trainings"),
        pdf=layout.training_figure("{dataset}", "pdf"),
    log:
        logs / "training_figure" / "{dataset}.log",
    benchmark:
        benchmarks / "training_figure" / "{dataset}.tsv"
    wildcard_constraints:
        dataset=any_of(TRAINED_SETS),
    conda:
        "../../envs/freqbench.yaml"
    params:
        config=layout.config,
        settings=training_figure_settings_of,
        code=source_hash("freqbench.reporting.training_figure"),
    message:
        "Draw the training curves of {wildcards.dataset}"
    shell:
        "freqbench training-figure --config {params.config} --dataset {wildcards.dataset} > {log} 2>&1"


rule tradeoff_figure:
    input:
        metrics=gathered("images", "sets"),
    output:
        png=shown_figure(
            layout.tradeoff_figure("{dataset}", "png"), "tradeoff_figure", "Fidelity and perceptual quality"
        ),
        pdf=layout.tradeoff_figure("{dataset}", "pdf"),
    log:
        logs / "tradeoff_figure" / "{dataset}.log",
    benchmark:
        benchmarks / "tradeoff_figure" / "{dataset}.tsv"
    conda:
        "../../envs/freqbench.yaml"
    params:
        config=layout.config,
        settings=tradeoff_figure_settings(),
        published=published_tables_hash(),
        code=source_hash("freqbench.reporting.tradeoff_figure"),
    message:
        "Draw fidelity and perceptual quality of {wildcards.dataset}"
    shell:
        "freqbench tradeoff-figure --config {params.config} --dataset {wildcards.dataset} > {log} 2>&1"
