"""Commands that prepare and run trainings: preflight, calibrate, calibration-table, train."""

import typer

from freqbench.cli.exit_codes import ExitCode
from freqbench.cli.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    DatasetOption,
    MethodOption,
    SeedOption,
    SplitOption,
    ThreadsOption,
    use_threads,
)
from freqbench.cli.progress import TrainingProgress, say
from freqbench.config import load_config
from freqbench.run import Run, check_trains


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    for command in (preflight, calibrate, calibration_table, train):
        app.command(rich_help_panel="Training")(command)


def preflight(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Check all that can be checked before any training: losses, networks, weights, folder.

    Examples:
        freqbench preflight
        freqbench preflight -c config/mini.yaml
    """
    from freqbench.files import write_json
    from freqbench.layout import Layout
    from freqbench.preflight import check

    settings = load_config(config)
    result = check(settings)
    write_json(Layout.of(settings).preflight, result)
    counts = result["generator_parameters"]
    counts = counts if isinstance(counts, dict) else {"": counts}
    words = ", ".join(f"{count:,} generator parameters{f' ({name})' if name else ''}" for name, count in counts.items())
    say(f"{words}; methods: {', '.join(result['methods'])}")
    for entry in result["feature_networks"]:
        say(f"feature network {entry['network']}: {entry['file']}")


def calibrate(
    dataset: DatasetOption,
    method: MethodOption,
    split: SplitOption = 1,
    config: ConfigOption = DEFAULT_CONFIG,
    threads: ThreadsOption = None,
) -> None:
    """Measure the initial gradient of a method's frequency loss and find its weight.

    Examples:
        freqbench calibrate -d phantom_tissue -m ffl
    """
    use_threads(threads)
    from freqbench.files import write_json
    from freqbench.training.calibrate import calibrate as measure

    settings = load_config(config)
    run = Run(settings, dataset, method, settings.seeds_of(method)[0], split=split)
    check_trains(settings, dataset)
    result = measure(run)
    write_json(run.layout.calibration(dataset, method, split), result)
    say(f"{method}: lambda_4 = {result['weight']:.6g} (gradient of {result['reference']})")


def calibration_table(
    dataset: DatasetOption, config: ConfigOption = DEFAULT_CONFIG, threads: ThreadsOption = None
) -> None:
    """Tabulate weight and initial gradient of every frequency loss, at the untrained output and the noisy input.

    Examples:
        freqbench calibration-table -d phantom_tissue
    """
    use_threads(threads)
    from freqbench.reporting.calibration_table import markdown, write_calibration_table
    from freqbench.training.initial_gradients import initial_gradients

    settings = load_config(config)
    measured = initial_gradients(settings, dataset)
    write_calibration_table(settings, measured)
    say(markdown(measured))


def train(
    dataset: DatasetOption,
    method: MethodOption,
    split: SplitOption = 1,
    seed: SeedOption = 0,
    config: ConfigOption = DEFAULT_CONFIG,
    threads: ThreadsOption = None,
) -> None:
    """Train one method. A training that was stopped goes on where it was; one that is done is left alone.

    Examples:
        freqbench train -d phantom_tissue -m lffl_a1
        freqbench train -d fmd_zebrafish -m lffl_a1 --seed 2 -c config/paper.yaml
    """
    use_threads(threads)
    from freqbench.training.finished import is_trained
    from freqbench.training.loop import TrainingInterruptedError
    from freqbench.training.run import train as train_run

    run = Run(load_config(config), dataset, method, seed, split=split)
    check_trains(run.config, dataset)
    if not run.is_control and is_trained(run):
        say(f"already trained with these settings, data and code: {run.layout.generator(*run.key)}")
        return
    try:
        with TrainingProgress(f"{dataset} {method} split {split} seed {seed}") as view:
            train_run(run, view)
    except TrainingInterruptedError:
        say("stopped; the state is saved, and the same command goes on from it")
        raise typer.Exit(ExitCode.STOPPED) from None
