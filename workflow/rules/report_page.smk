rule report_page:
    input:
        manifest=layout.manifest,
        metrics=all_gathered("images", "sets"),
        statistics=[layout.statistics(dataset) for dataset in study.datasets],
        audits=all_audits(),
        images=report_images(),
        tables=[*table_files(), *frc_results(), *variance_files(), *nuclei_results(), *calibration_tables()],
        figures=[*figure_files(), *sensitivity_files(), *image_fit_files(), *noise_files(), *learning_files()],
    output:
        shown_page(layout.report),
    log:
        logs / "report_page.log",
    benchmark:
        benchmarks / "report_page.tsv"
    conda:
        "../../envs/freqbench.yaml"
    params:
        config=layout.config,
        settings=fingerprint(study.model_dump(mode="json", exclude={"results", "mirror"})),
        published=published_tables_hash(),
        pages=report_texts_hash(),
        code=source_hash("freqbench.reporting.html_report.page"),
    message:
        "Write the report"
    shell:
        "freqbench report --config {params.config} > {log} 2>&1"
