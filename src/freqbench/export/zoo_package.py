"""Export a generator as a package of the BioImage Model Zoo (model description 0.5)."""

import json
import re
import shutil
import tempfile
import warnings
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch

from freqbench.errors import FreqbenchError
from freqbench.export.card import TASKS, model_card, name_of
from freqbench.export.cover import write_cover
from freqbench.export.sample import Sample, sample_of
from freqbench.files import atomic_path, sha256_of
from freqbench.restoring.receptive_field import ReceptiveField, receptive_field
from freqbench.restoring.tiling import rounded_up
from freqbench.trained.facts import Facts
from freqbench.trained.model import TrainedModel
from freqbench.trained.optional import imported
from freqbench.trained.package_file import CONFIG_KEY
from freqbench.training.build import NETWORKS

LARGEST_HALO = 64
"""Pixels that tools are told to cut from tiles; a deep network would ask for more than most images have."""

UNNAMED = "not stated"

CITATION = ("Log Focal Frequency Loss for Bioimage Restoration", "https://arxiv.org/abs/2601.20878")


def write_package(model: TrainedModel, path: Path, *, licence: str | None, authors: Sequence[str]) -> None:
    """Write a package: weights as state dict with the network's source and as TorchScript, example, cover, card.

    Input and output are in the stored numbers of the training images: the package scales them by the bit depth or
    range that the training had, and back, and clamps.

    Args:
        model: the generator.
        path: the zip file.
        licence: SPDX identifier; None: not stated.
        authors: names of those who trained it.

    Raises:
        FreqbenchError: if a package is missing, the description is refused, or nothing can be written.
    """
    spec = imported("bioimageio.spec")
    from pydantic import ValidationError

    with tempfile.TemporaryDirectory(prefix="freqbench-export-") as name:
        folder = Path(name)
        sample = _write_files(model, folder, licence)
        try:
            # addresses in it are not looked up: an export needs no network
            with spec.ValidationContext(perform_io_checks=False):
                description = _description(model, folder, sample, licence, authors)
                packed = spec.save_bioimageio_package(description, output_path=folder / "package.zip")
        except (ValidationError, ValueError) as error:
            one_line = " ".join(str(error).split())
            raise FreqbenchError(
                f"{path}: bioimageio.spec refuses the description of the model ({one_line})"
            ) from error
        with atomic_path(path) as temporary:
            shutil.copyfile(packed, temporary)


