"""Cellpose's own code path, with a weight file made here; and everything that must stop it, each with one clear line.

Where Cellpose 3 is installed, its own network is built, saved and run. A stand-in that takes the same options is run
everywhere: it proves what this package does before and after, not what Cellpose does.
"""

import hashlib
import sys
import types
from importlib import metadata

import numpy as np
import pytest
import torch

from freqbench.config.nuclei import CellposeSegmenter
from freqbench.errors import FreqbenchError
from freqbench.nuclei.cellpose_model import Cellpose, find_weights
from freqbench.nuclei.segment import build_segmenter

CPU = torch.device("cpu")


def settings(**changes):
    return CellposeSegmenter(**{"kind": "cellpose", "diameter": 24} | changes)


# of cellpose.models.CellposeModel in version 3.1
MODEL_OPTIONS = {"gpu", "pretrained_model", "model_type", "mkldnn", "diam_mean", "device", "nchan", "backbone"}
EVAL_OPTIONS = {
    *("batch_size", "resample", "channels", "channel_axis", "z_axis", "normalize", "invert", "rescale", "diameter"),
    *("flow_threshold", "cellprob_threshold", "do_3D", "anisotropy", "stitch_threshold", "min_size", "niter"),
    *("max_size_fraction", "augment", "tile_overlap", "bsize", "interp", "compute_masks", "progress"),
}


class StandInModel:
    """Finds what is above its one weight, and numbers it from the last to the first, as no caller may rely on."""

    made: list["StandInModel"]

    def __init__(self, **options):
        assert set(options) <= MODEL_OPTIONS
        self.net = torch.nn.Linear(1, 1, bias=False)
        self.net.register_parameter("diam_mean", torch.nn.Parameter(torch.tensor([options["diam_mean"]])))
        self.net.load_state_dict(torch.load(options["pretrained_model"], weights_only=True), strict=False)
        self.diam_mean = self.net.diam_mean.item()
        self.options = options
        type(self).made.append(self)

    def eval(self, image, **options):
        from scipy import ndimage

        assert set(options) <= EVAL_OPTIONS
        self.call = options
        labels, count = ndimage.label(image > self.net.weight.item())
        return np.where(labels > 0, count + 1 - labels, 0), [], None


@pytest.fixture
def stand_in(monkeypatch, tmp_path):
    """Install the stand-in as Cellpose 3.1.1; return its class and a weight file."""
    package, models = types.ModuleType("cellpose"), types.ModuleType("cellpose.models")
    StandInModel.made = []
    models.CellposeModel = StandInModel
    package.models = models
    monkeypatch.setitem(sys.modules, "cellpose", package)
    monkeypatch.setitem(sys.modules, "cellpose.models", models)
    monkeypatch.setattr(metadata, "version", lambda _: "3.1.1")
    path = tmp_path / "stand_in_weights"
    torch.save({"weight": torch.tensor([[0.25]])}, path)
    return StandInModel, path


def test_the_stand_in_finds_discs_and_all_is_recorded(stand_in, disc_labels, disc_image):
    model, path = stand_in
    labels = disc_labels((120, 150), [(30, 40, 12), (60, 100, 12), (90, 40, 12)])
    segment, record = build_segmenter(settings(weights=str(path), flow_threshold=0.3), None, CPU)
    found = segment(disc_image(labels))
    assert [found[y, x] for y, x in ((30, 40), (60, 100), (90, 40))] == [1, 2, 3]
    assert record == {
        "name": "Cellpose",
        "version": "3.1.1",
        "weights": "stand_in_weights",
        "weights_sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "trained_diameter": 17.0,
    }
    (made,) = model.made
    # a name instead of a file would let Cellpose choose another model
    assert "model_type" not in made.options
    assert (made.options["pretrained_model"], made.options["device"]) == (str(path), CPU)
    chosen = ("diameter", "channels", "min_size", "flow_threshold", "cellprob_threshold")
    assert [made.call[name] for name in chosen] == [24, [0, 0], -1, 0.3, 0.0]


