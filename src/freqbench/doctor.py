"""What a study needs and what this machine has: device, weights, data."""

import os
from pathlib import Path

import torch

from freqbench.config import Config, Dataset
from freqbench.data.fetching.catalogue import ARCHIVES, Archive
from freqbench.data.fetching.disk import in_units
from freqbench.data.fetching.fetch import Fetching
from freqbench.device import choose_device, describe_device
from freqbench.errors import FreqbenchError
from freqbench.gpu_slots import JOBS_VARIABLE, USABLE
from freqbench.layout import Layout
from freqbench.mirror import MIRROR_VARIABLE, find_folder, find_in_mirror, mirror_folder
from freqbench.preflight import needed_networks
from freqbench.study_time import trained_side
from freqbench.training.execution import AMPERE, execution_of
from freqbench.training.memory import training_memory_mib

Lines = list[tuple[str, str]]
"""A name and what is said of it."""


def device_lines(config: Config) -> Lines:
    """Say what computes, what it can, and what the study makes of it.

    Raises:
        FreqbenchError: if the device of the configuration is not there, or cannot do what is asked for.
    """
    device = choose_device(config.training.device)
    execution = execution_of(config.training, device)
    networks = "TensorFloat-32" if execution.tf32 else execution.precision
    chosen = [
        f"networks in {networks}",
        "losses in float32",
        *(["channels last"] if execution.channels_last else []),
        *(["compiled"] if execution.compile else []),
        *(["as CUDA graphs"] if execution.cuda_graphs else []),
        "deterministic" if execution.deterministic else "not deterministic",
    ]
    return [
        ("device", f"{describe_device(device)}; {_memory(device)}"),
        ("torch", f"{torch.__version__}, {_cuda(device)}"),
        ("precision", _precisions(device)),
        ("this study", ", ".join(chosen)),
    ]


def training_lines(config: Config) -> Lines:
    """Say about how much of a GPU's memory a training takes, and how many fit the one here side by side."""
    sides = [trained_side(config, name, dataset) for name, dataset in config.datasets.items()]
    known = [side for side in sides if side is not None]
    if not known:
        return [("memory", "known after `freqbench patches`")]
    by_generator = {name: training_memory_mib(seen, max(known)) for name, seen in config.by_network().items()}
    largest = max(by_generator, key=lambda name: by_generator[name])
    needed = by_generator[largest]
    which = f" with {largest}, the largest" if largest else ""
    text = f"about {needed / 1024:.1f} GiB of a GPU for a training{which}, by estimate"
    device = choose_device(config.training.device)
    if device.type == "cuda":
        fitting = int(USABLE * torch.cuda.get_device_properties(device).total_memory / 2**20 / needed)
        text += f"; {fitting} at once fit this one ({JOBS_VARIABLE})"
    return [("memory", text)]


def _memory(device: torch.device) -> str:
    whole = f"{_gib(os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES'))} of memory"
    if device.type != "cuda":
        return whole
    free, total = torch.cuda.mem_get_info(device)
    return f"{_gib(total)} on the GPU, {_gib(free)} free; {whole}"


def _gib(size: int) -> str:
    return f"{size / 2**30:.0f} GiB"


def _cuda(device: torch.device) -> str:
    if device.type == "cuda":
        return f"CUDA {torch.version.cuda}, cuDNN {torch.backends.cudnn.version()}"
    return "no CUDA device is used" if torch.cuda.is_available() else "no CUDA device"


def _precisions(device: torch.device) -> str:
    if device.type == "cpu":
        return "float32; bfloat16 works, but is slow without special instructions; no TensorFloat-32"
    major, minor = torch.cuda.get_device_capability(device)
    has_tensor_cores = (major, minor) >= AMPERE
    return f"compute capability {major}.{minor}: float32{', TensorFloat-32, bfloat16' if has_tensor_cores else ' only'}"


def mirror_line(config: Config) -> Lines:
    """Say which folder is searched before a download.

    Raises:
        FreqbenchError: if the folder that is named does not exist.
    """
    folder = mirror_folder(config.mirror)
    if folder is None:
        return [("mirror", f"none: neither `mirror:` nor {MIRROR_VARIABLE} names a folder")]
    return [("mirror", f"{folder}, named by {'`mirror:`' if config.mirror else MIRROR_VARIABLE}")]


def weight_lines(config: Config) -> Lines:
    """Say for each feature network where its weights are, or where they were looked for."""
    if config.feature_networks == "untrained":
        return [(name, "untrained, from a seed: no file is needed") for name in needed_networks(config)]
    return [(name, _weights(config, name)) for name in needed_networks(config)]


def _weights(config: Config, name: str) -> str:
    mirror = mirror_folder(config.mirror)
    try:
        if name == "inception":
            from freqbench.metrics.inception import WEIGHTS_FILE, find_local_weights

            found = find_local_weights(mirror)
            cache = Path(torch.hub.get_dir()) / "checkpoints"
            return f"found: {found}" if found else f"to be downloaded: no {WEIGHTS_FILE} in the mirror or {cache}"
        from freqbench.weights import describe_weights

        return f"found: {describe_weights(name, mirror)['file']}"
    except FreqbenchError as error:
        return f"missing: {error}"


def data_lines(config: Config) -> Lines:
    """Say for each data set whether it is prepared, found, or has to be made or downloaded."""
    return [(name, _data(config, name, dataset)) for name, dataset in config.datasets.items()]


def _data(config: Config, name: str, dataset: Dataset) -> str:
    patches = Layout.of(config).patch_table(name, 1)
    if patches.is_file():
        return f"prepared: patches in {patches.parent}"
    source, mirror = dataset.source, mirror_folder(config.mirror)
    if source.kind == "phantom":
        return "simulated here: no file is needed"
    if source.folder is None:
        return _archive(ARCHIVES[f"fmd/{source.type}"], mirror)
    try:
        return f"found: {find_folder(source.folder, mirror)}"
    except FreqbenchError as error:
        return f"missing: {error}"


def _archive(archive: Archive, mirror: Path | None) -> str:
    cache = Fetching().folder
    if (cache / archive.name).is_dir():
        return f"found: {cache / archive.name}"
    packed = find_in_mirror(archive.file_name, mirror)
    if packed is not None:
        return f"found: {packed} (its hash is checked when it is unpacked)"
    size = f", {in_units(archive.content.size)}" if archive.content.size else ""
    looked = " or ".join(str(place) for place in (mirror, cache) if place)
    return f"to be downloaded{size}: no {archive.file_name} in {looked}"
