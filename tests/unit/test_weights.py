"""Pretrained weights: the order of the search, and planted faults."""

import dataclasses
import io
import sys
from types import SimpleNamespace

import pytest
import torch

from freqbench import weights
from freqbench.errors import FreqbenchError
from freqbench.files import sha256_of
from freqbench.mirror import MIRROR_VARIABLE, mirror_folder
from freqbench.weights import PRETRAINED_NETWORKS, describe_weights, load_weights

FEATURES = {"features.0.weight": torch.arange(6.0), "features.0.bias": torch.ones(2)}
DEEP = {"features.28.weight": torch.full((3,), 28.0)}
CLASSIFIER = {"classifier.0.weight": torch.zeros(4)}
HUB_FILE = PRETRAINED_NETWORKS["vgg19"].hub_file


def saved(tensors):
    buffer = io.BytesIO()
    torch.save(tensors, buffer)
    return buffer.getvalue()


class Setting:
    """A mirror and a torch hub cache of our own, and a network `vgg19` whose hashes fit planted files."""

    def __init__(self, folder, monkeypatch):
        self.mirror = folder / "mirror"
        self.cache = folder / "torch" / "hub" / "checkpoints"
        self.remote = folder / "remote.pth"
        self.mirror.mkdir()
        self.cache.mkdir(parents=True)
        self.monkeypatch = monkeypatch
        monkeypatch.delenv(MIRROR_VARIABLE, raising=False)
        monkeypatch.setenv("TORCH_HOME", str(folder / "torch"))
        # Stands for torchvision, whose import takes seconds; the slow test below checks the real one.
        enum = SimpleNamespace(IMAGENET1K_V1=SimpleNamespace(url=self.remote.as_uri()))
        models = SimpleNamespace(VGG19_Weights=enum)
        monkeypatch.setitem(sys.modules, "torchvision", SimpleNamespace(models=models))
        monkeypatch.setitem(sys.modules, "torchvision.models", models)

    def _register(self, **changes):
        network = dataclasses.replace(PRETRAINED_NETWORKS["vgg19"], **changes)
        self.monkeypatch.setitem(PRETRAINED_NETWORKS, "vgg19", network)
        return network

    def in_mirror(self, content):
        path = self.mirror / PRETRAINED_NETWORKS["vgg19"].mirror_file
        path.write_bytes(content)
        self._register(mirror_sha256=sha256_of(path))
        return path

    def in_cache(self, content):
        path = self.cache / "new"
        path.write_bytes(content)
        network = self._register(hub_file=f"vgg19-{sha256_of(path)[:8]}.pth")
        return path.rename(self.cache / network.hub_file)

    def at_remote(self, content):
        self.remote.write_bytes(content)
        return self._register(hub_file=f"vgg19-{sha256_of(self.remote)[:8]}.pth")


@pytest.fixture
def setting(tmp_path, monkeypatch):
    return Setting(tmp_path, monkeypatch)


def assert_features(tensors, expected):
    torch.testing.assert_close(tensors, expected, rtol=0, atol=0)


def test_mirror_comes_first(setting):
    path = setting.in_mirror(saved(FEATURES))
    setting.in_cache(saved(DEEP))
    assert_features(load_weights("vgg19", setting.mirror, download=False), FEATURES)
    expected = {"network": "vgg19", "file": path.name, "sha256": sha256_of(path)}
    assert describe_weights("vgg19", setting.mirror) == expected


def test_mirror_named_by_the_environment(setting):
    setting.in_mirror(saved(FEATURES))
    setting.monkeypatch.setenv(MIRROR_VARIABLE, str(setting.mirror))
    assert_features(load_weights("vgg19", download=False), FEATURES)


def test_cache_comes_second_and_the_classifier_is_left_out(setting):
    path = setting.in_cache(saved(FEATURES | CLASSIFIER))
    assert_features(load_weights("vgg19", setting.mirror, download=False), FEATURES)
    assert describe_weights("vgg19", setting.mirror)["file"] == path.name


def test_a_file_without_the_needed_layers_is_passed_over(setting):
    setting.in_mirror(saved(FEATURES))
    path = setting.in_cache(saved(FEATURES | DEEP))
    assert_features(load_weights("vgg19", setting.mirror, download=False, keys=list(DEEP)), FEATURES | DEEP)
    assert describe_weights("vgg19", setting.mirror, keys=list(DEEP))["file"] == path.name


