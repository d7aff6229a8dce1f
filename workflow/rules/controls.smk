rule control:
    input:
        table=layout.patch_table("{dataset}", "{split}"),
        noisy=layout.noisy_patches("{dataset}", "{split}"),
        clean=layout.clean_patches("{dataset}", "{split}"),
        tuned_on=tuned_on,
    output:
        restored=layout.restored("{dataset}", "{method}", "{split}", 0),
        record=layout.control_record("{dataset}", "{method}", "{split}", 0),
    log:
        logs / "control" / "{dataset}_{method}_split{split}.log",
    benchmark:
        benchmarks / "control" / "{dataset}_{method}_split{split}.tsv"
    wildcard_constraints:
        method=any_of(study.controls),
    conda:
        "../../envs/freqbench.yaml"
    params:
        config=layout.config,
        settings=control_settings_of,
        code=source_hash("freqbench.classical.control"),
    message:
        "Make the control {wildcards.method} of {wildcards.dataset}, split {wildcards.split}"
    shell:
        "freqbench control --config {params.config} --dataset {wildcards.dataset} --method {wildcards.method}"
        " --split {wildcards.split} > {log} 2>&1"
