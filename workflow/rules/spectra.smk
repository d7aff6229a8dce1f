rule spectra:
    input:
        table=layout.patch_table("{dataset}", "{split}"),
        clean=layout.clean_patches("{dataset}", "{split}"),
        restored=layout.restored("{dataset}", "{method}", "{split}", "{seed}"),
    output:
        curves=layout.spectra("{dataset}", "{method}", "{split}", "{seed}"),
    log:
        logs / "spectra" / "{dataset}_{method}_split{split}_seed{seed}.log",
    benchmark:
        benchmarks / "spectra" / "{dataset}_{method}_split{split}_seed{seed}.tsv"
    conda:
        "../../envs/freqbench.yaml"
    threads: 1
    params:
        config=layout.config,
        settings=fingerprint([study.spectra]),
        code=source_hash("freqbench.spectra.measure"),
    message:
        "Measure the spectra of {wildcards.method} on {wildcards.dataset}, split {wildcards.split}, seed {wildcards.seed}"
    shell:
        "freqbench spectra --config {params.config} --dataset {wildcards.dataset} --method {wildcards.method}"
        " --split {wildcards.split} --seed {wildcards.seed} --threads {threads} > {log} 2>&1"


rule frc_figure:
    input:
        spectra=spectra_of,
    output:
        png=shown_figure(layout.frc_figure("{dataset}", "png"), "frc_figure", "Fourier ring correlation"),
        pdf=layout.frc_figure("{dataset}", "pdf"),
    log:
        logs / "frc_figure" / "{dataset}.log",
    benchmark:
        benchmarks / "frc_figure" / "{dataset}.tsv"
    conda:
        "../../envs/freqbench.yaml"
    params:
        config=layout.config,
        settings=frc_settings_of,
        code=source_hash("freqbench.reporting.frc_figure"),
    message:
        "Draw the Fourier ring correlation of {wildcards.dataset}"
    shell:
        "freqbench frc-figure --config {params.config} --dataset {wildcards.dataset} > {log} 2>&1"


rule frc_table:
    input:
        spectra=all_spectra(),
        audits=all_audits(),
    output:
        shown_table(layout.frc_table, "frc_table", "Resolution"),
    log:
        logs / "frc_table.log",
    benchmark:
        benchmarks / "frc_table.tsv"
    conda:
        "../../envs/freqbench.yaml"
    params:
        config=layout.config,
        settings=fingerprint(study.model_dump(mode="json", exclude={"results", "mirror", "figures", "image_fit"})),
        code=source_hash("freqbench.reporting.frc_table"),
    message:
        "Write the table of Fourier ring correlation"
    shell:
        "freqbench frc-table --config {params.config} > {log} 2>&1"