def test_download_comes_last_and_is_kept(setting):
    network = setting.at_remote(saved(FEATURES | CLASSIFIER))
    assert_features(load_weights("vgg19", setting.mirror), FEATURES)
    setting.remote.unlink()
    assert (setting.cache / network.hub_file).is_file()
    assert_features(load_weights("vgg19", setting.mirror), FEATURES)


def test_a_damaged_download_leaves_nothing_behind(setting):
    setting.at_remote(saved(FEATURES))
    setting.remote.write_bytes(saved(FEATURES)[:-100])
    with pytest.raises(FreqbenchError, match=r"the download of .* failed: invalid hash value"):
        load_weights("vgg19", setting.mirror)
    assert not list(setting.cache.iterdir())


@pytest.mark.parametrize("download", [True, False])
def test_missing_everywhere_is_one_error_that_says_what_to_do(setting, download):
    with pytest.raises(FreqbenchError) as caught:
        load_weights("vgg19", setting.mirror, download=download)
    message = str(caught.value)
    for hint in (
        "vgg19_features_conv1_1_to_conv3_1.pth",
        MIRROR_VARIABLE,
        "`mirror:`",
        HUB_FILE,
        "`feature_networks: untrained`",
    ):
        assert hint in message
    assert "\n" not in message
    with pytest.raises(FreqbenchError, match="no local file holds them"):
        describe_weights("vgg19", setting.mirror)


def test_wrong_content_in_the_mirror(setting):
    path = setting.in_mirror(saved(FEATURES))
    path.write_bytes(saved(DEEP))
    with pytest.raises(FreqbenchError, match=f"{path}: its sha256 is .* is expected"):
        load_weights("vgg19", setting.mirror)


def test_truncated_file_in_the_cache(setting):
    path = setting.in_cache(saved(FEATURES))
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(FreqbenchError, match=f"{path}: its SHA-256 begins with .*delete it"):
        load_weights("vgg19", setting.mirror)


@pytest.mark.parametrize("content", [b"", b"<html>not found</html>", saved(FEATURES)[:-100], saved(torch.ones(3))])
def test_right_hash_of_a_file_that_holds_no_weights(setting, content):
    path = setting.in_mirror(content)
    with pytest.raises(FreqbenchError, match=f"{path}: not a file of network weights"):
        load_weights("vgg19", setting.mirror)


def test_code_in_a_file_is_not_run(setting, tmp_path):
    class Planted:
        def __reduce__(self):
            return (open, (str(tmp_path / "executed"), "w"))

    setting.in_mirror(saved({"features.0.weight": Planted()}))
    with pytest.raises(FreqbenchError, match="not a file of network weights"):
        load_weights("vgg19", setting.mirror)
    assert not (tmp_path / "executed").exists()


def test_layers_that_no_file_holds(setting):
    setting.at_remote(saved(FEATURES))
    with pytest.raises(FreqbenchError, match=r"hold no features\.28\.weight"):
        load_weights("vgg19", setting.mirror, keys=list(DEEP))


def test_unknown_network():
    with pytest.raises(FreqbenchError, match="resnet: no such pretrained network; there are vgg19, vgg16, alexnet"):
        load_weights("resnet")


@pytest.mark.slow
def test_file_names_are_torchvisions():
    import torchvision.models

    for network in PRETRAINED_NETWORKS.values():
        url = getattr(torchvision.models, network.weights_enum).IMAGENET1K_V1.url
        assert url.rsplit("/", 1)[1] == network.hub_file
        assert f"-{network.hub_sha256_prefix}." in url


@pytest.mark.mirror
@pytest.mark.parametrize(
    ("name", "key", "shape"),
    [
        ("vgg19", "features.7.weight", (128, 128, 3, 3)),
        ("vgg16", "features.28.weight", (512, 512, 3, 3)),
        ("alexnet", "features.10.bias", (256,)),
    ],
)
def test_weights_of_the_mirror(name, key, shape, tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    mirror = mirror_folder(None)
    if mirror is None or not list(mirror.rglob(PRETRAINED_NETWORKS[name].mirror_file)):
        pytest.skip(f"{MIRROR_VARIABLE} names no folder with {PRETRAINED_NETWORKS[name].mirror_file}")
    assert weights.load_weights(name, download=False)[key].shape == shape
