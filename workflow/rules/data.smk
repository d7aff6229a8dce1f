rule simulate:
    output:
        source=layout.source("{dataset}"),
        images=directory(layout.images("{dataset}")),
    log:
        logs / "simulate" / "{dataset}.log",
    benchmark:
        benchmarks / "simulate" / "{dataset}.tsv"
    wildcard_constraints:
        dataset=any_of(PHANTOMS),
    conda:
        "../../envs/freqbench.yaml"
    params:
        config=layout.config,
        settings=source_settings,
        code=source_hash("freqbench.data.phantom"),
    message:
        "Simulate {wildcards.dataset}"
    shell:
        "freqbench simulate --config {params.config} --dataset {wildcards.dataset} > {log} 2>&1"


rule fetch:
    output:
        source=layout.source("{dataset}"),
    log:
        logs / "fetch" / "{dataset}.log",
    benchmark:
        benchmarks / "fetch" / "{dataset}.tsv"
    wildcard_constraints:
        dataset=any_of(FETCHED),
    retries: 2
    conda:
        "../../envs/freqbench.yaml"
    params:
        config=layout.config,
        settings=source_settings,
        code=[source_hash("freqbench.data.fetching.fetch"), source_hash("freqbench.data.readers.local_folders")],
    message:
        "Fetch {wildcards.dataset}"
    shell:
        "freqbench fetch --config {params.config} --dataset {wildcards.dataset} > {log} 2>&1"


rule index:
    input:
        source=layout.source("{dataset}"),
    output:
        index=layout.index("{dataset}"),
        exclusions=layout.exclusions("{dataset}"),
    log:
        logs / "index" / "{dataset}.log",
    benchmark:
        benchmarks / "index" / "{dataset}.tsv"
    conda:
        "../../envs/freqbench.yaml"
    params:
        config=layout.config,
        settings=settings_of("source", "level", "on_bad_image"),
        code=[source_hash("freqbench.data.index"), source_hash("freqbench.data.readers.dispatch")],
    message:
        "List and check the images of {wildcards.dataset}"
    shell:
        "freqbench index --config {params.config} --dataset {wildcards.dataset} > {log} 2>&1"


rule similarity:
    input:
        source=layout.source("{dataset}"),
        index=layout.index("{dataset}"),
    output:
        similarity=layout.similarity("{dataset}"),
    log:
        logs / "similarity" / "{dataset}.log",
    benchmark:
        benchmarks / "similarity" / "{dataset}.tsv"
    conda:
        "../../envs/freqbench.yaml"
    params:
        config=layout.config,
        settings=settings_of("audit", "split"),
        code=source_hash("freqbench.data.leakage.similarity"),
    message:
        "Compare the fields of view of {wildcards.dataset}"
    shell:
        "freqbench similarity --config {params.config} --dataset {wildcards.dataset} > {log} 2>&1"


rule split:
    input:
        index=layout.index("{dataset}"),
        similarity=layout.similarity("{dataset}"),
    output:
        split=layout.split("{dataset}", "{split}"),
    log:
        logs / "split" / "{dataset}_split{split}.log",
    benchmark:
        benchmarks / "split" / "{dataset}_split{split}.tsv"
    conda:
        "../../envs/freqbench.yaml"
    params:
        config=layout.config,
        settings=settings_of("split", "trained_on"),
        code=source_hash("freqbench.data.split"),
    message:
        "Split {wildcards.dataset} by field of view, split {wildcards.split}"
    shell:
        "freqbench split --config {params.config} --dataset {wildcards.dataset} --split {wildcards.split}"
        " > {log} 2>&1"


rule audit:
    input:
        source=layout.source("{dataset}"),
        index=layout.index("{dataset}"),
        similarity=layout.similarity("{dataset}"),
        split=layout.split("{dataset}", "{split}"),
        trained_beside=trained_beside,
    output:
        audit=layout.audit("{dataset}", "{split}"),
        mask=layout.mask("{dataset}", "{split}"),
    log:
        logs / "audit" / "{dataset}_split{split}.log",
    benchmark:
        benchmarks / "audit" / "{dataset}_split{split}.tsv"
    conda:
        "../../envs/freqbench.yaml"
    params:
        config=layout.config,
        settings=settings_of("audit", "split", "trained_on"),
        code=source_hash("freqbench.data.leakage.audit"),
    message:
        "Look for leakage between train and test of {wildcards.dataset}, split {wildcards.split}"
    shell:
        "freqbench audit --config {params.config} --dataset {wildcards.dataset} --split {wildcards.split}"
        " > {log} 2>&1"


rule patches:
    input:
        source=layout.source("{dataset}"),
        index=layout.index("{dataset}"),
        split=layout.split("{dataset}", "{split}"),
        audit=layout.audit("{dataset}", "{split}"),
        mask=layout.mask("{dataset}", "{split}"),
    output:
        table=layout.patch_table("{dataset}", "{split}"),
        noisy=layout.noisy_patches("{dataset}", "{split}"),
        clean=layout.clean_patches("{dataset}", "{split}"),
    log:
        logs / "patches" / "{dataset}_split{split}.log",
    benchmark:
        benchmarks / "patches" / "{dataset}_split{split}.tsv"
    conda:
        "../../envs/freqbench.yaml"
    params:
        config=layout.config,
        settings=settings_of("patches", "noise", "trained_on"),
        code=source_hash("freqbench.data.patches"),
    message:
        "Cut the patches of {wildcards.dataset}, split {wildcards.split}"
    shell:
        "freqbench patches --config {params.config} --dataset {wildcards.dataset} --split {wildcards.split}"
        " > {log} 2>&1"
