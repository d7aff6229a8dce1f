"""Everything that a study needs from elsewhere: brought where it can be, named where it cannot."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

from freqbench.classical.filters import load_bm3d
from freqbench.config import Config, Dataset
from freqbench.config.nuclei import CellposeSegmenter
from freqbench.data.fetching.catalogue import ARCHIVES
from freqbench.data.fetching.fetch import Fetching, fetch_set
from freqbench.errors import FreqbenchError
from freqbench.mirror import find_folder, find_in_mirror, mirror_folder
from freqbench.preflight import needed_networks

State = Literal["here", "fetched", "missing"]
Found = tuple[State, str]
"""Whether a thing is here, and where it is or how it is brought."""


@dataclass(frozen=True)
class Need:
    """One thing that a study needs.

    Attributes:
        kind: what it is.
        name: of the data set, network or package.
        state: ``here`` if it was, ``fetched`` if it is now, ``missing`` if it could not be had.
        words: where it is, or what to do.
    """

    kind: Literal["images", "weights", "package"]
    name: str
    state: State
    words: str


def bring_everything(config: Config, how: Fetching) -> Iterator[Need]:
    """Bring images and weights of a study, look for its packages, and yield each as soon as it is known.

    Nothing is computed, and nothing is written into the results: archives are unpacked into the folder of fetched
    sets, weights go to torch's cache. Both are searched by the steps of a study.

    What is not published, as a user's own folder, or may not be fetched without being asked, as Cellpose's weights, is
    named as missing. So are packages that freqbench is installed without.

    Args:
        config: the study.
        how: where images are fetched to; its mirror is that of the configuration.
    """
    how = replace(how, mirror=mirror_folder(config.mirror))
    for name, dataset in config.datasets.items():
        yield _need("images", name, partial(_images, dataset, how))
    if config.feature_networks == "imagenet":
        for name in needed_networks(config):
            yield _need("weights", name, partial(_network, config, name))
    segmenters = {
        name: dataset.nuclei.segmenter
        for name, dataset in config.datasets.items()
        if dataset.nuclei is not None and isinstance(dataset.nuclei.segmenter, CellposeSegmenter)
    }
    for name, segmenter in segmenters.items():
        yield _need("weights", f"Cellpose for {name}", partial(_cellpose, config, segmenter))
    if any(control.endswith("bm3d") for name in config.datasets for control in config.controls_of(name)):
        yield _need("package", "bm3d", _bm3d)
    if segmenters:
        yield _need("package", "cellpose", _cellpose_package)


def _need(kind: Literal["images", "weights", "package"], name: str, find: Callable[[], Found]) -> Need:
    """Return what is found of a thing; a failure is a thing that is missing, with what the error says to do."""
    try:
        return Need(kind, name, *find())
    except FreqbenchError as error:
        return Need(kind, name, "missing", str(error))


def _images(dataset: Dataset, how: Fetching) -> Found:
    source = dataset.source
    if source.kind == "phantom":
        return "here", "simulated by the study, no file is needed"
    if source.folder is not None:
        return "here", str(find_folder(source.folder, how.mirror))
    archive = ARCHIVES[f"fmd/{source.type}"]
    content = archive.content
    packed = find_in_mirror(archive.file_name, how.mirror, sha256=content.sha256, md5=content.md5)
    if packed is not None:
        return "here", f"{packed}, unpacked by the study"
    folder, was_complete = fetch_set(archive, how)
    return ("here" if was_complete else "fetched"), str(folder)


def _network(config: Config, name: str) -> Found:
    """Have the weights of a feature network."""
    mirror = mirror_folder(config.mirror)
    if name == "inception":
        from freqbench.metrics.inception import find_local_weights, find_weights

        found = find_local_weights(mirror)
        return ("here", str(found)) if found is not None else ("fetched", str(find_weights(mirror)))
    from freqbench.weights import describe_weights, load_weights

    try:
        return "here", describe_weights(name, mirror)["file"]
    except FreqbenchError:
        load_weights(name, mirror)
        return "fetched", describe_weights(name, mirror)["file"]


def _cellpose(config: Config, segmenter: CellposeSegmenter) -> Found:
    from freqbench.nuclei.cellpose_model import find_weights

    return "here", str(find_weights(segmenter, mirror_folder(config.mirror)))


def _bm3d() -> Found:
    load_bm3d()
    return "here", "installed"


def _cellpose_package() -> Found:
    from freqbench.nuclei.cellpose_model import installed_version

    return "here", f"version {installed_version()}"