def _write_files(model: TrainedModel, folder: Path, licence: str | None) -> Sample:
    field = receptive_field(model.settings)
    sample = sample_of(model, _smallest_side(field), field.divisor)
    network = model.network()
    torch.save(model.state, folder / "weights.pt")
    example = torch.zeros((1, 1, _smallest_side(field), _smallest_side(field)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # TorchScript is deprecated in torch, and what Fiji and others run
        torch.jit.trace(network, example).save(folder / "weights_torchscript.pt")
    shutil.copyfile(_source(model), folder / _source(model).name)
    np.save(folder / "test_input.npy", sample.degraded[None, None])
    np.save(folder / "test_output.npy", sample.restored[None, None])
    write_cover(sample, folder / "cover.png")
    (folder / "README.md").write_text(model_card(model, licence), encoding="utf-8")
    return sample


def _source(model: TrainedModel) -> Path:
    """Return the source of the network, which depends on torch alone."""
    file = import_module(NETWORKS[model.settings.kind].__module__).__file__
    assert file is not None
    return Path(file)


def _halo(field: ReceptiveField) -> int:
    return min(field.halo, rounded_up(LARGEST_HALO, field.divisor))


def _smallest_side(field: ReceptiveField) -> int:
    """Return the least side of an input that leaves something when the halo is cut off."""
    return rounded_up(2 * _halo(field) + 1, field.divisor)


def _description(model: TrainedModel, folder: Path, sample: Sample, licence: str | None, authors: Sequence[str]) -> Any:
    v0_5 = imported("bioimageio.spec.model.v0_5")
    facts = model.facts
    task = facts.task if facts else "restore"
    name = re.sub(r"[^A-Za-z0-9 _+()-]", "-", f"freqbench {name_of(model)}")[:128]
    cite = [v0_5.CiteEntry(text=CITATION[0], url=CITATION[1])]
    if facts is not None and facts.data is not None and (found := re.search(r"10\.\d{4,}/\S+", facts.data.citation)):
        cite.append(v0_5.CiteEntry(text=facts.data.citation, doi=found.group().rstrip(".,;")))
    tags = ["fluorescence-light-microscopy", "2d", "pytorch", "freqbench"]
    return v0_5.ModelDescr(
        name=name,
        description=f"Generator to {TASKS.get(task, 'restore')} fluorescence images ({model.settings.kind}).",
        authors=[v0_5.Author(name=author) for author in authors or (UNNAMED,)],
        cite=cite,
        license=licence,
        tags=[*tags, {"denoise": "denoising", "deblur": "deblurring"}.get(task, "restoration")],
        documentation=_file(v0_5, folder / "README.md"),
        covers=[_file(v0_5, folder / "cover.png")],
        inputs=[_input(v0_5, folder, sample, receptive_field(model.settings))],
        outputs=[_output(v0_5, folder, sample, receptive_field(model.settings))],
        weights=_weights(v0_5, model, folder),
        config={CONFIG_KEY: _settings(model, facts)},
    )


def _settings(model: TrainedModel, facts: Facts | None) -> dict[str, Any]:
    said = {"generator": model.settings.model_dump(mode="json")}
    if facts is not None:
        said["training"] = json.loads(facts.model_dump_json())
    return said


def _input(v0_5: Any, folder: Path, sample: Sample, field: ReceptiveField) -> Any:
    sides = v0_5.ParameterizedSize(min=_smallest_side(field), step=field.divisor)
    low, width = sample.low, sample.high - sample.low
    steps = [v0_5.EnsureDtypeDescr(kwargs=v0_5.EnsureDtypeKwargs(dtype="float32"))]
    if (low, width) != (0.0, 1.0):
        scaling = v0_5.ScaleLinearKwargs(gain=1.0 / width, offset=(0.0 - low) / width)
        steps.append(v0_5.ScaleLinearDescr(kwargs=scaling))
    return v0_5.InputTensorDescr(
        id="image",
        description=f"degraded plane in its stored numbers; the example: {sample.origin}",
        axes=[
            v0_5.BatchAxis(),
            v0_5.ChannelAxis(channel_names=["intensity"]),
            v0_5.SpaceInputAxis(id="y", size=sides),
            v0_5.SpaceInputAxis(id="x", size=sides),
        ],
        data=_data(v0_5, sample),
        preprocessing=steps,
        test_tensor=_file(v0_5, folder / "test_input.npy"),
    )


def _output(v0_5: Any, folder: Path, sample: Sample, field: ReceptiveField) -> Any:
    low, width = sample.low, sample.high - sample.low
    steps = [v0_5.ClipDescr(kwargs=v0_5.ClipKwargs(min=0.0, max=1.0))]
    if (low, width) != (0.0, 1.0):
        steps.append(v0_5.ScaleLinearDescr(kwargs=v0_5.ScaleLinearKwargs(gain=width, offset=low)))
    return v0_5.OutputTensorDescr(
        id="restored",
        description="restored plane in the unit of the input, clamped to its range, not rounded",
        axes=[
            v0_5.BatchAxis(),
            v0_5.ChannelAxis(channel_names=["intensity"]),
            *(
                v0_5.SpaceOutputAxisWithHalo(
                    id=axis, size=v0_5.SizeReference(tensor_id="image", axis_id=axis), halo=_halo(field)
                )
                for axis in "yx"
            ),
        ],
        data=_data(v0_5, sample),
        postprocessing=steps,
        test_tensor=_file(v0_5, folder / "test_output.npy"),
    )


def _data(v0_5: Any, sample: Sample) -> Any:
    return v0_5.IntervalOrRatioDataDescr(type="float32", range=(sample.low, sample.high))


def _file(v0_5: Any, path: Path) -> Any:
    return v0_5.FileDescr(source=path, sha256=sha256_of(path))


def _weights(v0_5: Any, model: TrainedModel, folder: Path) -> Any:
    architecture = v0_5.ArchitectureFromFileDescr(
        callable=NETWORKS[model.settings.kind].__name__,
        source=folder / _source(model).name,
        sha256=sha256_of(_source(model)),
        kwargs={"in_channels": 1, "out_channels": 1, **model.settings.model_dump(exclude={"kind"})},
    )
    version = v0_5.Version(torch.__version__.partition("+")[0])
    return v0_5.WeightsDescr(
        pytorch_state_dict=v0_5.PytorchStateDictWeightsDescr(
            source=folder / "weights.pt",
            sha256=sha256_of(folder / "weights.pt"),
            architecture=architecture,
            pytorch_version=version,
        ),
        torchscript=v0_5.TorchscriptWeightsDescr(
            source=folder / "weights_torchscript.pt",
            sha256=sha256_of(folder / "weights_torchscript.pt"),
            parent="pytorch_state_dict",
            pytorch_version=version,
        ),
    )
