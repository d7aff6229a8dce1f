"""A trained generator: its settings, its weights, and the checks that weights from anywhere have to pass."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from pydantic import TypeAdapter, ValidationError
from torch import Tensor, nn

from freqbench.config.training import Generator
from freqbench.errors import FreqbenchError
from freqbench.trained.facts import Facts
from freqbench.training.build import NETWORKS

_SETTINGS: TypeAdapter[Generator] = TypeAdapter(Generator)


@dataclass(frozen=True)
class TrainedModel:
    """A generator as its file holds it.

    Attributes:
        settings: which network it is.
        state: its weights by name, float32 on the CPU, checked against ``settings``.
        facts: how it was trained; None where the file does not say.
        path: the file that the weights are from.
        sha256: hash of that file.
        folder: folder of the training inside its study; None for a file by itself.
    """

    settings: Generator
    state: dict[str, Tensor]
    facts: Facts | None
    path: Path
    sha256: str
    folder: Path | None = None

    def network(self) -> nn.Module:
        """Return the generator with its weights, in evaluation mode on the CPU."""
        with torch.device("meta"):
            network = build_network(self.settings)
        network.load_state_dict(self.state, assign=True)
        return network.eval().requires_grad_(False)

    @property
    def trained_for(self) -> str:
        """One line on what the generator was trained for."""
        return "nothing is known of its training" if self.facts is None else self.facts.trained_for()


def build_network(settings: Generator) -> nn.Module:
    """Return an untrained generator for one channel."""
    return NETWORKS[settings.kind](in_channels=1, out_channels=1, **settings.model_dump(exclude={"kind"}))


def checked_settings(content: object, state: Mapping[str, Any]) -> Generator:
    """Return the settings of a generator that a file names.

    Raises:
        FreqbenchError: if they are none, or larger than its weights can be.
    """
    try:
        settings = _SETTINGS.validate_python(content)
    except ValidationError as error:
        first = error.errors()[0]
        raise FreqbenchError(f"names no generator of freqbench ({first['msg']})") from error
    # before anything is built: a damaged number of blocks must not fill the memory
    if getattr(settings, "blocks", 1) > len(state):
        raise FreqbenchError("its weights are those of another network than it names")
    return settings


def checked_state(settings: Generator, state: object) -> dict[str, Tensor]:
    """Return weights that fit a generator to the name and shape of each tensor.

    Raises:
        FreqbenchError: if they do not, or are not finite numbers of float32.
    """
    if not isinstance(state, Mapping) or not all(isinstance(value, Tensor) for value in state.values()):
        raise FreqbenchError("holds no weights of a network")
    try:
        with torch.device("meta"):
            expected = build_network(settings).state_dict()
    except RuntimeError as error:  # of a size that no tensor can have
        raise FreqbenchError("its weights are those of another network than it names") from error
    if {name: value.shape for name, value in state.items()} != {name: value.shape for name, value in expected.items()}:
        raise FreqbenchError("its weights are those of another network than it names")
    checked = {}
    for name in expected:
        tensor = state[name]
        if tensor.dtype != torch.float32 or tensor.layout != torch.strided or tensor.device.type == "meta":
            raise FreqbenchError(f"its weights are no numbers of float32 ({name})")
        if not tensor.isfinite().all():
            raise FreqbenchError(f"its weights are not finite ({name}); train again")
        checked[name] = tensor.detach().contiguous()
    return checked


def checked_facts(content: object) -> Facts | None:
    """Return what a file says of the training, None where it says nothing.

    Raises:
        FreqbenchError: if that is damaged.
    """
    if content is None:
        return None
    try:
        return Facts.model_validate(content)
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"]))
        raise FreqbenchError(f"what it says of its training is damaged ({where})") from error
