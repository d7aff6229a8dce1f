from snakemake.utils import min_version

min_version("9.3")


# a file named on the command line replaces the default; it is not merged into it
if not workflow.overwrite_configfiles:

    configfile: "config/smoke.yaml"


report: "workflow/report/workflow.rst"


include: "workflow/rules/common.smk"
include: "workflow/rules/gpus.smk"
include: "workflow/rules/settings.smk"
include: "workflow/rules/inputs.smk"
include: "workflow/rules/outputs.smk"
include: "workflow/rules/data.smk"
include: "workflow/rules/noise.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/sensitivity.smk"
include: "workflow/rules/image_fit.smk"
include: "workflow/rules/controls.smk"
include: "workflow/rules/evaluate.smk"
include: "workflow/rules/learning_curves.smk"
include: "workflow/rules/averaging.smk"
include: "workflow/rules/gather.smk"
include: "workflow/rules/spectra.smk"
include: "workflow/rules/nuclei.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/image_table.smk"
include: "workflow/rules/matrix.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/design.smk"
include: "workflow/rules/report_page.smk"


onstart:
    require_gpus()
    write_effective_config()


# Of a workflow that another one imports, Snakemake does not call `onstart`; nor does it say here whether it runs dry.
if not workflow.modifier.is_main_snakefile():
    write_effective_config()


onsuccess:
    print(closing_words())


rule all:
    default_target: True
    input:
        study_outputs(),


rule table1:
    input:
        table_files(),


rule figures:
    input:
        figure_files(),


rule nuclei:
    input:
        nuclei_files(),


rule frc:
    input:
        frc_files(),


rule averaging:
    input:
        averaging_files(),


rule learning_curves:
    input:
        learning_files(),


rule variance:
    input:
        variance_files(),


rule null_simulation:
    input:
        null_simulation_files(),


rule calibration:
    input:
        calibration_tables(),


rule loss_sensitivity:
    input:
        sensitivity_files(),


rule image_fit:
    input:
        image_fit_files(),


rule noise_models:
    input:
        noise_files(),
