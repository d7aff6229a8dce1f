rule noise:
    input:
        source=layout.source("{dataset}"),
        index=layout.index("{dataset}"),
    output:
        model=layout.noise("{dataset}"),
        points=layout.noise_points("{dataset}"),
    log:
        logs / "noise" / "{dataset}.log",
    benchmark:
        benchmarks / "noise" / "{dataset}.tsv"
    conda:
        "../../envs/freqbench.yaml"
    params:
        config=layout.config,
        code=source_hash("freqbench.data.noise_model.measure"),
    message:
        "Measure the noise of {wildcards.dataset}"
    shell:
        "freqbench noise --config {params.config} --dataset {wildcards.dataset} > {log} 2>&1"


rule noise_figure:
    input:
        model=layout.noise("{dataset}"),
        points=layout.noise_points("{dataset}"),
    output:
        png=shown_figure(layout.noise_figure("{dataset}", "png"), "noise_figure", "Noise"),
        pdf=layout.noise_figure("{dataset}", "pdf"),
    log:
        logs / "noise_figure" / "{dataset}.log",
    benchmark:
        benchmarks / "noise_figure" / "{dataset}.tsv"
    conda:
        "../../envs/freqbench.yaml"
    params:
        config=layout.config,
        settings=fingerprint(study.tier),
        code=source_hash("freqbench.reporting.noise_figure"),
    message:
        "Draw the noise of {wildcards.dataset}"
    shell:
        "freqbench noise-figure --config {params.config} --dataset {wildcards.dataset} > {log} 2>&1"
