"""Images of discs at known places."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from freqbench.nuclei.labels import Labels

Disc = tuple[float, float, float]


def disc_labels(shape: tuple[int, int], discs: Sequence[Disc]) -> Labels:
    """Return labels of discs (y, x, radius), numbered from 1 as listed."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    labels = np.zeros(shape, dtype=np.uint16)
    for number, (cy, cx, radius) in enumerate(discs, start=1):
        labels[(y - cy) ** 2 + (x - cx) ** 2 <= radius**2] = number
    return labels


def disc_image(labels: Labels, *, noise: float = 0.01, seed: int = 0) -> npt.NDArray[np.float32]:
    """Return a blurred image of the discs on a dark, noisy background, some twice as bright as others."""
    from scipy import ndimage

    brightness = np.where(labels % 2, 0.4, 0.8) * (labels > 0)
    image = 0.1 + ndimage.gaussian_filter(brightness, 1.0)
    image = image + noise * np.random.default_rng(seed).standard_normal(labels.shape)
    return np.clip(image, 0, 1).astype(np.float32)


@pytest.fixture(name="disc_labels", scope="session")
def disc_labels_fixture() -> Callable[..., Labels]:
    return disc_labels


@pytest.fixture(name="disc_image", scope="session")
def disc_image_fixture() -> Callable[..., npt.NDArray[Any]]:
    return disc_image
