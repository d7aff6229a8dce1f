"""Read a generator from a package of the BioImage Model Zoo that freqbench wrote. Nothing is unpacked to the disk."""

import hashlib
import io
import zipfile
from pathlib import Path
from typing import Any

import yaml

from freqbench.errors import FreqbenchError
from freqbench.trained.weights_file import LARGEST_WEIGHTS, read_torch_file

DESCRIPTIONS = ("bioimageio.yaml", "rdf.yaml")
"""Names that the description of a package may have."""

LARGEST_DESCRIPTION = 2**20
MOST_ENTRIES = 100
CONFIG_KEY = "freqbench"
"""Key under ``config`` of the description: the settings of the generator and what is known of its training."""


def read_package(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Read a generator.

    Limits: 100 entries, 1 MiB of description, 2 GiB of weights, read under the names that the description gives and
    compared with its SHA-256. The package's own source of the network is not run: freqbench has its own.

    Returns:
        Settings and training as plain values (``generator``, ``training``), and the tensors by name.

    Raises:
        FreqbenchError: if it is none, without the file's name.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            if len(archive.infolist()) > MOST_ENTRIES:
                raise FreqbenchError(f"holds more than {MOST_ENTRIES} files")
            said, source, sha256 = _described(archive)
            weights = _read(archive, source, LARGEST_WEIGHTS)
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError) as error:
        raise FreqbenchError(f"not a zip archive, or damaged ({error})") from error
    if hashlib.sha256(weights).hexdigest() != sha256:
        raise FreqbenchError(f"damaged: {source} has another SHA-256 than the description says")
    state = read_torch_file(io.BytesIO(weights))
    if not isinstance(state, dict):
        raise FreqbenchError(f"{source} holds no weights of a network")
    return said, state


def _described(archive: zipfile.ZipFile) -> tuple[dict[str, Any], str, str]:
    """Return what the description says of the generator, and the name and hash of its weights."""
    names = [name for name in DESCRIPTIONS if name in archive.namelist()]
    if not names:
        raise FreqbenchError("no package of the BioImage Model Zoo: it has no bioimageio.yaml")
    text = _read(archive, names[0], LARGEST_DESCRIPTION)
    # an alias can stand for a mapping of aliases: a small text that unfolds to any size
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.SafeLoader)):
            raise FreqbenchError(f"{names[0]} holds aliases")
        content = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise FreqbenchError(f"{names[0]} is no YAML") from error
    try:
        said = content["config"][CONFIG_KEY]
        weights = content["weights"]["pytorch_state_dict"]
        source, sha256 = weights["source"], weights["sha256"]
    except (KeyError, TypeError) as error:
        raise FreqbenchError(f"{names[0]} describes no generator of freqbench") from error
    if not (isinstance(said, dict) and isinstance(source, str) and isinstance(sha256, str)):
        raise FreqbenchError(f"{names[0]} describes no generator of freqbench")
    return said, source, sha256


def _read(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    """Return the content of a file in the archive, whatever size the archive says it has."""
    try:
        with archive.open(name) as file:
            content = file.read(most + 1)
    except KeyError as error:
        raise FreqbenchError(f"{name} is missing in it") from error
    if len(content) > most:
        raise FreqbenchError(f"{name} is larger than {most / 2**20:g} MiB")
    return content