@pytest.mark.parametrize("content", [{"other": torch.zeros(1, 1)}, {"weight": torch.zeros(2, 2)}, {}])
def test_a_file_of_other_tensors_is_refused(stand_in, content, monkeypatch):
    _, path = stand_in
    torch.save(content, path)
    # Cellpose loads without `strict`: it keeps random weights where a name is missing
    monkeypatch.setattr(torch.nn.Module, "load_state_dict", lambda *_, **__: None)
    with pytest.raises(FreqbenchError, match=r"stand_in_weights: no weights of Cellpose 3's network \(weight is miss"):
        Cellpose(settings(weights=str(path)), None, CPU)


@pytest.mark.parametrize("content", [b"", b"not weights"])
def test_a_damaged_file_is_refused(stand_in, content):
    _, path = stand_in
    path.write_bytes(content)
    with pytest.raises(FreqbenchError, match=r"stand_in_weights: not a file of Cellpose weights"):
        Cellpose(settings(weights=str(path)), None, CPU)


def test_cellpose_itself_runs_with_a_random_network(tmp_path, disc_labels, disc_image):
    models = pytest.importorskip("cellpose.models", reason="Cellpose 3 is an optional extra")
    if metadata.version("cellpose").split(".")[0] != "3":
        pytest.skip("another version of Cellpose")
    torch.manual_seed(0)
    made = models.CellposeModel(pretrained_model=False, diam_mean=17.0, device=CPU, mkldnn=False)
    path = tmp_path / "random_weights"
    made.net.save_model(str(path))
    image = disc_image(disc_labels((120, 150), [(30, 40, 12), (60, 100, 12)]))
    model = Cellpose(settings(weights=str(path)), None, CPU)
    found = model(image)
    assert model.record["weights_sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert model.record["trained_diameter"] == 17.0
    assert (found.shape, found.dtype) == (image.shape, np.uint16)
    assert (found == model(image)).all()


def test_without_the_package_the_alternative_is_named_and_not_taken(monkeypatch):
    def missing(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", missing)
    with pytest.raises(FreqbenchError, match=r"not installed.*extra `cellpose`.*kind: threshold"):
        build_segmenter(settings(), None, CPU)


def test_version_4_is_refused(monkeypatch):
    monkeypatch.setattr(metadata, "version", lambda _: "4.0.6")
    with pytest.raises(FreqbenchError, match=r"version 4\.0\.6 is installed, but 3 is needed"):
        build_segmenter(settings(), None, CPU)


@pytest.fixture
def own_folder(monkeypatch, tmp_path):
    folder = tmp_path / "own"
    folder.mkdir()
    monkeypatch.setenv("CELLPOSE_LOCAL_MODELS_PATH", str(folder))
    return folder


def test_missing_weights_are_one_line_that_names_file_and_alternative(own_folder, tmp_path):
    with pytest.raises(FreqbenchError) as info:
        find_weights(settings(), tmp_path)
    message = str(info.value)
    assert "\n" not in message
    for part in ("nucleitorch_0", "www.cellpose.org/models/nucleitorch_0", str(own_folder), "kind: threshold"):
        assert part in message


def test_the_order_of_the_search(own_folder, tmp_path):
    mirror = tmp_path / "mirror" / "weights"
    mirror.mkdir(parents=True)
    (own_folder / "nucleitorch_0").write_bytes(b"own")
    assert find_weights(settings(), mirror.parent).read_bytes() == b"own"
    (mirror / "nucleitorch_0").write_bytes(b"mirror")
    assert find_weights(settings(), mirror.parent).read_bytes() == b"mirror"
    declared = tmp_path / "declared"
    declared.write_bytes(b"declared")
    assert find_weights(settings(weights=str(declared)), mirror.parent).read_bytes() == b"declared"


def test_a_declared_hash_must_be_met(own_folder, tmp_path):
    (own_folder / "nucleitorch_0").write_bytes(b"own")
    right = hashlib.sha256(b"own").hexdigest()
    assert find_weights(settings(sha256=right), None).parent == own_folder
    with pytest.raises(FreqbenchError, match=r"nucleitorch_0: its SHA-256 is not `segmenter\.sha256`"):
        find_weights(settings(sha256="0" * 64), None)
