"""Commands that show.

table, differences-table, leakage-table, fov-table, cost-table, figure, differences-figure, audit-figure, manifest,
publish, readme, phantom-figure, schema.
"""

from pathlib import Path
from typing import Annotated

import typer

from freqbench.cli.options import DEFAULT_CONFIG, ConfigOption, DatasetOption, SplitOption
from freqbench.cli.progress import say
from freqbench.config import load_config
from freqbench.layout import Layout


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    tables = (table, differences_table, leakage_table, fov_table, cost_table)
    figures = (figure, differences_figure, audit_figure, phantom_figure)
    for command in (*tables, *figures, manifest, publish):
        app.command(rich_help_panel="Results")(command)
    for project_command in (readme, schema):
        app.command(rich_help_panel="Project")(project_command)


def table(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Write Table 1, beside the paper's numbers, as CSV, Markdown, HTML and LaTeX.

    Examples:
        freqbench table
        freqbench table -c config/mini.yaml
    """
    from freqbench.reporting.table1 import write_table1

    settings = load_config(config)
    write_table1(settings)
    say(Layout.of(settings).table("md").read_text(encoding="utf-8"))


def differences_table(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Write the tested differences between methods, with intervals, as CSV, Markdown, HTML and LaTeX.

    Examples:
        freqbench differences-table
    """
    from freqbench.reporting.differences_table import write_differences_table

    settings = load_config(config)
    write_differences_table(settings)
    say(Layout.of(settings).differences_table("md").read_text(encoding="utf-8"))


def leakage_table(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Write what each method's score owes to leakage, for the pairs of `leakage`: CSV, Markdown, HTML and LaTeX.

    Examples:
        freqbench leakage-table -c config/mini.yaml
    """
    from freqbench.errors import FreqbenchError
    from freqbench.reporting.leakage_table import write_leakage_table

    settings = load_config(config)
    if not settings.leakage:
        raise FreqbenchError(
            f"{config}: `leakage` names no pair of data sets; add `leakage: [{{leaking: ..., free: ...}}]` with two "
            "data sets of one source that differ in their splits"
        )
    write_leakage_table(settings)
    say(Layout.of(settings).leakage_table("md").read_text(encoding="utf-8"))


def fov_table(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Write the mean of each test field of view as CSV, Markdown, HTML and LaTeX.

    Examples:
        freqbench fov-table
    """
    from freqbench.reporting.fov_table import write_fov_table

    settings = load_config(config)
    write_fov_table(settings)
    say(Layout.of(settings).fov_table("md").read_text(encoding="utf-8"))


def cost_table(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Write what the trainings took, time, memory and energy, as CSV, Markdown, HTML and LaTeX.

    Examples:
        freqbench cost-table
    """
    from freqbench.reporting.cost_table import write_cost_table

    settings = load_config(config)
    write_cost_table(settings)
    say(Layout.of(settings).cost_table("md").read_text(encoding="utf-8"))


def figure(dataset: DatasetOption, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Draw the comparison figure of a data set with magnified regions, as PNG and PDF.

    Examples:
        freqbench figure -d phantom_tissue
    """
    from freqbench.reporting.comparison_figure import draw_comparison

    settings = load_config(config)
    draw_comparison(settings, dataset)
    say(str(Layout.of(settings).figure(dataset, "png")))


def differences_figure(dataset: DatasetOption, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Draw the differences to the reference method with their intervals, metric by metric, as PNG and PDF.

    Examples:
        freqbench differences-figure -d phantom_tissue
    """
    from freqbench.reporting.differences_figure import draw_differences

    settings = load_config(config)
    draw_differences(settings, dataset)
    say(str(Layout.of(settings).differences_figure(dataset, "png")))


def audit_figure(dataset: DatasetOption, split: SplitOption = 1, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Draw how similar the fields of view are, their sides, and what is masked, as PNG and PDF.

    Examples:
        freqbench audit-figure -d phantom_tissue
    """
    from freqbench.reporting.audit_figure import draw_audit

    settings = load_config(config)
    draw_audit(settings, dataset, split)
    say(str(Layout.of(settings).audit_figure(dataset, split, "png")))


def manifest(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Write how everything was made: configuration, code, versions, machine, times, hashes.

    Examples:
        freqbench manifest
    """
    from freqbench.reporting.manifest import write_manifest

    settings = load_config(config)
    write_manifest(settings)
    say(str(Layout.of(settings).manifest))


def publish(
    folder: Annotated[Path, typer.Argument(help="Folder that is kept, such as reports/mini.")],
    config: ConfigOption = DEFAULT_CONFIG,
    part: Annotated[
        list[str] | None,
        typer.Option(
            "--part",
            help="table1, differences, figures, fields_of_view, costs, audit, leakage, images, matrix, learning, "
            "averaging, variance, calibration, loss_sensitivity, image_fit, noise, frc, nuclei; to name several, "
            "repeat it. Default: all but averaging.",
        ),
    ] = None,
) -> None:
    """Copy tables, figures, statistics and manifest of a finished study to a folder that is kept.

    Examples:
        freqbench publish reports/smoke
        freqbench publish reports/mini -c config/mini.yaml --part table1 --part audit
    """
    from freqbench.reporting.publish import publish as publish_study

    for path in publish_study(load_config(config), folder, part):
        say(str(path))


def readme(
    pages: Annotated[
        list[Path] | None,
        typer.Argument(help="Pages with blocks. Default: README.md and docs/*.md.", show_default=False),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; show what is out of date, and exit with status 2.")
    ] = False,
) -> None:
    """Fill the blocks of README and docs from the files that they name.

    Examples:
        freqbench readme
        freqbench readme --check
        freqbench readme docs/metrics.md
    """
    from freqbench.errors import FreqbenchError
    from freqbench.files import write_text
    from freqbench.reporting.readme import difference, filled

    stale = []
    for page in pages or [Path("README.md"), *sorted(Path("docs").glob("*.md"))]:
        text = filled(page)
        changed = difference(page, text)
        if changed and check:
            typer.echo(changed)
            stale.append(str(page))
        elif changed:
            write_text(page, text)
            say(f"{page}: filled")
    if stale:
        raise FreqbenchError(
            f"{', '.join(stale)}: numbers differ from the files that they come from, as shown above; run `freqbench "
            "readme`"
        )


def phantom_figure(
    phantom: Annotated[Path, typer.Argument(help="Folder of a simulated data set, in FMD's layout.")],
    output: Annotated[Path, typer.Argument(help="PNG file to write.")],
    real: Annotated[Path | None, typer.Option("--real", help="Folder of an FMD type to set beside it.")] = None,
) -> None:
    """Draw a phantom beside real images: pictures, histogram, noise, spectrum.

    Examples:
        freqbench phantom-figure phantoms/tissue tissue.png
        freqbench phantom-figure phantoms/tissue tissue.png --real path/to/Confocal_FISH
    """
    from freqbench.reporting.phantom_figure import draw

    for name, value in draw(phantom, real, output).items():
        say(f"{name}: {value:.5g}")


def schema(
    folder: Annotated[Path, typer.Option(help="Root of the project.", exists=True, file_okay=False)] = Path(),
) -> None:
    """Write the JSON schema and the reference of the configuration from the typed model.

    Examples:
        freqbench schema
        freqbench schema --folder .
    """
    from freqbench.config.reference import json_schema, markdown
    from freqbench.files import write_text

    write_text(folder / "workflow" / "schemas" / "config.schema.json", json_schema())
    write_text(folder / "config" / "README.md", markdown())
