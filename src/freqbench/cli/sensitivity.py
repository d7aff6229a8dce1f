"""Commands about what the losses see: sensitivity, sensitivity-figure."""

import typer

from freqbench.cli.options import DEFAULT_CONFIG, ConfigOption, DatasetOption, ThreadsOption, use_threads
from freqbench.cli.progress import progress, say
from freqbench.config import load_config
from freqbench.layout import Layout


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    for command in (sensitivity, sensitivity_figure):
        app.command(rich_help_panel="Losses and metrics")(command)


def sensitivity(dataset: DatasetOption, config: ConfigOption = DEFAULT_CONFIG, threads: ThreadsOption = None) -> None:
    """Measure which frequencies each loss sees: on low-passed images, and in its gradient at noisy ones.

    Examples:
        freqbench sensitivity -d phantom_tissue
    """
    use_threads(threads)
    from freqbench.sensitivity.measure import measure_sensitivity

    settings = load_config(config)
    with progress(f"losses on {dataset}") as advance:
        measure_sensitivity(settings, dataset, advance)
    say(str(Layout.of(settings).sensitivity(dataset)))


def sensitivity_figure(dataset: DatasetOption, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Draw the sensitivity of the losses, as PNG and PDF.

    Examples:
        freqbench sensitivity-figure -d phantom_tissue
    """
    from freqbench.reporting.sensitivity_figure import draw_sensitivity

    settings = load_config(config)
    draw_sensitivity(settings, dataset)
    say(str(Layout.of(settings).sensitivity_figure(dataset, "png")))
