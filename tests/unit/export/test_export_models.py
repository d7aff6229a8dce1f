"""Exported generators compute what torch does, and say what they are."""

import json
import re
import zipfile

import numpy as np
import pytest
import torch
from pydantic import TypeAdapter

from freqbench.config.training import Generator
from freqbench.errors import FreqbenchError
from freqbench.export.card import model_card
from freqbench.export.export import export_model, outputs_of
from freqbench.export.licences import spdx_of
from freqbench.export.onnx_file import write_onnx
from freqbench.trained import optional
from freqbench.trained.facts import DataFacts, Facts, Score
from freqbench.trained.load import load_model
from freqbench.trained.model import TrainedModel, build_network, checked_state

SMALL = {
    "rrdb": {"kind": "rrdb", "blocks": 1, "features": 4, "growth": 2},
    "rrdb_unshuffled": {"kind": "rrdb", "blocks": 1, "features": 4, "growth": 2, "pixel_unshuffle": True},
    "care_unet": {"kind": "care_unet", "features": 4},
    "noise2noise_unet": {"kind": "noise2noise_unet", "features": 4},
}

DATA = DataFacts(
    description="FMD Confocal_BPAE_B",
    licence="CC BY-SA 4.0",
    citation="Zhang et al., CVPR 2019, doi:10.7274/r0-ed2r-4052",
    level="raw",
    bit_depth=8,
    train_fields=("1", "2"),
    test_fields=("19",),
    verdict="clean",
)

FACTS = Facts(
    study="mini",
    tier="mini",
    dataset="cells",
    method="lffl_a1",
    split=1,
    seed=3,
    task="denoise",
    loss="log_focal_frequency",
    loss_options={"alpha": 1.0},
    frequency_weight=2.0,
    objective={"l1": "paper", "perceptual": 1.0},
    feature_networks="imagenet",
    iterations=300,
    code={"version": "0.1.0", "commit": "abc"},
    packages={"torch": "2.13.0"},
    data=DATA,
    scores=(Score(metric="psnr", value=31.4, degraded=22.2, patches=4),),
)


def make_model(tmp_path, kind="rrdb", facts=FACTS):
    torch.manual_seed(2)
    settings = TypeAdapter(Generator).validate_python(SMALL[kind])
    state = checked_state(settings, build_network(settings).state_dict())
    if "last.bias" in state:
        state["last.bias"] += 0.3  # untrained, a network can give black alone, which the Zoo does not take as a test
    return TrainedModel(settings, state, facts, tmp_path / "generator.pt", "0" * 64)


def test_the_card_says_what_a_user_must_know(tmp_path):
    card = model_card(make_model(tmp_path), "CC-BY-SA-4.0")
    for text in (
        "CC BY-SA 4.0",
        "doi:10.7274/r0-ed2r-4052",
        "Weights: CC-BY-SA-4.0",
        "split 1, seed 3",
        "log_focal_frequency (alpha 1.0)",
        "λ₄ = 2",
        "fields of view that trained: 1, 2",
        "| PSNR ↑ | 31.400 | 22.200 | 4 |",
        "torch 2.13.0",
        "0.1.0 abc",
        "never by the image's own maximum",
        "## Intended use and limits",
        "MINI: real images",
    ):
        assert text in card, text
    tables = [line for line in card.splitlines() if line.startswith("|")]
    assert {line.count("|") for line in tables} == {3, 5}


def test_a_card_without_facts_invents_none(tmp_path):
    card = model_card(make_model(tmp_path, facts=None), None)
    assert "How it was trained is not known" in card
    assert "Weights: not stated" in card
    assert "PSNR" not in card


@pytest.mark.parametrize(
    ("licence", "expected"),
    [
        ("CC BY-SA 4.0", "CC-BY-SA-4.0"),
        ("MIT (made by freqbench)", "MIT"),
        ("CC BY 4.0", "CC-BY-4.0"),
        ("CC-BY-4.0", "CC-BY-4.0"),
        ("not stated", None),
        ("CC0 or CC BY 3.0 (reports differ)", None),
    ],
)
def test_weights_have_the_licence_of_their_images(licence, expected):
    facts = FACTS.model_copy(update={"data": DATA.model_copy(update={"licence": licence})})
    assert spdx_of(facts) == expected


