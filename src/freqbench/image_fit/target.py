"""The image that is fitted: chosen by a rule, not by hand."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from freqbench.config import Config
from freqbench.config.image_fit import ImageFit
from freqbench.data.image_files import Grey, read_grey, to_unit_range
from freqbench.data.patches import read_patches
from freqbench.errors import FreqbenchError
from freqbench.layout import Layout
from freqbench.reporting.regions import detailed_regions

Image = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Target:
    """A window of a clean image.

    Attributes:
        pixels: (size, size), float32 in [0, 1].
        origin: patch or file that it is a window of.
        corner: its upper left corner (y, x) there.
        rule: how it was chosen, in words.
    """

    pixels: Image
    origin: str
    corner: tuple[int, int]
    rule: str


def choose_target(config: Config, fit: ImageFit) -> Target:
    """Return the window with most detail of a file, or of all clean patches of the first split of a data set.

    Detail is the mean squared gradient of intensities in [0, 1]. Of equal windows the first one counts.

    Raises:
        FreqbenchError: if file or patches cannot be read, or are smaller than the window.
    """
    if fit.file is not None:
        window = _most_detailed(read_grey(fit.file), fit.size, str(fit.file))
        return Target(*window, f"the {fit.size} x {fit.size} pixels with the largest mean squared gradient in the file")
    assert fit.dataset is not None
    split = config.splits_of(fit.dataset)[0]
    patches = read_patches(Layout.of(config), fit.dataset, split)
    # all captures of a field of view share one clean patch
    distinct = patches.table.drop_duplicates(["fov", "y", "x"])
    windows = [
        _most_detailed(patches.clean[row], fit.size, str(patch))
        for row, patch in zip(distinct.index, distinct["patch_id"], strict=True)
    ]
    return Target(
        *max(windows, key=lambda window: detail(window[0])),
        f"the {fit.size} x {fit.size} pixels with the largest mean squared gradient in the {len(windows)} clean "
        f"patches of {fit.dataset}, split {split}",
    )


def detail(image: Image) -> float:
    """Return the mean squared gradient of an image (H, W), by central differences."""
    rows, columns = np.gradient(image.astype(np.float64))
    return float((rows**2 + columns**2).mean())


def _most_detailed(pixels: Grey, size: int, origin: str) -> tuple[Image, str, tuple[int, int]]:
    image = to_unit_range(np.asarray(pixels))
    if min(image.shape) < size:
        height, width = image.shape
        raise FreqbenchError(f"image_fit.size: {size} is larger than {origin}, {height} x {width} pixels")
    ((y, x),) = detailed_regions(image, 1, size)
    return image[y : y + size, x : x + size], origin, (y, x)
