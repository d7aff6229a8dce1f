"""Image pairs with known properties, and the data mirror."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

MakePair = Callable[..., tuple[torch.Tensor, torch.Tensor]]


def make_images(count: int, height: int, width: int, seed: int, dtype: torch.dtype) -> torch.Tensor:
    """Bright spots of several sizes on a dark background, as in fluorescence images, in [0, 1]."""
    generator = torch.Generator().manual_seed(seed)
    y = torch.arange(height, dtype=torch.float64)[:, None]
    x = torch.arange(width, dtype=torch.float64)[None, :]
    images = torch.full((count, 1, height, width), 0.05, dtype=torch.float64)
    for index in range(count):
        for _ in range(12):
            cy, cx, radius, peak = torch.rand(4, generator=generator, dtype=torch.float64).tolist()
            squared = (y - cy * height) ** 2 + (x - cx * width) ** 2
            images[index, 0] += (0.2 + 0.6 * peak) * torch.exp(-squared / (2 * (1 + 7 * radius) ** 2))
    return images.clamp(0, 1).to(dtype)


def make_pair(
    count: int = 3,
    height: int = 48,
    width: int = 48,
    *,
    noise: float = 0.1,
    seed: int = 0,
    dtype: torch.dtype = torch.float64,
) -> tuple[torch.Tensor, torch.Tensor]:
    """A noisy prediction and its clean target."""
    target = make_images(count, height, width, seed, torch.float64)
    generator = torch.Generator().manual_seed(seed + 1)
    error = noise * torch.randn(target.shape, generator=generator, dtype=torch.float64)
    return (target + error).clamp(0, 1).to(dtype), target.to(dtype)


@pytest.fixture(name="make_pair")
def make_pair_fixture() -> MakePair:
    return make_pair


@pytest.fixture
def mirror_file() -> Callable[[str], Path]:
    """Return the path of a file of the data mirror, or skip the test."""

    def find(name: str) -> Path:
        folder = os.environ.get("FREQBENCH_MIRROR")
        if not folder:
            pytest.skip("FREQBENCH_MIRROR is not set")
        path = Path(folder) / name
        if not path.is_file():
            pytest.skip(f"the mirror has no {name}")
        return path

    return find


@pytest.fixture
def mirror_image(mirror_file: Callable[[str], Path]) -> Callable[..., torch.Tensor]:
    """Return an 8-bit image of the mirror as float64 (1, C, H, W) in [0, 1], or skip the test."""

    def read(name: str, mode: str = "L") -> torch.Tensor:
        with Image.open(mirror_file(name)) as image:
            pixels = np.asarray(image.convert(mode), dtype=np.float64) / 255
        return torch.from_numpy(np.atleast_3d(pixels)).permute(2, 0, 1)[None]

    return read
