rule image_fit_values:
    input:
        image=image_fit_image(),
    output:
        values=layout.image_fit,
        pictures=layout.image_fit_pictures,
        manifest=layout.image_fit_manifest,
    log:
        logs / "image_fit.log",
    benchmark:
        benchmarks / "image_fit.tsv"
    conda:
        "../../envs/freqbench.yaml"
    threads: 1
    params:
        config=layout.config,
        settings=fingerprint([study.image_fit]),
        code=image_fit_code(study),
    message:
        "Fit one image with and without frequency losses"
    shell:
        "freqbench fit-image --config {params.config} --threads {threads} > {log} 2>&1"


rule image_fit_table:
    input:
        values=layout.image_fit,
        manifest=layout.image_fit_manifest,
    output:
        shown_table(layout.image_fit_table, "image_fit_table", "One image fitted"),
    log:
        logs / "image_fit_table.log",
    benchmark:
        benchmarks / "image_fit_table.tsv"
    conda:
        "../../envs/freqbench.yaml"
    params:
        config=layout.config,
        settings=image_fit_settings(),
        code=source_hash("freqbench.reporting.image_fit_table"),
    message:
        "Write when each objective fills the spectrum"
    shell:
        "freqbench fit-image-table --config {params.config} > {log} 2>&1"


rule image_fit_figure:
    input:
        values=layout.image_fit,
        pictures=layout.image_fit_pictures,
        manifest=layout.image_fit_manifest,
    output:
        png=report(
            layout.image_fit_figure("png"),
            caption="../report/image_fit_figure.rst",
            category="Figures",
            subcategory="One image fitted",
        ),
        pdf=layout.image_fit_figure("pdf"),
    log:
        logs / "image_fit_figure.log",
    benchmark:
        benchmarks / "image_fit_figure.tsv"
    conda:
        "../../envs/freqbench.yaml"
    params:
        config=layout.config,
        settings=image_fit_settings(),
        code=source_hash("freqbench.reporting.image_fit_figure"),
    message:
        "Draw the fitted image and its spectrum over the iterations"
    shell:
        "freqbench fit-image-figure --config {params.config} > {log} 2>&1"
