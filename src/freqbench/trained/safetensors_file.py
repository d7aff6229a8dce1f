"""Read and write a generator as safetensors, with its settings and what is known of its training as metadata."""

import hashlib
import json
from pathlib import Path
from typing import Any

from torch import Tensor

from freqbench.errors import FreqbenchError
from freqbench.files import atomic_path
from freqbench.trained.model import TrainedModel
from freqbench.trained.optional import imported

FORMAT = "freqbench generator 1"
"""Value of ``format`` in the metadata."""


def write_safetensors(model: TrainedModel, path: Path) -> None:
    """Write a generator.

    Args:
        model: the generator.
        path: the file.

    Raises:
        FreqbenchError: if it cannot be written, or the package safetensors lacks.
    """
    save_file = imported("safetensors.torch").save_file
    metadata = {"format": FORMAT, "generator": model.settings.model_dump_json(), "sha256": _digest(model.state)}
    if model.facts is not None:
        metadata["training"] = model.facts.model_dump_json()
    with atomic_path(path) as temporary:
        save_file(model.state, temporary, metadata)


def read_safetensors(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Read a generator.

    Returns:
        Settings and training as plain values (``generator``, ``training``), and the tensors by name.

    Raises:
        FreqbenchError: if it is none, without the file's name.
    """
    safetensors = imported("safetensors")
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            if metadata.get("format") != FORMAT:
                raise FreqbenchError("holds no generator of freqbench: its metadata name none")
            said = {name: json.loads(metadata[name]) for name in ("generator", "training") if name in metadata}
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
    except FreqbenchError:
        raise
    except Exception as error:  # safetensors' own error is not among its public names
        raise FreqbenchError(f"not a safetensors file, or damaged ({error})") from error
    if _digest(state) != metadata.get("sha256"):
        raise FreqbenchError("damaged: its weights have another SHA-256 than it says")
    return said, state


def _digest(state: dict[str, Tensor]) -> str:
    """Return the SHA-256 of tensors by name; the format itself has no checksum."""
    digest = hashlib.sha256()
    for name in sorted(state):
        digest.update(name.encode())
        digest.update(state[name].contiguous().numpy().tobytes())
    return digest.hexdigest()
