"""Command on methods without training: control."""

import typer

from freqbench.cli.options import DEFAULT_CONFIG, ConfigOption, DatasetOption, MethodOption, SplitOption
from freqbench.cli.progress import progress, say
from freqbench.config import load_config
from freqbench.run import Run


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(rich_help_panel="Evaluation")(control)


def control(
    dataset: DatasetOption,
    method: MethodOption,
    split: SplitOption = 1,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Make the test patches of a control: a classical denoiser, tuned on the train patches, or a landmark.

    Examples:
        freqbench control -d phantom_tissue -m gaussian
        freqbench control -d phantom_tissue -m gat_tv --split 1
    """
    from freqbench.classical.control import make_control
    from freqbench.files import read_json

    run = Run(load_config(config), dataset, method, split=split)
    with progress(f"control {method} of {dataset}") as advance:
        make_control(run, advance)
    record = read_json(run.layout.control_record(*run.key))
    for name, value in record.get("parameters", {}).items():
        say(f"{name}: {value:.4g}" + (", at the end of its grid" * (name in record["at_end_of_grid"])))
