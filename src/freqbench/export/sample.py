"""The example that goes with a package: a degraded image in its stored numbers, and what the generator makes of it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from freqbench.data.image_files import to_unit_range
from freqbench.data.patches import read_patches
from freqbench.errors import FreqbenchError
from freqbench.restoring.tiling import rounded_up
from freqbench.trained.facts import Facts
from freqbench.trained.find_run import study_of
from freqbench.trained.model import TrainedModel

LARGEST_SIDE = 256

Image = npt.NDArray[Any]


@dataclass(frozen=True)
class Sample:
    """An example.

    Attributes:
        degraded: (H, W), the stored numbers of a training image as float32.
        restored: (H, W), float32 in the unit of ``degraded``, clamped to its range.
        low: stored number that is black.
        high: stored number that is full scale.
        origin: where the degraded image is from, in words.
    """

    degraded: Image
    restored: npt.NDArray[np.float32]
    low: float
    high: float
    origin: str


def sample_of(model: TrainedModel, smallest: int, divisor: int) -> Sample:
    """Return an example for a generator: the first test patch of its study, or else simulated spots.

    Args:
        model: the generator.
        smallest: least side in pixels; a smaller patch is mirrored beyond its border.
        divisor: both sides are multiples of it.
    """
    low, high, are_integers = _scale(model.facts)
    unit = _test_patch(model)
    origin = "simulated spots" if unit is None else "the first test patch of the study"
    if unit is None:
        unit = _spots(max(smallest, 64))
    stored = low + _fitted(unit, smallest, divisor) * (high - low)
    degraded = (np.rint(stored) if are_integers else stored).astype(np.float32)
    unit = (degraded - np.float32(low)) / np.float32(high - low)
    with torch.inference_mode():
        values = model.network()(torch.from_numpy(unit)[None, None])[0, 0].numpy()
    restored = np.clip(values, 0.0, 1.0) * np.float32(high - low) + np.float32(low)
    return Sample(degraded, restored.astype(np.float32), low, high, origin)


def _scale(facts: Facts | None) -> tuple[float, float, bool]:
    """Return black and full scale of the stored numbers in training, and whether they are integers.

    Where nothing is known: 0 and 1, floats.
    """
    if facts is None or facts.data is None:
        return 0.0, 1.0, False
    if facts.data.bit_depth is None:
        return *(facts.data.data_range or (0.0, 1.0)), False
    return 0.0, float(2**facts.data.bit_depth - 1), True


def _test_patch(model: TrainedModel) -> Image | None:
    """Return the first degraded test patch in [0, 1], None where the study has no patches."""
    layout = study_of(model.folder) if model.folder is not None else None
    if layout is None or model.facts is None:
        return None
    try:
        patches = read_patches(layout, model.facts.dataset, model.facts.split).side("test")
    except FreqbenchError:
        return None  # a run without its study's data is a whole model; only the example is another
    return to_unit_range(patches.noisy[0])


def _spots(side: int) -> Image:
    """Return Gaussian spots with Poisson noise in [0, 1], the same every time."""
    random = np.random.default_rng(0)
    y, x = np.mgrid[:side, :side]
    image = np.full((side, side), 0.05)
    for centre_y, centre_x, width in random.uniform((0, 0, 2), (side, side, 6), (side // 4, 3)):
        image += 0.2 * np.exp(-((y - centre_y) ** 2 + (x - centre_x) ** 2) / (2 * width**2))
    return np.asarray(np.clip(random.poisson(image * 50) / 50, 0, 1))


def _fitted(image: Image, smallest: int, divisor: int) -> Image:
    """Return an image cut and mirrored to a size that the network takes."""
    sides = [rounded_up(max(smallest, min(side, LARGEST_SIDE)), divisor) for side in image.shape]
    image = image[: sides[0], : sides[1]]
    missing = [(0, side - have) for side, have in zip(sides, image.shape, strict=True)]
    return np.pad(image, missing, mode="symmetric")
