# The CSV files of the runs stay: they say what was measured. What follows reads one typed file instead.
rule gather:
    input:
        images=lambda wildcards: tidy_files_of(wildcards, layout.image_metrics),
        sets=lambda wildcards: tidy_files_of(wildcards, layout.set_metrics),
        left_out=lambda wildcards: tidy_files_of(wildcards, layout.set_left_out),
    output:
        [layout.gathered("{dataset}", kind) for kind in OF_PATCHES],
    log:
        logs / "gather" / "{dataset}.log",
    benchmark:
        benchmarks / "gather" / "{dataset}.tsv"
    conda:
        "../../envs/freqbench.yaml"
    params:
        config=layout.config,
        code=source_hash("freqbench.gathered"),
    message:
        "Gather the metrics on {wildcards.dataset}"
    shell:
        "freqbench gather --config {params.config} --dataset {wildcards.dataset} > {log} 2>&1"


rule gather_nuclei:
    input:
        nuclei=lambda wildcards: tidy_files_of(wildcards, layout.nucleus_metrics),
        sets=lambda wildcards: tidy_files_of(wildcards, layout.nucleus_set_metrics),
        left_out=lambda wildcards: tidy_files_of(wildcards, layout.nucleus_set_left_out),
    output:
        [layout.gathered("{dataset}", kind) for kind in OF_NUCLEI],
    log:
        logs / "gather_nuclei" / "{dataset}.log",
    benchmark:
        benchmarks / "gather_nuclei" / "{dataset}.tsv"
    wildcard_constraints:
        dataset=any_of(SEGMENTED),
    conda:
        "../../envs/freqbench.yaml"
    params:
        config=layout.config,
        code=source_hash("freqbench.gathered"),
    message:
        "Gather the metrics of the nuclei of {wildcards.dataset}"
    shell:
        "freqbench gather --nuclei --config {params.config} --dataset {wildcards.dataset} > {log} 2>&1"
