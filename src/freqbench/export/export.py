"""Write trained generators in a form for others, each with its model card."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, get_args

from freqbench.errors import FreqbenchError
from freqbench.export.card import model_card, name_of
from freqbench.export.licences import spdx_of
from freqbench.export.onnx_file import write_onnx
from freqbench.export.zoo_package import write_package
from freqbench.files import write_text
from freqbench.trained.model import TrainedModel
from freqbench.trained.safetensors_file import write_safetensors

Format = Literal["safetensors", "bioimageio", "onnx"]

SUFFIXES: dict[Format, str] = dict(zip(get_args(Format), (".safetensors", ".zip", ".onnx"), strict=True))


def outputs_of(models: Sequence[TrainedModel], form: Format, output: Path, *, overwrite: bool) -> list[Path]:
    """Return the file for each generator.

    Args:
        models: the generators.
        form: format.
        output: a folder, or for one generator a file with the suffix of the format.
        overwrite: whether files that exist may be replaced.

    Raises:
        FreqbenchError: if two would be the same, one exists, or one is a generator that is exported.
    """
    suffix = SUFFIXES[form]
    if output.suffix == suffix and not output.is_dir():
        if len(models) > 1:
            raise FreqbenchError(f"{output}: is a file, but there are {len(models)} generators; give a folder with -o")
        paths = [output]
    else:
        paths = [output / f"{name_of(model)}{suffix}" for model in models]
    for path in paths:
        if paths.count(path) > 1:
            raise FreqbenchError(f"{path}: two generators would have this name; export them into different folders")
        if any(path.resolve() == model.path.resolve() for model in models):
            raise FreqbenchError(f"{path}: is the generator that is exported; give another name with -o")
        if path.exists() and not overwrite:
            raise FreqbenchError(f"{path}: exists; give --overwrite to replace it, or another folder with -o")
    return paths


def export_model(
    model: TrainedModel, form: Format, path: Path, *, licence: str | None, authors: Sequence[str] = ()
) -> list[str]:
    """Write a generator and its card.

    Args:
        model: the generator.
        form: format. A BioImage Model Zoo package has the card in it; the others have it beside them, as ``.md``.
        path: the file.
        licence: SPDX identifier; None: that of the images that it was trained on.
        authors: who trained it, for the Zoo.

    Returns:
        Remarks for the user.

    Raises:
        FreqbenchError: if a package is missing or nothing can be written.
    """
    licence = licence or spdx_of(model.facts)
    remarks = [] if licence else ["its licence is not known; state it with --licence before you pass it on"]
    if form == "bioimageio":
        write_package(model, path, licence=licence, authors=authors)
        if not authors:
            remarks.append("its authors are not stated; name them with --author before you upload it")
        return remarks
    if form == "safetensors":
        write_safetensors(model, path)
    else:
        difference = write_onnx(model, path)
        remarks.append(f"largest difference to torch: {difference:.2g}")
    write_text(path.with_suffix(".md"), model_card(model, licence))
    return remarks
