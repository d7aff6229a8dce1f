"""The command that passes a trained generator on: export."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from freqbench.cli.progress import say
from freqbench.cli.restore import StudyDatasetOption, StudyMethodOption, StudySeedOption, StudySplitOption


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(rich_help_panel="Your own images")(export)


def export(
    runs: Annotated[
        list[Path],
        typer.Argument(help="Folders of trainings, a study's folder with --dataset and so on, or files of generators."),
    ],
    form: Annotated[
        Literal["safetensors", "bioimageio", "onnx"],
        typer.Option("--format", help="`bioimageio`: a package of the BioImage Model Zoo, with example and cover."),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="A folder, or for one generator a file.")],
    dataset: StudyDatasetOption = None,
    method: StudyMethodOption = None,
    split: StudySplitOption = None,
    seed: StudySeedOption = None,
    licence: Annotated[
        str | None, typer.Option(help="SPDX identifier; nothing: the licence of the images that trained it.")
    ] = None,
    author: Annotated[list[str] | None, typer.Option(help="Who trained it, for the Zoo; may be repeated.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace files that exist.")] = False,
) -> None:
    """Export trained generators for others: safetensors, BioImage Model Zoo or ONNX, with a model card.

    Examples:
        freqbench export results/smoke/training/phantom_tissue/lffl_a1/split1_seed0 --format safetensors -o out
        freqbench export results/smoke -d phantom_tissue -m lffl_a1 --format bioimageio -o lffl.zip
    """
    from freqbench.export.export import export_model, outputs_of
    from freqbench.trained.find_run import Choice
    from freqbench.trained.load import load_model

    choice = Choice(dataset, method, split, seed)
    models = [load_model(run, choice) for run in runs]
    for model, path in zip(models, outputs_of(models, form, output, overwrite=overwrite), strict=True):
        remarks = export_model(model, form, path, licence=licence, authors=author or ())
        say(f"{path}: {model.trained_for}")
        for remark in remarks:
            say(f"{path}: {remark}")
