rule variance_components:
    input:
        metrics=gathered("images"),
    output:
        variance=layout.variance("{dataset}"),
        power=layout.power("{dataset}"),
    log:
        logs / "variance" / "{dataset}.log",
    benchmark:
        benchmarks / "variance" / "{dataset}.tsv"
    conda:
        "../../envs/freqbench.yaml"
    params:
        config=layout.config,
        settings=variance_settings_of,
        code=source_hash("freqbench.statistics.planning"),
    message:
        "Measure where the scores on {wildcards.dataset} vary"
    shell:
        "freqbench variance --config {params.config} --dataset {wildcards.dataset} > {log} 2>&1"


rule variance_table:
    input:
        variance=[layout.variance(dataset) for dataset in study.datasets],
        power=[layout.power(dataset) for dataset in study.datasets],
    output:
        shown_table(layout.variance_table, "variance_table", "Where scores vary"),
    log:
        logs / "variance_table.log",
    benchmark:
        benchmarks / "variance_table.tsv"
    conda:
        "../../envs/freqbench.yaml"
    params:
        config=layout.config,
        settings=variance_table_settings(),
        code=source_hash("freqbench.reporting.variance_table"),
    message:
        "Write where the scores vary, and how large a study the differences need"
    shell:
        "freqbench variance-table --config {params.config} > {log} 2>&1"


# a property of the analyses: no file of the study goes in
rule simulate_null:
    output:
        simulation=layout.null_simulation,
    log:
        logs / "simulate_null.log",
    benchmark:
        benchmarks / "simulate_null.tsv"
    conda:
        "../../envs/freqbench.yaml"
    params:
        config=layout.config,
        code=source_hash("freqbench.statistics.null_simulation"),
    message:
        "Simulate what the analyses find where there is nothing to find"
    shell:
        "freqbench null-simulation --config {params.config} > {log} 2>&1"


rule null_figure:
    input:
        simulation=layout.null_simulation,
    output:
        png=layout.null_figure("png"),
        pdf=layout.null_figure("pdf"),
        tables=[layout.null_table(form) for form in ("md", "html", "tex")],
    log:
        logs / "null_figure.log",
    benchmark:
        benchmarks / "null_figure.tsv"
    conda:
        "../../envs/freqbench.yaml"
    params:
        config=layout.config,
        code=source_hash("freqbench.reporting.null_figure"),
        table_code=source_hash("freqbench.reporting.null_table"),
    message:
        "Draw what the analyses find where there is nothing to find"
    shell:
        "freqbench null-figure --config {params.config} > {log} 2>&1"
