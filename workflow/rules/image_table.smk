rule image_table:
    input:
        metrics=all_gathered("images"),
        audits=all_audits(),
    output:
        shown_table(layout.image_table, "image_table", "Image by image"),
    log:
        logs / "image_table.log",
    benchmark:
        benchmarks / "image_table.tsv"
    conda:
        "../../envs/freqbench.yaml"
    params:
        config=layout.config,
        settings=image_table_settings(),
        published=published_tables_hash(),
        code=source_hash("freqbench.reporting.image_table"),
    message:
        "Tabulate image by image"
    shell:
        "freqbench image-table --config {params.config} > {log} 2>&1"
