"""Commands that write starting files: new-loss, new-dataset."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from freqbench.cli.progress import say


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    for command in (new_loss, new_dataset):
        app.command(rich_help_panel="Start")(command)


def new_loss(
    name: Annotated[str, typer.Argument(help="Name of module and method: lower case letters, digits, underscores.")],
    to: Annotated[Path, typer.Option(help="Folder of the module, a Python package.")] = Path("mylosses"),
) -> None:
    """Write a loss of your own that works as it is, and its test; nothing that is there is overwritten.

    Examples:
        freqbench new-loss edge_aware
        freqbench new-loss edge_aware --to lab/losses
    """
    from freqbench.scaffolding.new_loss import write_new_loss

    loss = write_new_loss(name, to)
    path = loss.python_path.as_posix()
    say(f"written: {loss.module_file}, {loss.test_file}")
    typer.echo(f"""\
# 1. Change the formula in {loss.module_file}, and its second writing in {loss.test_file}. Then:
#      PYTHONPATH={path} freqbench check-loss {loss.dotted_path}
#      PYTHONPATH={path} python -m pytest {loss.test_file}
# 2. Add the lines below to a configuration, and start it with PYTHONPATH={path} before the command.
#    `weight: calibrated` needs the method that `calibration.reference` names (lffl_a1) beside it; or give a number.
methods:
  - {{name: {name}, loss: {loss.dotted_path}, options: {{power: 1.0}}, weight: calibrated}}""")


def new_dataset(
    name: Annotated[str, typer.Argument(help="Name of the data set: lower case letters, digits, underscores, dots.")],
    images: Annotated[
        Path | None,
        typer.Option(
            "--from",
            help="Folder of your images (PNG, TIFF, OME-TIFF). Without it a few simulated ones are written, to try.",
        ),
    ] = None,
    degraded: Annotated[
        str | None,
        typer.Option(help="Pattern of the degraded images, such as `low/{fov}_{capture}.tif`. Default: guessed."),
    ] = None,
    clean: Annotated[
        str | None, typer.Option(help="Pattern of the clean images, one a field of view. Default: guessed.")
    ] = None,
    pairs: Annotated[
        Path | None, typer.Option(help="Instead of patterns: CSV file in the folder with degraded, fov, clean, ...")
    ] = None,
    bit_depth: Annotated[
        int | None,
        typer.Option(min=8, max=16, help="Bits that the camera uses. Default: guessed from the brightest pixel."),
    ] = None,
    task: Annotated[Literal["denoise", "deblur"], typer.Option(help="What the pairs pose.")] = "denoise",
    to: Annotated[Path, typer.Option(help="Folder for the configuration and its test.")] = Path("mydata"),
) -> None:
    """Write a study of your own images and its test: which files belong together is guessed, and said.

    Examples:
        freqbench new-dataset trial
        freqbench new-dataset embryos --from path/to/images
        freqbench new-dataset embryos --from path/to/images --pairs pairs.csv --bit-depth 12
        freqbench new-dataset embryos --from path/to/images \\
            --degraded "low/{fov}_{capture}.tif" --clean "high/{fov}.tif"
    """
    from freqbench.scaffolding.new_dataset import Wishes, write_new_dataset

    made = write_new_dataset(name, images, to, Wishes(degraded, clean, pairs, bit_depth, task))
    for remark in made.remarks:
        say(remark)
    say(f"written: {made.config}, {made.test_file}")
    typer.echo(f"""\
# Check what was guessed in {made.config}, then, in this folder:
#   python -m pytest {made.test_file}
#   snakemake -c2 --configfile {made.config}
# To take the data set into another study, copy its entry below `datasets`.""")
