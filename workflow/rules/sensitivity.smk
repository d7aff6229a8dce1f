rule sensitivity:
    input:
        table=layout.patch_table("{dataset}", FIRST_SPLIT),
        noisy=layout.noisy_patches("{dataset}", FIRST_SPLIT),
        clean=layout.clean_patches("{dataset}", FIRST_SPLIT),
    output:
        values=layout.sensitivity("{dataset}"),
        manifest=layout.sensitivity_manifest("{dataset}"),
    log:
        logs / "sensitivity" / "{dataset}.log",
    benchmark:
        benchmarks / "sensitivity" / "{dataset}.tsv"
    wildcard_constraints:
        dataset=any_of(TRAINED_SETS),
    conda:
        "../../envs/freqbench.yaml"
    threads: 1
    params:
        config=layout.config,
        settings=sensitivity_settings_of,
        code=sensitivity_code(study),
    message:
        "Measure which frequencies each loss sees on {wildcards.dataset}"
    shell:
        "freqbench sensitivity --config {params.config} --dataset {wildcards.dataset} --threads {threads}"
        " > {log} 2>&1"


rule sensitivity_figure:
    input:
        values=layout.sensitivity("{dataset}"),
    output:
        png=shown_figure(layout.sensitivity_figure("{dataset}", "png"), "sensitivity_figure", "Loss sensitivity"),
        pdf=layout.sensitivity_figure("{dataset}", "pdf"),
    log:
        logs / "sensitivity_figure" / "{dataset}.log",
    benchmark:
        benchmarks / "sensitivity_figure" / "{dataset}.tsv"
    wildcard_constraints:
        dataset=any_of(TRAINED_SETS),
    conda:
        "../../envs/freqbench.yaml"
    params:
        config=layout.config,
        settings=sensitivity_figure_settings_of,
        code=source_hash("freqbench.reporting.sensitivity_figure"),
    message:
        "Draw which frequencies each loss sees on {wildcards.dataset}"
    shell:
        "freqbench sensitivity-figure --config {params.config} --dataset {wildcards.dataset} > {log} 2>&1"
