"""Commands on results: restore-patches, evaluate, compare."""

import typer

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
from freqbench.cli.progress import progress, say
from freqbench.config import load_config
from freqbench.run import Run


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    for command in (restore_patches, evaluate, compare):
        app.command(rich_help_panel="Evaluation")(command)


def restore_patches(
    dataset: DatasetOption,
    method: MethodOption,
    split: SplitOption = 1,
    seed: SeedOption = 0,
    config: ConfigOption = DEFAULT_CONFIG,
    threads: ThreadsOption = None,
) -> None:
    """Restore the test patches with a trained method; `control` does it with the others.

    Examples:
        freqbench restore-patches -d phantom_tissue -m lffl_a1
    """
    from freqbench.restoration import restore

    run = Run(load_config(config), dataset, method, seed, split=split)
    use_threads(threads)
    with progress(f"restore {dataset} {method}") as advance:
        restore(run, advance)


def evaluate(
    dataset: DatasetOption,
    method: MethodOption,
    split: SplitOption = 1,
    seed: SeedOption = 0,
    config: ConfigOption = DEFAULT_CONFIG,
    threads: ThreadsOption = None,
) -> None:
    """Measure the restored patches: per patch, and as a set.

    Examples:
        freqbench evaluate -d phantom_tissue -m lffl_a1 --split 1 --seed 0
    """
    use_threads(threads)
    from freqbench.evaluation import evaluate as evaluate_run
    from freqbench.evaluation import read_metrics

    run = Run(load_config(config), dataset, method, seed, split=split)
    with progress(f"evaluate {dataset} {method}") as advance:
        evaluate_run(run, advance)
    for paths in (run.layout.image_metrics, run.layout.set_metrics):
        table = read_metrics([paths(*run.key)])
        for name, values in table.groupby("metric", sort=False)["value"]:
            say(f"{name}: {values.mean():.5g}")


def compare(dataset: DatasetOption, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Test the differences between methods: per patch as in the paper, per field of view, and of whole sets.

    Examples:
        freqbench compare -d phantom_tissue
    """
    from freqbench.files import atomic_path
    from freqbench.gathered import OF_PATCHES, read_gathered
    from freqbench.layout import Layout
    from freqbench.statistics.compare import compare_methods

    settings = load_config(config)
    images, sets, without = (read_gathered(settings, dataset, kind) for kind in OF_PATCHES)
    table = compare_methods(images, settings, sets=sets, without=without)
    with atomic_path(Layout.of(settings).statistics(dataset)) as temporary:
        table.to_csv(temporary, index=False, float_format="%.9g")
    best = table[table["against"] == "best_baseline"]
    for analysis, count in (best["better"] == "method").groupby(best["analysis"], sort=False).sum().items():
        say(f"{analysis} level: {count} of the differences are gains over the best baseline")
