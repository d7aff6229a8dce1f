"""Pretrained ImageNet networks of torchvision (BSD-3-Clause): found locally by hash, else downloaded."""

import pickle
from collections.abc import Collection
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path

import torch

from freqbench.errors import FreqbenchError
from freqbench.files import sha256_of
from freqbench.mirror import MIRROR_VARIABLE, find_in_mirror, mirror_folder
from freqbench.offline import refuse_download


@dataclass(frozen=True)
class PretrainedNetwork:
    """Where the convolutional part (``features``) of one torchvision classifier is to be found.

    Attributes:
        mirror_file: name, in a mirror, of the file that holds the ``features.*`` tensors alone.
        mirror_sha256: SHA-256 of that file.
        hub_file: torchvision's own file name, whose last part is the beginning of its SHA-256.
        weights_enum: torchvision's enumeration that holds the download address.
    """

    mirror_file: str
    mirror_sha256: str
    hub_file: str
    weights_enum: str

    @property
    def hub_sha256_prefix(self) -> str:
        """The first eight hexadecimal digits of the SHA-256 of torchvision's file."""
        return Path(self.hub_file).stem.rsplit("-", 1)[1]


PRETRAINED_NETWORKS = {
    "vgg19": PretrainedNetwork(
        mirror_file="vgg19_features_conv1_1_to_conv3_1.pth",
        mirror_sha256="914e6def0406e42fb7acd07613abfac0a16791198947176a66117e04e65ea77b",
        hub_file="vgg19-dcbb9e9d.pth",
        weights_enum="VGG19_Weights",
    ),
    "vgg16": PretrainedNetwork(
        mirror_file="vgg16_features.pth",
        mirror_sha256="8b308d778078062e39a39f3fe7dd6a8ff94c0518699ee2a0f6d052993fba9aa1",
        hub_file="vgg16-397923af.pth",
        weights_enum="VGG16_Weights",
    ),
    "alexnet": PretrainedNetwork(
        mirror_file="alexnet_features.pth",
        mirror_sha256="a04a3bb1dbe53faa119b96e8b3c2efdadc0ac6afe9a9e9964e60ecdc2b314189",
        hub_file="alexnet-owt-7be5be79.pth",
        weights_enum="AlexNet_Weights",
    ),
}


def load_weights(
    name: str, mirror: Path | None = None, *, download: bool = True, keys: Collection[str] = ()
) -> dict[str, torch.Tensor]:
    """Return the pretrained ``features.*`` tensors of a network, on the CPU, under torchvision's names.

    Looked for in the mirror, then in the cache of torch hub, then at torchvision's own address.

    Args:
        name: ``vgg19``, ``vgg16`` or ``alexnet``.
        mirror: folder to search first; where it is None, the one that FREQBENCH_MIRROR names, if any.
        download: whether the internet may be used.
        keys: tensors that are needed, such as ``features.28.weight``. The mirror's VGG-19 file ends at
            conv3_1; where it lacks a key, the search goes on.

    Raises:
        FreqbenchError: if the weights cannot be had, or a file that should hold them is damaged.
    """
    network = _network(name)
    found = _find_locally(network, mirror, keys)
    if found is not None:
        return found[1]
    if not download:
        raise FreqbenchError(_how_to_get(name, network, "no local file holds them and downloads are off"))
    tensors = _read(_download(name, network))
    if missing := sorted(set(keys) - tensors.keys()):
        raise FreqbenchError(f"{name}: its weights hold no {', '.join(missing)}")
    return tensors


def describe_weights(name: str, mirror: Path | None = None, *, keys: Collection[str] = ()) -> dict[str, str]:
    """Return ``network``, ``file`` (name) and ``sha256`` of the local file that `load_weights` reads.

    Raises:
        FreqbenchError: if no local file holds the weights (`load_weights` leaves one after a download).
    """
    network = _network(name)
    found = _find_locally(network, mirror, keys)
    if found is None:
        raise FreqbenchError(_how_to_get(name, network, "no local file holds them"))
    return {"network": name, "file": found[0].name, "sha256": sha256_of(found[0])}


def _network(name: str) -> PretrainedNetwork:
    if name not in PRETRAINED_NETWORKS:
        raise FreqbenchError(f"{name}: no such pretrained network; there are {', '.join(PRETRAINED_NETWORKS)}")
    return PRETRAINED_NETWORKS[name]


def _find_locally(
    network: PretrainedNetwork, mirror: Path | None, keys: Collection[str]
) -> tuple[Path, dict[str, torch.Tensor]] | None:
    """Return the first local file that holds all the keys, and its tensors."""
    in_mirror = find_in_mirror(network.mirror_file, mirror_folder(mirror), sha256=network.mirror_sha256)
    for path in (in_mirror, _in_hub_cache(network)):
        if path is None:
            continue
        tensors = _read(path)
        if tensors.keys() >= set(keys):
            return path, tensors
    return None


def _hub_path(network: PretrainedNetwork) -> Path:
    return Path(torch.hub.get_dir()) / "checkpoints" / network.hub_file


def _in_hub_cache(network: PretrainedNetwork) -> Path | None:
    path = _hub_path(network)
    if not path.is_file():
        return None
    digest = sha256_of(path)
    if not digest.startswith(network.hub_sha256_prefix):
        raise FreqbenchError(
            f"{path}: its SHA-256 begins with {digest[:8]}, not {network.hub_sha256_prefix}; "
            "the file is damaged: delete it and run again"
        )
    return path


def _download(name: str, network: PretrainedNetwork) -> Path:
    """Download torchvision's file into the cache of torch hub, which renames it only when it is whole."""
    import torchvision.models

    url: str = getattr(torchvision.models, network.weights_enum).IMAGENET1K_V1.url
    path = _hub_path(network)
    places = f"the folder that {MIRROR_VARIABLE} or `mirror:` names, as {network.mirror_file}, or into {path.parent}"
    refuse_download(network.hub_file, url, places)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.hub.download_url_to_file(url, str(path), network.hub_sha256_prefix, progress=False)
    except (OSError, RuntimeError, HTTPException) as error:
        raise FreqbenchError(_how_to_get(name, network, f"the download of {url} failed: {error}")) from error
    return path


def _read(path: Path) -> dict[str, torch.Tensor]:
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
        return {key: value for key, value in content.items() if key.startswith("features.")}
    except (OSError, RuntimeError, EOFError, AttributeError, pickle.UnpicklingError) as error:
        raise FreqbenchError(f"{path}: not a file of network weights ({error}); delete it") from error


def _how_to_get(name: str, network: PretrainedNetwork, reason: str) -> str:
    return (
        f"the ImageNet weights of {name} are missing ({reason}); put {network.mirror_file} into the folder "
        f"that {MIRROR_VARIABLE} or `mirror:` names, or {network.hub_file} into {_hub_path(network).parent}, "
        "or set `feature_networks: untrained`"
    )
