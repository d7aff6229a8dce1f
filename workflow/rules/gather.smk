# The CSV files of the runs stay: they say what was measured. What follows reads one typed file of each method instead.
rule gather:
    input:
        images=lambda wildcards: tidy_files_of(wildcards, layout.image_metrics),
        sets=lambda wildcards: tidy_files_of(wildcards, layout.set_metrics),
        left_out=lambda wildcards: tidy_files_of(wildcards, layout.set_left_out),
    output:
        [layout.gathered("{dataset}", "{method}", kind) for kind in OF_PATCHES],
    log:
        logs / "gather" / "{dataset}_{method}.log",
    benchmark:
        benchmarks / "gather" / "{dataset}_{method}.tsv"
    conda:
        "../../envs/freqbench.yaml"
    params:
        config=layout.config,
        code=source_hash("freqbench.gathered"),
    message:
        "Gather the metrics of {wildcards.method} on {wildcards.dataset}"
    shell:
        "freqbench gather --config {params.config} --dataset {wildcards.dataset} --method {wildcards.method}"
        " > {log} 2>&1"


rule gather_nuclei:
    input:
        nuclei=lambda wildcards: tidy_files_of(wildcards, layout.nucleus_metrics),
        sets=lambda wildcards: tidy_files_of(wildcards, layout.nucleus_set_metrics),
        left_out=lambda wildcards: tidy_files_of(wildcards, layout.nucleus_set_left_out),
    output:
        [layout.gathered("{dataset}", "{method}", kind) for kind in OF_NUCLEI],
    log:
        logs / "gather_nuclei" / "{dataset}_{method}.log",
    benchmark:
        benchmarks / "gather_nuclei" / "{dataset}_{method}.tsv"
    wildcard_constraints:
        dataset=any_of(SEGMENTED),
    conda:
        "../../envs/freqbench.yaml"
    params:
        config=layout.config,
        code=source_hash("freqbench.gathered"),
    message:
        "Gather the metrics of the nuclei of {wildcards.method} on {wildcards.dataset}"
    shell:
        "freqbench gather --nuclei --config {params.config} --dataset {wildcards.dataset} --method {wildcards.method}"
        " > {log} 2>&1"
