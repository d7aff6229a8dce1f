"""The Inception network of the FID: its weight file and its input."""

from http.client import HTTPException
from pathlib import Path

import torch
from torch import nn

from freqbench.errors import FreqbenchError
from freqbench.files import sha256_of
from freqbench.mirror import MIRROR_VARIABLE, find_in_mirror, mirror_folder
from freqbench.offline import refuse_download

WEIGHTS_FILE = "weights-inception-2015-12-05-6726825d.pth"
WEIGHTS_URL = f"https://github.com/toshas/torch-fidelity/releases/download/v0.2.0/{WEIGHTS_FILE}"
WEIGHTS_SHA256 = "6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2"


class InceptionFeatures(nn.Module):
    """The 2048 pooled features of the Inception-v3 network that defines the FID.

    The network of the TensorFlow FID code (2015-12-05), as ported by torch-fidelity, with its bilinear
    resizing to 299 pixels: no antialiasing, which torchmetrics by now adds by default. The FID is defined
    on 8-bit images, so images are rounded, the same for every method.

    Args:
        mirror: folder in which the weights are looked for before a download.

    Raises:
        FreqbenchError: if the weights can be had neither from the mirror nor by a download.
    """

    def __init__(self, mirror: Path | None) -> None:
        super().__init__()
        weights = find_weights(mirror)
        from torchmetrics.image.fid import NoTrainInceptionV3

        self._network = NoTrainInceptionV3(
            name="inception-v3-compat",
            features_list=["2048"],
            feature_extractor_weights_path=str(weights),
            antialias=False,
        )

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return the features ``(N, 2048)`` of grey images ``(N, 1, H, W)`` in [0, 1]."""
        features: torch.Tensor = self._network(to_rgb8(images))
        return features


def to_rgb8(images: torch.Tensor) -> torch.Tensor:
    """Round grey images ``(N, 1, H, W)`` in [0, 1] to 8 bits ``(N, 3, H, W)``; values outside are clamped.

    A plain cast would truncate, and wrap 1.01 to 1 and -0.01 to 254.
    """
    return (images.clamp(0, 1) * 255).round().to(torch.uint8).expand(-1, 3, -1, -1)


def find_weights(mirror: Path | None) -> Path:
    """Return the weight file, from the mirror, from torch's cache, or downloaded into that cache.

    A file counts only if its SHA-256 is right; a damaged one in the cache is replaced.

    Args:
        mirror: folder to search first; where it is None, the one that FREQBENCH_MIRROR names, if any.

    Raises:
        FreqbenchError: if it is in none of these places and cannot be downloaded, or the mirror's is damaged.
    """
    found = find_local_weights(mirror)
    if found is not None:
        return found
    cached = _in_cache()
    places = f"the folder that {MIRROR_VARIABLE} or `mirror:` names or into {cached.parent}"
    refuse_download(WEIGHTS_FILE, WEIGHTS_URL, f"{places}, or choose `frechet_features: vgg16`")
    try:
        cached.parent.mkdir(parents=True, exist_ok=True)
        torch.hub.download_url_to_file(WEIGHTS_URL, str(cached), hash_prefix=WEIGHTS_SHA256, progress=False)
    except (OSError, RuntimeError, HTTPException) as error:
        raise FreqbenchError(
            f"the weights of the FID are missing (the download of {WEIGHTS_URL} failed: {error}); put "
            f"{WEIGHTS_FILE} into the folder that {MIRROR_VARIABLE} or `mirror:` names, or into "
            f"{cached.parent}, or choose `frechet_features: vgg16`"
        ) from error
    return cached


def find_local_weights(mirror: Path | None) -> Path | None:
    """Return the weight file from the mirror or torch's cache, None if it is in neither; nothing is downloaded.

    Args:
        mirror: as for `find_weights`.

    Raises:
        FreqbenchError: if the mirror's is damaged.
    """
    mirrored = find_in_mirror(WEIGHTS_FILE, mirror_folder(mirror), sha256=WEIGHTS_SHA256)
    if mirrored is not None:
        return mirrored
    cached = _in_cache()
    return cached if cached.is_file() and sha256_of(cached) == WEIGHTS_SHA256 else None


def _in_cache() -> Path:
    return Path(torch.hub.get_dir()) / "checkpoints" / WEIGHTS_FILE
