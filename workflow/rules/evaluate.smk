rule restore_patches:
    input:
        table=layout.patch_table("{dataset}", "{split}"),
        noisy=layout.noisy_patches("{dataset}", "{split}"),
        clean=layout.clean_patches("{dataset}", "{split}"),
        generator=generator_of,
    output:
        restored=layout.restored("{dataset}", "{method}", "{split}", "{seed}"),
    log:
        logs / "restore_patches" / "{dataset}_{method}_split{split}_seed{seed}.log",
    benchmark:
        benchmarks / "restore_patches" / "{dataset}_{method}_split{split}_seed{seed}.tsv"
    wildcard_constraints:
        method=any_of(TRAINED),
    conda:
        "../../envs/freqbench.yaml"
    threads: 1
    params:
        config=layout.config,
        settings=fingerprint(study.evaluation.intensity_fit),
        code=source_hash("freqbench.restoration"),
    message:
        "Restore {wildcards.dataset} with {wildcards.method}, split {wildcards.split}, seed {wildcards.seed}"
    shell:
        "freqbench restore-patches --config {params.config} --dataset {wildcards.dataset} --method {wildcards.method}"
        " --split {wildcards.split} --seed {wildcards.seed} --threads {threads} > {log} 2>&1"


rule evaluate:
    input:
        table=layout.patch_table("{dataset}", "{split}"),
        clean=layout.clean_patches("{dataset}", "{split}"),
        restored=layout.restored("{dataset}", "{method}", "{split}", "{seed}"),
    output:
        images=layout.image_metrics("{dataset}", "{method}", "{split}", "{seed}"),
        sets=layout.set_metrics("{dataset}", "{method}", "{split}", "{seed}"),
        left_out=layout.set_left_out("{dataset}", "{method}", "{split}", "{seed}"),
    log:
        logs / "evaluate" / "{dataset}_{method}_split{split}_seed{seed}.log",
    benchmark:
        benchmarks / "evaluate" / "{dataset}_{method}_split{split}_seed{seed}.tsv"
    conda:
        "../../envs/freqbench.yaml"
    threads: 1
    params:
        config=layout.config,
        settings=fingerprint([study.evaluation, study.feature_networks]),
        code=source_hash("freqbench.evaluation"),
    message:
        "Measure {wildcards.method} on {wildcards.dataset}, split {wildcards.split}, seed {wildcards.seed}"
    shell:
        "freqbench evaluate --config {params.config} --dataset {wildcards.dataset} --method {wildcards.method}"
        " --split {wildcards.split} --seed {wildcards.seed} --threads {threads} > {log} 2>&1"


rule compare:
    input:
        metrics=gathered(*OF_PATCHES),
    output:
        statistics=layout.statistics("{dataset}"),
    log:
        logs / "compare" / "{dataset}.log",
    benchmark:
        benchmarks / "compare" / "{dataset}.tsv"
    conda:
        "../../envs/freqbench.yaml"
    params:
        config=layout.config,
        settings=comparison_settings_of,
        code=source_hash("freqbench.statistics.compare"),
    message:
        "Test the differences on {wildcards.dataset}"
    shell:
        "freqbench compare --config {params.config} --dataset {wildcards.dataset} > {log} 2>&1"
