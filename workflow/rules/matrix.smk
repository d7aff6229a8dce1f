rule matrix_table:
    input:
        statistics=[layout.statistics(dataset) for dataset in study.datasets],
        metrics=reference_metrics(),
        trainings=training_manifests(),
        audits=all_audits(),
    output:
        shown_table(layout.matrix_table, "matrix_table", "Losses and generators"),
    log:
        logs / "matrix_table.log",
    benchmark:
        benchmarks / "matrix_table.tsv"
    conda:
        "../../envs/freqbench.yaml"
    params:
        config=layout.config,
        settings=matrix_settings(),
        code=source_hash("freqbench.reporting.matrix_table"),
    message:
        "Tabulate losses and generators"
    shell:
        "freqbench matrix-table --config {params.config} > {log} 2>&1"


rule matrix_figure:
    input:
        statistics=layout.statistics("{dataset}"),
    output:
        png=shown_figure(layout.matrix_figure("{dataset}", "png"), "matrix_figure", "Losses and generators"),
        pdf=layout.matrix_figure("{dataset}", "pdf"),
    log:
        logs / "matrix_figure" / "{dataset}.log",
    benchmark:
        benchmarks / "matrix_figure" / "{dataset}.tsv"
    conda:
        "../../envs/freqbench.yaml"
    params:
        config=layout.config,
        settings=matrix_settings(),
        code=source_hash("freqbench.reporting.matrix_figure"),
    message:
        "Draw losses and generators of {wildcards.dataset}"
    shell:
        "freqbench matrix-figure --config {params.config} --dataset {wildcards.dataset} > {log} 2>&1"


rule sweep_figure:
    input:
        statistics=layout.statistics("{dataset}"),
        metrics=reference_metrics_of,
    output:
        png=shown_figure(layout.sweep_figure("{dataset}", "png"), "sweep_figure", "Sweeps"),
        pdf=layout.sweep_figure("{dataset}", "pdf"),
    log:
        logs / "sweep_figure" / "{dataset}.log",
    benchmark:
        benchmarks / "sweep_figure" / "{dataset}.tsv"
    conda:
        "../../envs/freqbench.yaml"
    params:
        config=layout.config,
        settings=sweep_settings_of,
        code=source_hash("freqbench.reporting.sweep_figure"),
    message:
        "Draw the sweeps of {wildcards.dataset}"
    shell:
        "freqbench sweep-figure --config {params.config} --dataset {wildcards.dataset} > {log} 2>&1"
