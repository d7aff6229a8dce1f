# No input of the trainings: a new check alone must not train anything again, and Snakemake does not look for
# other reasons to run a job whose `ancient` input is made anew. The priority puts it first, while the data are made.
rule preflight:
    output:
        preflight=layout.preflight,
    log:
        logs / "preflight.log",
    benchmark:
        benchmarks / "preflight.tsv"
    priority: 100
    conda:
        "../../envs/freqbench.yaml"
    params:
        config=layout.config,
        settings=preflight_settings(),
        code=source_hash("freqbench.preflight"),
    message:
        "Check losses, networks and weights"
    shell:
        "freqbench preflight --config {params.config} > {log} 2>&1"


rule calibrate:
    input:
        table=layout.patch_table("{dataset}", "{split}"),
        noisy=layout.noisy_patches("{dataset}", "{split}"),
        clean=layout.clean_patches("{dataset}", "{split}"),
        shared=shared_calibration_of,
    output:
        calibration=layout.calibration("{dataset}", "{method}", "{split}"),
    log:
        logs / "calibrate" / "{dataset}_{method}_split{split}.log",
    benchmark:
        benchmarks / "calibrate" / "{dataset}_{method}_split{split}.tsv"
    wildcard_constraints:
        dataset=any_of(TRAINED_SETS),
        method=any_of(CALIBRATED),
    conda:
        "../../envs/freqbench.yaml"
    threads: 1
    params:
        config=layout.config,
        settings=calibration_settings_of,
        code=calibration_code_of,
    message:
        "Calibrate the weight of {wildcards.method} on {wildcards.dataset}, split {wildcards.split}"
    shell:
        "freqbench calibrate --config {params.config} --dataset {wildcards.dataset} --method {wildcards.method}"
        " --split {wildcards.split} --threads {threads} > {log} 2>&1"


rule calibration_table:
    input:
        table=layout.patch_table("{dataset}", FIRST_SPLIT),
        noisy=layout.noisy_patches("{dataset}", FIRST_SPLIT),
        clean=layout.clean_patches("{dataset}", FIRST_SPLIT),
        calibrations=calibrations_of,
    output:
        json=layout.calibration_table("{dataset}", "json"),
        csv=layout.calibration_table("{dataset}", "csv"),
        md=layout.calibration_table("{dataset}", "md"),
    log:
        logs / "calibration_table" / "{dataset}.log",
    benchmark:
        benchmarks / "calibration_table" / "{dataset}.tsv"
    wildcard_constraints:
        dataset=any_of(TRAINED_SETS),
    conda:
        "../../envs/freqbench.yaml"
    threads: 1
    params:
        config=layout.config,
        settings=calibration_table_settings_of,
        code=calibration_table_code_of,
    message:
        "Tabulate the initial gradients of all losses on {wildcards.dataset}"
    shell:
        "freqbench calibration-table --config {params.config} --dataset {wildcards.dataset} --threads {threads}"
        " > {log} 2>&1"


# Status 75 is a training that was told to stop and saved its state. It is a failed job: who stopped it wants it to
# stop. The next call goes on from the state, and so does `--retries`, for machines that are taken back.
# `exec`: a cluster signals all processes of a job, the shell that waits for the training among them. Without it the
# shell dies of the signal, the job counts as ended, and the cluster kills the training while it saves its state.
rule train:
    input:
        table=layout.patch_table("{dataset}", "{split}"),
        noisy=layout.noisy_patches("{dataset}", "{split}"),
        clean=layout.clean_patches("{dataset}", "{split}"),
        calibration=calibration_of,
    output:
        **snapshot_outputs(),
        generator=layout.generator("{dataset}", "{method}", "{split}", "{seed}"),
        log=layout.training_log("{dataset}", "{method}", "{split}", "{seed}"),
        manifest=layout.training_manifest("{dataset}", "{method}", "{split}", "{seed}"),
    log:
        logs / "train" / "{dataset}_{method}_split{split}_seed{seed}.log",
    benchmark:
        benchmarks / "train" / "{dataset}_{method}_split{split}_seed{seed}.tsv"
    wildcard_constraints:
        dataset=any_of(TRAINED_SETS),
        method=any_of(TRAINED),
    conda:
        "../../envs/freqbench.yaml"
    threads: 1
    params:
        config=layout.config,
        settings=training_settings_of,
        code=training_code_of,
    message:
        "Train {wildcards.method} on {wildcards.dataset}, split {wildcards.split}, seed {wildcards.seed}"
    shell:
        "exec freqbench train --config {params.config} --dataset {wildcards.dataset} --method {wildcards.method}"
        " --split {wildcards.split} --seed {wildcards.seed} --threads {threads} > {log} 2>&1"
