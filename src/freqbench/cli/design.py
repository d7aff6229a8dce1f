"""Commands about the design of a study: variance, variance-table, null-simulation, null-figure."""

from pathlib import Path
from typing import Annotated

import typer

from freqbench.cli.options import DEFAULT_CONFIG, ConfigOption, DatasetOption
from freqbench.cli.progress import progress, say
from freqbench.config import load_config
from freqbench.layout import Layout

FolderOption = Annotated[
    Path | None, typer.Option("--to", help="Folder for null_simulation.* instead of the study's; needs no study.")
]


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    for command in (variance, variance_table, null_simulation, null_figure):
        app.command(rich_help_panel="Results")(command)


def variance(dataset: DatasetOption, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Measure where scores and differences vary: fields of view, splits, seeds, patches; and plan with it.

    Examples:
        freqbench variance -d phantom_tissue
    """
    from freqbench.files import atomic_path
    from freqbench.gathered import read_gathered
    from freqbench.statistics.planning import power_table
    from freqbench.statistics.variance import quantities
    from freqbench.statistics.variance import variance_table as components

    settings = load_config(config)
    layout = Layout.of(settings)
    metrics = read_gathered(settings, dataset, "images")
    known = list(quantities(metrics, settings))
    for path, make in ((layout.variance(dataset), components), (layout.power(dataset), power_table)):
        table = make(metrics, settings, known)
        with atomic_path(path) as temporary:
            table.to_csv(temporary, index=False, float_format="%.9g")
        say(str(path))


def variance_table(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Write the variance components, and how large a study the differences need, as CSV, Markdown, HTML and LaTeX.

    Examples:
        freqbench variance-table
    """
    from freqbench.reporting.variance_table import write_variance_table

    settings = load_config(config)
    write_variance_table(settings)
    say(Layout.of(settings).variance_table("md").read_text(encoding="utf-8"))


def null_simulation(
    config: ConfigOption = DEFAULT_CONFIG,
    to: FolderOption = None,
    simulations: Annotated[
        int, typer.Option("--simulations", min=100, help="Data sets of each setting; the slower analyses see fewer.")
    ] = 2000,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of the draws.")] = 0,
    whole_grid: Annotated[
        bool, typer.Option("--whole-grid", help="Every correlation with every number of fields of view: minutes more.")
    ] = False,
) -> None:
    """Simulate differences of mean zero: how often does each analysis of a study find one?

    Examples:
        freqbench null-simulation --to simulation
        freqbench null-simulation --to simulation --simulations 100 --seed 1
    """
    from freqbench.files import atomic_path
    from freqbench.statistics.null_simulation import default_settings, simulate_null
    from freqbench.statistics.null_simulation import whole_grid as every_setting

    path = to / "null_simulation.csv" if to else Layout.of(load_config(config)).null_simulation
    settings = every_setting() if whole_grid else default_settings()
    with progress("settings simulated") as advance:
        table = simulate_null(settings, simulations=simulations, seed=seed, advance=advance)
    with atomic_path(path) as temporary:
        table.to_csv(temporary, index=False, float_format="%.6g")
    say(str(path))


def null_figure(config: ConfigOption = DEFAULT_CONFIG, to: FolderOption = None) -> None:
    """Draw how often the analyses find a difference where there is none (PNG, PDF), and write it as a table.

    Examples:
        freqbench null-figure --to simulation
    """
    from freqbench.reporting.null_figure import draw_null
    from freqbench.reporting.null_table import write_null_table

    def beside(suffix: str) -> Path:
        return (to or Path()) / f"null_simulation.{suffix}"

    source, figure, table = beside("csv"), beside, beside
    if to is None:
        layout = Layout.of(load_config(config))
        source, figure, table = layout.null_simulation, layout.null_figure, layout.null_table
    draw_null(source, {suffix: figure(suffix) for suffix in ("png", "pdf")})
    write_null_table(source, table)
    say(table("md").read_text(encoding="utf-8"))
    say(str(figure("png")))
