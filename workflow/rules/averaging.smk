# A target of its own, `averaging`: it needs nothing that a study does not have, and says little where a field of view
# has few captures.
rule averaging_run:
    input:
        table=layout.patch_table("{dataset}", "{split}"),
        clean=layout.clean_patches("{dataset}", "{split}"),
        restored=layout.restored("{dataset}", "{method}", "{split}", "{seed}"),
    output:
        errors=layout.averaging("{dataset}", "{method}", "{split}", "{seed}"),
    log:
        logs / "averaging" / "{dataset}_{method}_split{split}_seed{seed}.log",
    benchmark:
        benchmarks / "averaging" / "{dataset}_{method}_split{split}_seed{seed}.tsv"
    conda:
        "../../envs/freqbench.yaml"
    params:
        config=layout.config,
        code=source_hash("freqbench.averaging.measure"),
    message:
        "Average what {wildcards.method} restores on {wildcards.dataset}, split {wildcards.split}, seed {wildcards.seed}"
    shell:
        "freqbench averaging --config {params.config} --dataset {wildcards.dataset} --method {wildcards.method}"
        " --split {wildcards.split} --seed {wildcards.seed} > {log} 2>&1"


rule averaging_figure:
    input:
        errors=averaging_of,
    output:
        png=shown_figure(layout.averaging_figure("{dataset}", "png"), "averaging_figure", "Bias by averaging"),
        pdf=layout.averaging_figure("{dataset}", "pdf"),
    log:
        logs / "averaging_figure" / "{dataset}.log",
    benchmark:
        benchmarks / "averaging_figure" / "{dataset}.tsv"
    conda:
        "../../envs/freqbench.yaml"
    params:
        config=layout.config,
        settings=averaging_figure_settings_of,
        code=source_hash("freqbench.reporting.averaging_figure"),
    message:
        "Draw the bias of the methods on {wildcards.dataset}"
    shell:
        "freqbench averaging-figure --config {params.config} --dataset {wildcards.dataset} > {log} 2>&1"


rule averaging_table:
    input:
        errors=all_averaging(),
        audits=all_audits(),
    output:
        shown_table(layout.averaging_table, "averaging_table", "Bias and variance"),
    log:
        logs / "averaging_table.log",
    benchmark:
        benchmarks / "averaging_table.tsv"
    conda:
        "../../envs/freqbench.yaml"
    params:
        config=layout.config,
        settings=averaging_table_settings(),
        code=source_hash("freqbench.reporting.averaging_table"),
    message:
        "Tabulate bias and variance"
    shell:
        "freqbench averaging-table --config {params.config} > {log} 2>&1"
