"""Models from anywhere: every form gives the same network, nothing in a file is run, every fault is one line."""

import io
import json
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml

from freqbench.errors import FreqbenchError
from freqbench.files import write_json
from freqbench.layout import Layout
from freqbench.models import RRDBNet
from freqbench.trained.facts import Facts
from freqbench.trained.find_run import Choice
from freqbench.trained.load import load_model
from freqbench.trained.model import TrainedModel
from freqbench.trained.safetensors_file import write_safetensors
from freqbench.training.state import save_tensors

SETTINGS = {
    "kind": "rrdb",
    "blocks": 1,
    "features": 4,
    "growth": 2,
    "pixel_unshuffle": False,
    "global_residual": True,
}


def network():
    torch.manual_seed(1)
    return RRDBNet(features=4, growth=2, blocks=1, global_residual=True).eval()


def write_generator(path: Path, **changes) -> Path:
    save_tensors({"settings": SETTINGS, "state": network().state_dict()} | changes, path)
    return path


def write_zip(path: Path, *, weights: bytes | None = None, source="weights.pt", **said) -> Path:
    """A package as freqbench writes it, less what freqbench does not read."""
    import hashlib

    if weights is None:
        buffer = io.BytesIO()
        torch.save(network().state_dict(), buffer)
        weights = buffer.getvalue()
    entry = {"source": source, "sha256": hashlib.sha256(weights).hexdigest()}
    content = {
        "config": {"freqbench": {"generator": SETTINGS} | said},
        "weights": {"pytorch_state_dict": entry},
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("rdf.yaml", yaml.safe_dump(content))
        archive.writestr("weights.pt", weights)
    return path


def write_form(folder: Path, suffix: str) -> Path:
    """A model in one of its forms."""
    source = write_generator(folder / "model.pt")
    if suffix == ".zip":
        return write_zip(folder / "model.zip")
    if suffix == ".safetensors":
        write_safetensors(load_model(source), folder / "model.safetensors")
        return folder / "model.safetensors"
    return source


def same_output(model: TrainedModel) -> bool:
    image = torch.rand(1, 1, 16, 16)
    with torch.no_grad():
        return torch.equal(model.network()(image), network()(image))


def test_every_form_is_the_same_network(tmp_path):
    run = write_generator(tmp_path / "run/generator.pt").parent
    direct = load_model(run)
    write_safetensors(direct, tmp_path / "model.safetensors")
    write_zip(tmp_path / "model.zip")
    for path in (run, run / "generator.pt", tmp_path / "model.safetensors", tmp_path / "model.zip"):
        assert same_output(load_model(path)), path


def test_what_is_known_travels_with_the_weights(tmp_path):
    model = load_model(write_generator(tmp_path / "generator.pt"))
    facts = Facts(dataset="mine", method="spatial", split=1, seed=3, task="denoise", iterations=7)
    known = TrainedModel(model.settings, model.state, facts, model.path, model.sha256)
    write_safetensors(known, tmp_path / "model.safetensors")
    assert load_model(tmp_path / "model.safetensors").facts == facts
    assert model.facts is None
    assert "nothing is known" in model.trained_for
    write_zip(tmp_path / "model.zip", training=json.loads(facts.model_dump_json()))
    assert load_model(tmp_path / "model.zip").facts == facts


class Harmful:
    """Pickled, it makes a file when it is loaded."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return (open, (self.path, "w"))


def harmful_zip(path):
    buffer = io.BytesIO()
    torch.save({"settings": SETTINGS, "state": Harmful(path)}, buffer)
    return buffer.getvalue()


@pytest.mark.parametrize("form", ["torch file", "bare pickle", "package", "safetensors"])
def test_a_planted_pickle_does_not_run(tmp_path, form):
    planted = tmp_path / "planted.txt"
    suffix = {"package": ".zip", "safetensors": ".safetensors"}.get(form, ".pt")
    path = tmp_path / f"model{suffix}"
    if form == "package":
        write_zip(path, weights=harmful_zip(planted))
    else:
        path.write_bytes(pickle.dumps(Harmful(planted)) if form == "bare pickle" else harmful_zip(planted))
    with pytest.raises(FreqbenchError) as error:
        load_model(path)
    assert not planted.exists()
    assert str(error.value).startswith(str(path))
    assert "\n" not in str(error.value)
    assert "weights_only=False" not in str(error.value)


@pytest.mark.parametrize("suffix", [".pt", ".safetensors", ".zip"])
@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.999])
def test_a_truncated_file(tmp_path, suffix, share):
    path = write_form(tmp_path, suffix)
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(FreqbenchError, match=r"model\.\w+: (is empty|not a|damaged)") as error:
        load_model(path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("suffix", [".pt", ".safetensors", ".zip"])
def test_a_flipped_bit(tmp_path, suffix):
    path = write_form(tmp_path, suffix)
    content = bytearray(path.read_bytes())
    weights = network().state_dict()["body_end.weight"].numpy().tobytes()
    place = content.find(weights) if suffix != ".zip" else len(content) // 2
    content[place + 40] ^= 1
    path.write_bytes(content)
    with pytest.raises(FreqbenchError, match="damaged"):
        load_model(path)


def state_without_last():
    state = network().state_dict()
    state.popitem()
    return state


FAULTS = {
    "another network's weights": {"state": RRDBNet(features=5, growth=2, blocks=1).state_dict()},
    "a tensor too few": {"state": state_without_last()},
    "another network's settings": {"settings": SETTINGS | {"blocks": 2}},
    "no such network": {"settings": {"kind": "unet3d"}},
    "more blocks than any memory holds": {"settings": SETTINGS | {"blocks": 10**12}},
    "more features than any memory holds": {"settings": SETTINGS | {"features": 10**9}},
    "an unknown setting": {"settings": SETTINGS | {"code": "import os"}},
    "no tensors": {"state": {"first.weight": 1.0}},
    "a list": {"state": [1, 2]},
    "integers": {"state": {name: value.int() for name, value in network().state_dict().items()}},
    "halves": {"state": {name: value.half() for name, value in network().state_dict().items()}},
    "NaN": {"state": {name: value * np.nan for name, value in network().state_dict().items()}},
}


@pytest.mark.parametrize("fault", FAULTS)
def test_foreign_contents(tmp_path, fault):
    path = write_generator(tmp_path / "generator.pt", **FAULTS[fault])
    with pytest.raises(FreqbenchError, match=r"generator\.pt: ") as error:
        load_model(path)
    assert "\n" not in str(error.value)


def test_a_generator_without_settings(tmp_path):
    save_tensors(network().state_dict(), tmp_path / "generator.pt")
    with pytest.raises(FreqbenchError, match="holds no generator of freqbench"):
        load_model(tmp_path / "generator.pt")


def test_a_foreign_safetensors(tmp_path):
    from safetensors.torch import save_file

    save_file({"a": torch.zeros(2)}, tmp_path / "a.safetensors")
    with pytest.raises(FreqbenchError, match=r"a\.safetensors: holds no generator of freqbench"):
        load_model(tmp_path / "a.safetensors")


def test_packed_weights_are_not_unfolded(tmp_path):
    """torch stores without compression: what is packed may be a bomb, and is not opened."""
    source = write_generator(tmp_path / "generator.pt")
    with zipfile.ZipFile(source) as archive, zipfile.ZipFile(tmp_path / "b.pt", "w", zipfile.ZIP_DEFLATED) as packed:
        for entry in archive.infolist():
            packed.writestr(entry.filename, archive.read(entry))
    with pytest.raises(FreqbenchError, match="holds packed data"):
        load_model(tmp_path / "b.pt")


@pytest.mark.parametrize("source", ["../weights.pt", "/etc/hostname", "../../outside"])
def test_a_path_out_of_the_package_is_a_name_in_it(tmp_path, source):
    (tmp_path / "weights.pt").write_bytes(b"outside")
    folder = tmp_path / "inner"
    folder.mkdir()
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(FreqbenchError, match="is missing in it"):
        load_model(write_zip(folder / "model.zip", source=source))
    assert sorted(tmp_path.rglob("*")) == sorted([*before, folder / "model.zip"])


def test_a_bomb_in_a_package(tmp_path, monkeypatch):
    """What the archive says of a file's size is not believed: no more than the limit is read."""
    monkeypatch.setattr("freqbench.trained.package_file.LARGEST_WEIGHTS", 10_000)
    with pytest.raises(FreqbenchError, match=r"weights\.pt is larger than"):
        load_model(write_zip(tmp_path / "model.zip", weights=bytes(10**7)))


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("rdf.yaml", "a: &a [x, x]\nb: [*a, *a]\n", "holds aliases"),
        ("rdf.yaml", "a: [", "is no YAML"),
        ("rdf.yaml", "!!python/object/apply:os.system ['true']", "is no YAML"),
        ("rdf.yaml", "name: another model", "describes no generator of freqbench"),
        ("rdf.yaml", "- 1", "describes no generator of freqbench"),
        ("rdf.yaml", "x" * (2**20 + 1), "is larger than 1 MiB"),
        ("else.yaml", "a: 1", "no package of the BioImage Model Zoo"),
    ],
)
def test_foreign_packages(tmp_path, name, text, message):
    with zipfile.ZipFile(tmp_path / "model.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, text)
    with pytest.raises(FreqbenchError, match=rf"model\.zip: .*{message}"):
        load_model(tmp_path / "model.zip")


def test_too_many_files_in_a_package(tmp_path):
    with zipfile.ZipFile(tmp_path / "model.zip", "w") as archive:
        for number in range(101):
            archive.writestr(str(number), b"")
    with pytest.raises(FreqbenchError, match="holds more than 100 files"):
        load_model(tmp_path / "model.zip")


def test_control_characters_do_not_reach_the_terminal(tmp_path):
    facts = {"dataset": "\x1b[2Jevil", "method": "a", "split": 1, "seed": 0, "task": "denoise", "iterations": 1}
    with pytest.raises(FreqbenchError, match=r"what it says of its training is damaged \(dataset\)"):
        load_model(write_zip(tmp_path / "model.zip", training=facts))


def make_study(root: Path) -> Path:
    layout = Layout(root)
    for dataset, method, split, seed in (
        ("a", "ffl", 1, 0),
        ("a", "ffl", 12, 0),
        ("a", "fsl", 1, 0),
        ("b", "ffl", 1, 0),
    ):
        write_generator(layout.generator(dataset, method, split, seed))
    return root


def test_a_training_of_a_study(tmp_path):
    study = make_study(tmp_path / "results/study")
    model = load_model(study, Choice("a", "ffl", 1))
    assert model.path == Layout(study).generator("a", "ffl", 1, 0)
    assert load_model(study, Choice("b")).path == Layout(study).generator("b", "ffl", 1, 0)
    with pytest.raises(FreqbenchError, match=r"3 trainings fit: a/ffl/split12_seed0, a/ffl/split1_seed0, .*--method"):
        load_model(study, Choice("a"))
    with pytest.raises(FreqbenchError, match=r"no training fits; there are a/ffl"):
        load_model(study, Choice("c"))


def test_what_is_no_model(tmp_path):
    (tmp_path / "a.txt").write_text("x")
    (tmp_path / "folder").mkdir()
    for name, message in (
        ("a.txt", "a generator is a file of"),
        ("folder", "holds no trained generator"),
        ("gone", "no such file or folder"),
    ):
        with pytest.raises(FreqbenchError, match=message):
            load_model(tmp_path / name)
    path = write_generator(tmp_path / "generator.pt")
    with pytest.raises(FreqbenchError, match="is no study"):
        load_model(path, Choice("a"))
    with pytest.raises(FreqbenchError, match="is one training"):
        load_model(tmp_path, Choice("a"))


def test_a_damaged_manifest(tmp_path):
    write_generator(tmp_path / "generator.pt")
    write_json(tmp_path / "run.json", {"step": "train"})
    with pytest.raises(FreqbenchError, match=r"run\.json: not the manifest of a training"):
        load_model(tmp_path)
