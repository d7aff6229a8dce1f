"""The command that restores a user's own images: restore."""

import logging
from pathlib import Path
from typing import Annotated, Literal

import typer

from freqbench.cli.options import ThreadsOption, use_threads
from freqbench.cli.progress import progress, say
from freqbench.errors import FreqbenchError

EXIT_SOME_FAILED = 2

ModelOption = Annotated[
    Path,
    typer.Option(
        "--model",
        help="A training's folder, a study's folder (`results/<study>`, with --dataset and so on), a generator.pt, or "
        "a .safetensors or BioImage Model Zoo .zip that freqbench exported.",
    ),
]
StudyDatasetOption = Annotated[str | None, typer.Option("--dataset", "-d", help="Data set of a study's training.")]
StudyMethodOption = Annotated[str | None, typer.Option("--method", "-m", help="Method of a study's training.")]
StudySplitOption = Annotated[int | None, typer.Option("--split", help="Split of a study's training.")]
StudySeedOption = Annotated[int | None, typer.Option("--seed", "-s", help="Seed of a study's training.")]


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(rich_help_panel="Your own images")(restore)


def restore(
    images: Annotated[
        list[Path],
        typer.Argument(
            help="PNG, TIFF, OME-TIFF and ImageJ stacks; folders; patterns in quotes; or a data set's `images.csv`."
        ),
    ],
    model: ModelOption,
    output: Annotated[Path, typer.Option("--output", "-o", help="A folder, or for one image a file.")],
    dataset: StudyDatasetOption = None,
    method: StudyMethodOption = None,
    split: StudySplitOption = None,
    seed: StudySeedOption = None,
    bit_depth: Annotated[
        int | None, typer.Option(min=1, max=16, help="Bits that integers use, such as 12 in 16-bit files.")
    ] = None,
    data_range: Annotated[
        tuple[float, float] | None, typer.Option(help="Values of floats that are black and full scale; 0 and 1.")
    ] = None,
    dtype: Annotated[
        Literal["input", "float32"],
        typer.Option(help="Type written: the input's, rounded; or float32 in the input's unit, not rounded."),
    ] = "input",
    memory: Annotated[float, typer.Option(min=0.01, help="GiB that the network may take for a tile.")] = 2.0,
    tile: Annotated[
        int | None, typer.Option(min=32, help="Side in pixels of what a tile reads, instead of --memory.")
    ] = None,
    overlap: Annotated[
        str,
        typer.Option(
            help="Pixels that tiles share on each side; `exact`: as far as the network looks; `auto`: as many as make "
            "neighbours agree."
        ),
    ] = "auto",
    device: Annotated[Literal["auto", "cpu", "cuda"], typer.Option(help="`auto`: a GPU where there is one.")] = "auto",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace outputs that exist.")] = False,
    threads: ThreadsOption = None,
) -> None:
    """Restore your own images with a trained generator: any size, stacks plane by plane, metadata kept.

    Examples:
        freqbench restore image.tif --model results/smoke/training/phantom_tissue/lffl_a1/split1_seed0 -o restored
        freqbench restore folder --model lffl.safetensors -o restored --bit-depth 12 --memory 1
    """
    use_threads(threads)
    from freqbench.device import WITHOUT_TRAINING_MIB, claim_device
    from freqbench.restoring.batch import restore_images
    from freqbench.restoring.inputs import find_inputs
    from freqbench.restoring.receptive_field import receptive_field
    from freqbench.restoring.restore_image import Restorer, Wanted
    from freqbench.restoring.tiled_generator import TiledGenerator, Tiling
    from freqbench.trained.find_run import Choice
    from freqbench.trained.load import load_model

    # what tifffile logs of a damaged file is said by the error
    logging.getLogger("tifffile").addHandler(logging.NullHandler())
    tiling = Tiling(memory, tile, _overlap(overlap))
    wanted = Wanted(bit_depth, data_range, as_float=dtype == "float32")
    inputs = find_inputs(images)
    trained = load_model(model, Choice(dataset, method, split, seed))
    needed = max(WITHOUT_TRAINING_MIB, 1024 * memory)
    generator = TiledGenerator(
        trained.network(), receptive_field(trained.settings), claim_device(device, needed), tiling
    )
    say(f"model {trained.path}: {trained.trained_for}")
    say(f"{generator.device}; {generator.tiles_in_words}")
    failures = restore_images(
        inputs, output, Restorer(trained, generator, wanted), overwrite=overwrite, watch=progress, say=say
    )
    if failures:
        say(f"{len(inputs) - len(failures)} of {len(inputs)} restored")
        for failure in failures:
            say(f"error: {failure}")
        raise typer.Exit(EXIT_SOME_FAILED)


def _overlap(text: str) -> int | Literal["auto", "exact"]:
    if text == "auto":
        return "auto"
    if text == "exact":
        return "exact"
    if text.isdecimal() and int(text) > 0:
        return int(text)
    raise FreqbenchError(f"--overlap: a number of pixels above 0, `auto` or `exact`, not `{text}`")
