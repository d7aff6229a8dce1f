"""No network: every path that downloads refuses before it opens a socket, and so does any library."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from freqbench.config.nuclei import CellposeSegmenter
from freqbench.data.fetching.catalogue import ARCHIVES
from freqbench.data.fetching.fetch import Fetching, fetch_set
from freqbench.errors import FreqbenchError
from freqbench.mirror import MIRROR_VARIABLE
from freqbench.offline import OFFLINE_VARIABLE, is_offline, refuse_download


@pytest.fixture
def offline(monkeypatch, tmp_path):
    """An offline process with empty caches, in which a socket is an error of its own."""

    def refuse(*_arguments, **_keywords):
        raise AssertionError("a socket was opened")

    monkeypatch.setenv(OFFLINE_VARIABLE, "1")
    monkeypatch.delenv(MIRROR_VARIABLE, raising=False)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setenv("CELLPOSE_LOCAL_MODELS_PATH", str(tmp_path / "cellpose"))
    for name in ("socket", "create_connection", "getaddrinfo"):
        monkeypatch.setattr(socket, name, refuse)
    return tmp_path


@pytest.mark.parametrize(("value", "expected"), [("1", True), ("true", True), ("0", False), ("", False), ("no", False)])
def test_the_variable(monkeypatch, value, expected):
    monkeypatch.setenv(OFFLINE_VARIABLE, value)
    assert is_offline() is expected


def test_another_value_is_an_error(monkeypatch):
    monkeypatch.setenv(OFFLINE_VARIABLE, "maybe")
    with pytest.raises(FreqbenchError, match="FREQBENCH_OFFLINE: is 'maybe'; 1 forbids"):
        is_offline()


def test_online_nothing_is_refused(monkeypatch):
    monkeypatch.delenv(OFFLINE_VARIABLE, raising=False)
    assert not is_offline()
    assert refuse_download("a.pth", "https://example.org/a.pth", "a folder") is None
    monkeypatch.setenv(OFFLINE_VARIABLE, "1")
    with pytest.raises(FreqbenchError, match=r"a\.pth: is not here"):
        refuse_download("a.pth", "https://example.org/a.pth", "a folder")


def names_file_and_command(file_name):
    return rf"{file_name}: is not here, and FREQBENCH_OFFLINE forbids .*freqbench fetch --all -c CONFIG.*put the file"


def test_archives(offline):
    with pytest.raises(FreqbenchError, match=names_file_and_command(r"Confocal_FISH\.tar")):
        fetch_set(ARCHIVES["fmd/Confocal_FISH"], Fetching(cache=offline / "cache"))


@pytest.mark.parametrize("name", ["vgg19", "vgg16", "alexnet"])
def test_torchvision_weights(offline, name):
    from freqbench.weights import PRETRAINED_NETWORKS, load_weights

    with pytest.raises(FreqbenchError, match=names_file_and_command(PRETRAINED_NETWORKS[name].hub_file)):
        load_weights(name)


def test_vgg_features(offline):
    from freqbench.models import VGGFeatures

    with pytest.raises(FreqbenchError, match=names_file_and_command("vgg19-dcbb9e9d.pth")):
        VGGFeatures("vgg19", ["conv2_2"])


@pytest.mark.parametrize(
    ("network", "file_name"), [("vgg", "vgg16-397923af.pth"), ("alex", "alexnet-owt-7be5be79.pth")]
)
def test_lpips(offline, network, file_name):
    from freqbench.metrics import LPIPS

    with pytest.raises(FreqbenchError, match=names_file_and_command(file_name)):
        LPIPS(network)


def test_inception(offline):
    from freqbench.metrics.inception import InceptionFeatures

    with pytest.raises(FreqbenchError, match=names_file_and_command("weights-inception-2015-12-05-6726825d.pth")):
        InceptionFeatures(None)


def test_cellpose_weights(offline):
    from freqbench.nuclei.cellpose_model import find_weights

    with pytest.raises(FreqbenchError, match="nucleitorch_0: the weights of Cellpose are missing; get them from"):
        find_weights(CellposeSegmenter(kind="cellpose", diameter=20), None)


@pytest.mark.mirror
@pytest.mark.slow
@pytest.mark.parametrize("kind", ["vgg16", "none"])
def test_with_a_mirror_the_networks_of_an_evaluation_need_no_socket(mirror_folder, offline, kind):
    import torch

    from freqbench.config.evaluation import Evaluation
    from freqbench.metrics.networks import EvaluationNetworks

    settings = Evaluation(metrics=("lpips",), frechet_features=kind)
    networks = EvaluationNetworks(settings, weights="imagenet", mirror=mirror_folder, device=torch.device("cpu"))
    images = torch.rand((2, 1, 32, 32))
    assert networks.lpips is not None
    assert networks.lpips(images, images).abs().max() == 0


@pytest.fixture
def mirror_folder():
    folder = os.environ.get(MIRROR_VARIABLE)
    if not folder:
        pytest.skip(f"{MIRROR_VARIABLE} names no folder")
    return Path(folder)


PLANTED = """
import socket, sys, urllib.request
from freqbench.offline import enforce
enforce()
{line}
"""


def enforced(line, **environment):
    """Run a line in a process of its own, since there is no way back from `enforce`."""
    return subprocess.run(
        [sys.executable, "-c", PLANTED.format(line=line)],
        capture_output=True,
        text=True,
        env=os.environ | {OFFLINE_VARIABLE: "1"} | environment,
        check=False,
    )


@pytest.mark.parametrize(
    ("line", "target"),
    [
        ("socket.create_connection(('192.0.2.1', 80), timeout=5)", "192.0.2.1"),
        ("socket.socket().connect(('192.0.2.1', 80))", "192.0.2.1"),
        ("socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))", "192.0.2.1"),
        ("socket.getaddrinfo('weights.example', 443)", "weights.example"),
        ("urllib.request.urlopen('https://weights.example/a.pth', timeout=5)", "weights.example"),
        ("import requests; requests.get('https://weights.example/a.pth', timeout=5)", "weights.example"),
    ],
)
def test_libraries_cannot_reach_another_machine(line, target):
    done = enforced(line, no_proxy="*")
    assert done.returncode == 1
    assert f"FreqbenchError: {target}: a connection was tried, but FREQBENCH_OFFLINE forbids" in done.stderr


def test_torch_hub_cannot_either(tmp_path):
    line = f"import torch; torch.hub.download_url_to_file('https://weights.example/a.pth', {str(tmp_path / 'a')!r})"
    done = enforced(line, no_proxy="*")
    assert "FreqbenchError: weights.example: a connection was tried" in done.stderr
    assert not (tmp_path / "a").exists()


def test_this_machine_can_be_reached():
    line = (
        "server = socket.create_server(('127.0.0.1', 0)); "
        "socket.create_connection(('localhost', server.getsockname()[1])); one, other = socket.socketpair()"
    )
    assert enforced(line).returncode == 0


def test_online_the_process_is_left_alone():
    line = "assert 'HF_HUB_OFFLINE' not in __import__('os').environ; socket.getaddrinfo('127.0.0.1', 1)"
    assert enforced(line, **{OFFLINE_VARIABLE: "0"}).returncode == 0
    assert "HF_HUB_OFFLINE" in enforced("print(list(__import__('os').environ))").stdout
