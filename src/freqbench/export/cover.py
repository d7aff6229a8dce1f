"""The cover picture of a package: the example, degraded and restored side by side."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from freqbench.export.sample import Image, Sample

SIDE = 256
"""Pixels of each half: the BioImage Model Zoo shows covers of two to one."""


def write_cover(sample: Sample, path: Path) -> None:
    """Write the cover as PNG: both halves in one grey scale, from the 0.5 to the 99.8 percentile of the restored."""
    from PIL import Image as PillowImage

    low, high = np.percentile(sample.restored, (0.5, 99.8))
    halves = [_half(image, float(low), float(high)) for image in (sample.degraded, sample.restored)]
    PillowImage.fromarray(np.concatenate(halves, axis=1)).save(path, format="PNG")


def _half(image: Image, low: float, high: float) -> npt.NDArray[np.uint8]:
    """Return an image as a square of grey values, repeated or cut to size without interpolation."""
    grey = np.clip((image.astype(np.float64) - low) / max(high - low, 1e-12), 0, 1)
    factor = max(1, -(-SIDE // min(grey.shape)))
    large = grey.repeat(factor, axis=0).repeat(factor, axis=1)[:SIDE, :SIDE]
    return np.asarray(np.rint(255 * large), dtype=np.uint8)
