"""The command doctor: is this machine ready for a study, and how long would it take?"""

from typing import Annotated

import typer

from freqbench.cli.options import DEFAULT_CONFIG, ConfigOption, ThreadsOption, use_threads
from freqbench.cli.progress import progress
from freqbench.config import load_config

NAME_WIDTH = 20


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(rich_help_panel="Start")(doctor)


def doctor(
    config: ConfigOption = DEFAULT_CONFIG,
    steps: Annotated[int, typer.Option(min=1, help="Iterations to measure for each data set.")] = 20,
    timing: Annotated[bool, typer.Option("--timing/--no-timing", help="Measure how long an iteration takes.")] = True,
    threads: ThreadsOption = None,
) -> None:
    """Print device, precision, weights and data of a study as found here, and how long its trainings would take.

    Examples:
        freqbench doctor
        freqbench doctor -c config/paper.yaml --steps 5
        freqbench doctor -c config/paper.yaml --no-timing
    """
    use_threads(threads)
    from freqbench.doctor import data_lines, device_lines, mirror_line, training_lines, weight_lines
    from freqbench.study_time import StudyTime

    settings = load_config(config)
    _section("Device", device_lines(settings))
    _section("Weights and data", [*mirror_line(settings), *weight_lines(settings), *data_lines(settings)])
    with progress("measure") as advance:
        study = StudyTime(settings, steps if timing else 0, advance=advance).lines()
    _section(f"Trainings of the study {settings.name}", [*study, *training_lines(settings)])


def _section(title: str, lines: list[tuple[str, str]]) -> None:
    typer.echo(title)
    for name, text in lines:
        typer.echo(f"  {name:{NAME_WIDTH}} {text}")
