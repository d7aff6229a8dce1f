"""Commands on learning curves: learning-curve, learning-figure."""

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
from freqbench.layout import Layout
from freqbench.run import Run


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command(rich_help_panel="Evaluation")(learning_curve)
    app.command(rich_help_panel="Results")(learning_figure)


def learning_curve(
    dataset: DatasetOption,
    method: MethodOption,
    split: SplitOption = 1,
    seed: SeedOption = 0,
    config: ConfigOption = DEFAULT_CONFIG,
    threads: ThreadsOption = None,
) -> None:
    """Measure test patches after 1, 2, 4, ... iterations of a training with `training.snapshots`.

    Examples:
        freqbench learning-curve -d phantom_tissue -m lffl_a1
    """
    use_threads(threads)
    from freqbench.learning_curves.measure import measure_learning_curve

    run = Run(load_config(config), dataset, method, seed, split=split)
    with progress(f"learning curve {dataset} {method}") as advance:
        measure_learning_curve(run, advance)
    say(str(run.layout.learning_curve(*run.key)))


def learning_figure(dataset: DatasetOption, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Draw metrics of test patches over the iterations of all trainings, as PNG and PDF.

    Examples:
        freqbench learning-figure -d phantom_tissue
    """
    from freqbench.reporting.learning_figure import draw_learning

    settings = load_config(config)
    draw_learning(settings, dataset)
    say(str(Layout.of(settings).learning_figure(dataset, "png")))
