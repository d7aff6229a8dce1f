# Only where the configuration asks for it: without kept generators there is nothing to measure.
rule learning_curve:
    input:
        table=layout.patch_table("{dataset}", "{split}"),
        noisy=layout.noisy_patches("{dataset}", "{split}"),
        clean=layout.clean_patches("{dataset}", "{split}"),
        snapshots=snapshots_of,
    output:
        curve=layout.learning_curve("{dataset}", "{method}", "{split}", "{seed}"),
    log:
        logs / "learning_curve" / "{dataset}_{method}_split{split}_seed{seed}.log",
    benchmark:
        benchmarks / "learning_curve" / "{dataset}_{method}_split{split}_seed{seed}.tsv"
    wildcard_constraints:
        method=any_of(TRAINED),
    conda:
        "../../envs/freqbench.yaml"
    threads: 1
    params:
        config=layout.config,
        settings=learning_curve_settings(),
        code=source_hash("freqbench.learning_curves.measure"),
    message:
        "Measure the learning of {wildcards.method} on {wildcards.dataset}, split {wildcards.split}, seed {wildcards.seed}"
    shell:
        "freqbench learning-curve --config {params.config} --dataset {wildcards.dataset} --method {wildcards.method}"
        " --split {wildcards.split} --seed {wildcards.seed} --threads {threads} > {log} 2>&1"


rule learning_figure:
    input:
        curves=learning_curves_of,
        metrics=curve_controls_of,
    output:
        png=shown_figure(layout.learning_figure("{dataset}", "png"), "learning_figure", "Learning curves"),
        pdf=layout.learning_figure("{dataset}", "pdf"),
    log:
        logs / "learning_figure" / "{dataset}.log",
    benchmark:
        benchmarks / "learning_figure" / "{dataset}.tsv"
    conda:
        "../../envs/freqbench.yaml"
    params:
        config=layout.config,
        settings=learning_figure_settings_of,
        code=source_hash("freqbench.reporting.learning_figure"),
    message:
        "Draw the learning curves of {wildcards.dataset}"
    shell:
        "freqbench learning-figure --config {params.config} --dataset {wildcards.dataset} > {log} 2>&1"
