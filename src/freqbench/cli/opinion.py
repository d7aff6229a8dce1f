"""The command about metrics and people's opinion: opinion-table."""

from pathlib import Path
from typing import Annotated

import typer

from freqbench.cli.progress import progress, say


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(rich_help_panel="Losses and metrics")(opinion_table)


def opinion_table(
    images: Annotated[Path, typer.Argument(help="Folder of KADID-10k, with `dmos.csv` and `images`.")],
    to: Annotated[Path, typer.Option("--to", help="Folder for opinion.csv, .md, .html, .tex and the values.")] = Path(
        "results/opinion"
    ),
    metric: Annotated[
        list[str] | None,
        typer.Option("--metric", "-m", help="What to measure, several times; default: all that need no weights."),
    ] = None,
    processes: Annotated[int, typer.Option(min=1, help="How many references to measure at the same time.")] = 1,
    bootstrap: Annotated[int, typer.Option(min=100, help="Bootstrap samples of references.")] = 2000,
    seed: Annotated[int, typer.Option(help="Seed of the bootstrap.")] = 0,
) -> None:
    """Correlate metrics with people's opinion of distorted images, and set the FRC loss paper's values beside.

    What is measured of a reference is kept, so that the same command goes on after an interruption.

    Examples:
        freqbench opinion-table images/kadid10k --processes 4
        freqbench opinion-table images/kadid10k -m mse -m ssim -m frc_area --to results/opinion
    """
    from freqbench.files import atomic_path
    from freqbench.opinion.agreement import agreement
    from freqbench.opinion.kadid import read_scores
    from freqbench.opinion.measure import METRICS, measure_opinion_set
    from freqbench.reporting.opinion_table import write_opinion_table

    metrics = list(dict.fromkeys(metric or METRICS))
    scores = read_scores(images)
    with progress("measure references") as advance:
        measured = measure_opinion_set(images, scores, metrics, to / "parts", processes=processes, advance=advance)
    with atomic_path(to / "opinion_images.csv") as temporary:
        measured.to_csv(temporary, index=False, float_format="%.9g")
    with progress("correlate") as advance:
        table = agreement(measured, metrics, samples=bootstrap, seed=seed, advance=advance)
    for path in write_opinion_table(table, to):
        say(str(path))
