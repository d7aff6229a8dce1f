"""Small generators of every kind, untrained and trained for a moment."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from pydantic import TypeAdapter
from torch import nn

from freqbench.config.training import Generator
from freqbench.restoring.receptive_field import receptive_field
from freqbench.restoring.restore_image import Restorer, Wanted
from freqbench.restoring.tiled_generator import TiledGenerator, Tiling
from freqbench.trained.load import load_model
from freqbench.trained.model import build_network
from freqbench.training.state import save_tensors

Image = npt.NDArray[np.float32]

SMALL: dict[str, dict[str, Any]] = {
    "rrdb": {"kind": "rrdb", "blocks": 1, "features": 8, "growth": 4},
    "rrdb_unshuffled": {"kind": "rrdb", "blocks": 1, "features": 8, "growth": 4, "pixel_unshuffle": True},
    "care_unet": {"kind": "care_unet", "features": 4},
    "noise2noise_unet": {"kind": "noise2noise_unet", "features": 4},
}


def settings_of(name: str) -> Generator:
    return TypeAdapter(Generator).validate_python(SMALL[name])


def make_network(name: str, *, steps: int = 0) -> tuple[nn.Module, Generator]:
    """Return a generator of a kind, trained to denoise spots for some steps."""
    torch.manual_seed(3)
    settings = settings_of(name)
    network = build_network(settings)
    optimiser = torch.optim.Adam(network.parameters(), 2e-3)
    for _ in range(steps):
        clean = torch.nn.functional.avg_pool2d(torch.rand(2, 1, 64, 64), 9, 1, 4)
        loss = (network(clean + 0.1 * torch.randn_like(clean)) - clean).abs().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return network.eval(), settings


@pytest.fixture(scope="session")
def small_network() -> Callable[..., tuple[nn.Module, Generator]]:
    return make_network


@pytest.fixture
def model_file(tmp_path: Path) -> Path:
    """A generator.pt by itself."""
    network, settings = make_network("rrdb")
    path = tmp_path / "model" / "generator.pt"
    save_tensors({"settings": settings.model_dump(), "state": network.state_dict()}, path)
    return path


@pytest.fixture
def make_restorer(model_file: Path) -> Callable[..., Restorer]:
    """Return a function that makes what restores files."""

    def make(wanted: Wanted | None = None, **tiling: Any) -> Restorer:
        model = load_model(model_file)
        field = receptive_field(model.settings)
        generator = TiledGenerator(model.network(), field, torch.device("cpu"), Tiling(**tiling))
        return Restorer(model, generator, wanted or Wanted())

    return make
