"""Nuclei by Cellpose 3 (Stringer et al. 2021, DOI 10.1038/s41592-020-01018-x), as in the LFFL paper.

Two habits of Cellpose 3 are met here, since both end in other nuclei without an error: of a weight file that does not
exist it loads another model (`cyto3`) instead, and of a file with other tensors it keeps the random ones.
"""

import os
import pickle
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from freqbench.config.nuclei import CellposeSegmenter
from freqbench.errors import FreqbenchError
from freqbench.files import sha256_of
from freqbench.mirror import MIRROR_VARIABLE, find_in_mirror
from freqbench.nuclei.labels import Labels, in_reading_order

if TYPE_CHECKING:
    import torch

FOLDER_VARIABLE = "CELLPOSE_LOCAL_MODELS_PATH"
WEIGHTS_URL = "https://www.cellpose.org/models/"
TRAINED_DIAMETER = 17.0
"""Diameter in pixels to which Cellpose's nuclei model was trained; a file that holds its own overrides it."""
ALTERNATIVE = "or set `segmenter: {kind: threshold, diameter: ...}`, which needs no weights"


def find_weights(settings: CellposeSegmenter, mirror: Path | None) -> Path:
    """Return the weight file: the path as given, else by its name in the mirror, else in Cellpose's own folder.

    Raises:
        FreqbenchError: if it is nowhere, or its SHA-256 is not the declared one.
    """
    own_folder = Path(os.environ.get(FOLDER_VARIABLE) or Path.home() / ".cellpose" / "models")
    given = Path(settings.weights)
    path: Path | None = given
    if not given.is_file():
        path = find_in_mirror(given.name, mirror, sha256=settings.sha256) or own_folder / given.name
    if path is None or not path.is_file():
        raise FreqbenchError(
            f"{settings.weights}: the weights of Cellpose are missing; get them from {WEIGHTS_URL}{given.name} and put "
            f"them into the folder that {MIRROR_VARIABLE} or `mirror:` names or into {own_folder}, or name the file "
            f"with `segmenter.weights`, {ALTERNATIVE}"
        )
    if settings.sha256 is not None and sha256_of(path) != settings.sha256:
        raise FreqbenchError(f"{path}: its SHA-256 is not `segmenter.sha256` ({settings.sha256}); correct one of them")
    return path


class Cellpose:
    """Cellpose 3 with one weight file.

    Args:
        settings: weights, diameter and thresholds.
        mirror: folder in which the weights are looked for.
        device: on which the network runs.

    Attributes:
        record: name, version, weight file, its SHA-256, and the diameter it was trained to.

    Raises:
        FreqbenchError: if Cellpose 3 is not installed, or the weights are missing, damaged or of another network.
    """

    def __init__(self, settings: CellposeSegmenter, mirror: Path | None, device: "torch.device") -> None:
        models = _import_models()
        path = find_weights(settings, mirror)
        self._settings = settings
        stored = _read(path)
        # no `model_type`: a name that Cellpose does not know would load another model
        self._model = models.CellposeModel(
            pretrained_model=str(path), diam_mean=TRAINED_DIAMETER, device=device, nchan=2, mkldnn=False
        )
        _check_tensors(stored, self._model.net.state_dict(), path)
        self.record = {
            "name": "Cellpose",
            "version": metadata.version("cellpose"),
            "weights": path.name,
            "weights_sha256": sha256_of(path),
            "trained_diameter": float(self._model.diam_mean),
        }

    def __call__(self, image: npt.NDArray[np.float32]) -> Labels:
        """Return the labels (H, W) of a clean image (H, W) in [0, 1], numbered in reading order.

        The image is scaled by its 1st and 99th percentile, as Cellpose's networks were trained. Small objects stay:
        which are too small is said by `min_area` alone.
        """
        masks, _, _ = self._model.eval(
            image,
            channels=[0, 0],
            normalize=True,
            diameter=self._settings.diameter,
            flow_threshold=self._settings.flow_threshold,
            cellprob_threshold=self._settings.cellprob_threshold,
            min_size=-1,
            resample=True,
            augment=False,
        )
        return in_reading_order(np.asarray(masks))


def installed_version() -> str:
    """Return the version of Cellpose.

    Raises:
        FreqbenchError: if it is not installed, or is not version 3.
    """
    try:
        version = metadata.version("cellpose")
    except metadata.PackageNotFoundError as error:
        raise FreqbenchError(
            f"cellpose: the package is not installed; install freqbench with its extra `cellpose`, {ALTERNATIVE}"
        ) from error
    if version.split(".")[0] != "3":
        raise FreqbenchError(
            f"cellpose: version {version} is installed, but 3 is needed: from 4 on there is no nuclei model; install "
            f"freqbench with its extra `cellpose`, {ALTERNATIVE}"
        )
    return version


def _import_models() -> Any:
    installed_version()
    from cellpose import models

    return models


def _read(path: Path) -> dict[str, Any]:
    import torch

    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
        return {name: tuple(tensor.shape) for name, tensor in content.items()}
    except (OSError, RuntimeError, EOFError, AttributeError, pickle.UnpicklingError) as error:
        raise FreqbenchError(f"{path}: not a file of Cellpose weights ({error}); replace it") from error


def _check_tensors(stored: dict[str, Any], wanted: dict[str, Any], path: Path) -> None:
    """Refuse a file that lacks a tensor of the network, or has it in another shape."""
    optional = ("diam_mean", "diam_labels")
    for name, tensor in wanted.items():
        if name in optional or name.endswith("num_batches_tracked"):
            continue
        if stored.get(name) != tuple(tensor.shape):
            raise FreqbenchError(
                f"{path}: no weights of Cellpose 3's network ({name} is missing or of another shape); replace it"
            )