def test_names_and_what_is_not_replaced(tmp_path):
    model = make_model(tmp_path)
    (path,) = outputs_of([model], "safetensors", tmp_path / "out", overwrite=False)
    assert path == tmp_path / "out/mini_cells_lffl_a1_split1_seed3.safetensors"
    assert outputs_of([model], "onnx", tmp_path / "a.onnx", overwrite=False) == [tmp_path / "a.onnx"]
    with pytest.raises(FreqbenchError, match="there are 2 generators"):
        outputs_of([model, model], "onnx", tmp_path / "a.onnx", overwrite=False)
    with pytest.raises(FreqbenchError, match="two generators would have this name"):
        outputs_of([model, model], "onnx", tmp_path / "out", overwrite=False)
    (tmp_path / "a.onnx").write_bytes(b"x")
    with pytest.raises(FreqbenchError, match="exists; give --overwrite"):
        outputs_of([model], "onnx", tmp_path / "a.onnx", overwrite=False)


def test_safetensors_with_a_card_beside_it(tmp_path):
    model = make_model(tmp_path)
    path = tmp_path / "out/model.safetensors"
    assert export_model(model, "safetensors", path, licence=None) == []
    again = load_model(path)
    assert again.facts == FACTS
    assert all(torch.equal(again.state[name], model.state[name]) for name in model.state)
    assert "CC-BY-SA-4.0" in path.with_suffix(".md").read_text()
    with pytest.raises(FreqbenchError, match="is the generator that is exported"):
        outputs_of([again], "safetensors", path, overwrite=True)


def test_a_missing_package_is_named(tmp_path, monkeypatch):
    def absent(name):
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    monkeypatch.setattr(optional.importlib, "import_module", absent)
    for form in ("safetensors", "onnx", "bioimageio"):
        with pytest.raises(FreqbenchError, match=r"the package \w+(\.\w+)* is missing.*freqbench\[export\]"):
            export_model(make_model(tmp_path), form, tmp_path / "out", licence=None)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("kind", SMALL)
def test_onnx_gives_what_torch_gives_for_any_size(tmp_path, kind):
    runtime = pytest.importorskip("onnxruntime")
    pytest.importorskip("onnxscript")
    model, path = make_model(tmp_path, kind), tmp_path / "model.onnx"
    assert write_onnx(model, path) < 1e-4
    session = runtime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    for shape in ((1, 1, 64, 96), (3, 1, 96, 32)):
        image = torch.rand(shape)
        with torch.no_grad():
            expected = model.network()(image).numpy()
        (got,) = session.run(["restored"], {"image": image.numpy()})
        assert np.abs(got - expected).max() < 1e-4
    metadata = session.get_modelmeta().custom_metadata_map
    assert json.loads(metadata["freqbench.generator"])["kind"] == model.settings.kind
    assert json.loads(metadata["freqbench.training"])["dataset"] == "cells"


@pytest.mark.slow
@pytest.mark.parametrize("kind", SMALL)
def test_a_zoo_package_passes_the_zoo_s_own_test(tmp_path, kind):
    core = pytest.importorskip("bioimageio.core")
    model, path = make_model(tmp_path, kind), tmp_path / "model.zip"
    remarks = export_model(model, "bioimageio", path, licence=None)
    assert "--author" in remarks[0]
    summary = core.test_model(path)
    assert summary.status == "passed", summary.details
    tested = " ".join(detail.name for detail in summary.details)
    assert "Reproduce test outputs from test inputs (pytorch_state_dict)" in tested
    assert "Reproduce test outputs from test inputs (torchscript)" in tested

    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        assert {"cover.png", "README.md", "test_input.npy", "test_output.npy", "weights.pt"} <= names
        assert re.search("#.*Validation", archive.read("README.md").decode())
        with archive.open("test_input.npy") as file:
            degraded = np.load(file)
        with archive.open("test_output.npy") as file:
            restored = np.load(file)
    # what the package gives is what the network gives on 8 bits
    with torch.no_grad():
        expected = model.network()(torch.from_numpy(degraded / np.float32(255))).clamp(0, 1).numpy() * 255
    assert restored == pytest.approx(expected, abs=1e-3)
    assert load_model(path).facts == FACTS
