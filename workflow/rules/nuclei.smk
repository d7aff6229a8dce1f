# The nucleus level, for the data sets whose configuration has `nuclei`. Nuclei are found in the clean images, so
# the segmentation depends on no split, no training and no method.
rule segment:
    input:
        source=layout.source("{dataset}"),
        index=layout.index("{dataset}"),
    output:
        labels=layout.nucleus_labels("{dataset}"),
        nuclei=layout.nuclei("{dataset}"),
        record=layout.segmentation("{dataset}"),
    log:
        logs / "segment" / "{dataset}.log",
    benchmark:
        benchmarks / "segment" / "{dataset}.tsv"
    wildcard_constraints:
        dataset=any_of(SEGMENTED),
    conda:
        "../../envs/freqbench.yaml"
    params:
        config=layout.config,
        settings=settings_of("nuclei"),
        code=source_hash("freqbench.nuclei.study"),
    message:
        "Find the nuclei of {wildcards.dataset}"
    shell:
        "freqbench segment --config {params.config} --dataset {wildcards.dataset} > {log} 2>&1"


rule segment_figure:
    input:
        source=layout.source("{dataset}"),
        index=layout.index("{dataset}"),
        labels=layout.nucleus_labels("{dataset}"),
        nuclei=layout.nuclei("{dataset}"),
        record=layout.segmentation("{dataset}"),
    output:
        png=shown_figure(layout.segment_figure("{dataset}", "png"), "segment_figure", "Nuclei"),
        pdf=layout.segment_figure("{dataset}", "pdf"),
    log:
        logs / "segment_figure" / "{dataset}.log",
    benchmark:
        benchmarks / "segment_figure" / "{dataset}.tsv"
    wildcard_constraints:
        dataset=any_of(SEGMENTED),
    conda:
        "../../envs/freqbench.yaml"
    params:
        config=layout.config,
        settings=fingerprint(study.tier),
        code=source_hash("freqbench.reporting.nuclei_figure"),
    message:
        "Draw the nuclei of {wildcards.dataset}"
    shell:
        "freqbench segment-figure --config {params.config} --dataset {wildcards.dataset} > {log} 2>&1"


rule evaluate_nuclei:
    input:
        table=layout.patch_table("{dataset}", "{split}"),
        clean=layout.clean_patches("{dataset}", "{split}"),
        restored=layout.restored("{dataset}", "{method}", "{split}", "{seed}"),
        nuclei=layout.nuclei("{dataset}"),
        record=layout.segmentation("{dataset}"),
    output:
        nuclei=layout.nucleus_metrics("{dataset}", "{method}", "{split}", "{seed}"),
        sets=layout.nucleus_set_metrics("{dataset}", "{method}", "{split}", "{seed}"),
        left_out=layout.nucleus_set_left_out("{dataset}", "{method}", "{split}", "{seed}"),
    log:
        logs / "evaluate_nuclei" / "{dataset}_{method}_split{split}_seed{seed}.log",
    benchmark:
        benchmarks / "evaluate_nuclei" / "{dataset}_{method}_split{split}_seed{seed}.tsv"
    wildcard_constraints:
        dataset=any_of(SEGMENTED),
    conda:
        "../../envs/freqbench.yaml"
    threads: 1
    params:
        config=layout.config,
        settings=nucleus_settings_of,
        code=source_hash("freqbench.nuclei.evaluation"),
    message:
        "Measure the nuclei of {wildcards.method} on {wildcards.dataset}, split {wildcards.split}, seed {wildcards.seed}"
    shell:
        "freqbench evaluate-nuclei --config {params.config} --dataset {wildcards.dataset} --method {wildcards.method}"
        " --split {wildcards.split} --seed {wildcards.seed} --threads {threads} > {log} 2>&1"


rule compare_nuclei:
    input:
        metrics=gathered(*OF_NUCLEI),
    output:
        statistics=layout.nucleus_statistics("{dataset}"),
    log:
        logs / "compare_nuclei" / "{dataset}.log",
    benchmark:
        benchmarks / "compare_nuclei" / "{dataset}.tsv"
    wildcard_constraints:
        dataset=any_of(SEGMENTED),
    conda:
        "../../envs/freqbench.yaml"
    params:
        config=layout.config,
        settings=comparison_settings_of,
        code=source_hash("freqbench.nuclei.compare"),
    message:
        "Test the differences on the nuclei of {wildcards.dataset}"
    shell:
        "freqbench compare-nuclei --config {params.config} --dataset {wildcards.dataset} > {log} 2>&1"


rule nuclei_table:
    input:
        metrics=all_gathered("nuclei", "nucleus_sets", datasets=SEGMENTED),
        statistics=[layout.nucleus_statistics(dataset) for dataset in SEGMENTED],
        segmentations=[layout.segmentation(dataset) for dataset in SEGMENTED],
        audits=[layout.audit(dataset, split) for dataset in SEGMENTED for split in study.splits_of(dataset)],
    output:
        shown_table(layout.nuclei_table, "nuclei_table", "Nuclei"),
    log:
        logs / "nuclei_table.log",
    benchmark:
        benchmarks / "nuclei_table.tsv"
    conda:
        "../../envs/freqbench.yaml"
    params:
        config=layout.config,
        settings=fingerprint(study.model_dump(mode="json", exclude={"results", "mirror", "figures", "image_fit"})),
        published=published_tables_hash(),
        code=source_hash("freqbench.reporting.nuclei_table"),
    message:
        "Write the table of the nuclei"
    shell:
        "freqbench nuclei-table --config {params.config} > {log} 2>&1"
