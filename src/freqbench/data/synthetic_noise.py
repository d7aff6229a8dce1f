"""Simulated captures: a clean image plus noise that is drawn once, from seeds of its own.

The FRC paper (Kaczmar-Michalska et al., arXiv 2201.03992) adds Gaussian or log-normal noise to photographs and to
clean microscope images, each brought to [-0.5, 0.5] by its own extremes before. Here an image keeps its intensities
and the noise takes on their range: the same picture up to brightness and contrast.
"""

import hashlib
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from freqbench.data.image_files import Grey, to_unit_range

if TYPE_CHECKING:
    from freqbench.config.synthetic_noise import SyntheticNoise


def noisy_capture(clean: Grey, noise: "SyntheticNoise", fov: str, capture: int) -> npt.NDArray[np.float32]:
    """Return one capture of a field of view.

    What is drawn depends on the seed of the noise, the name of the field of view and the number of the capture, and on
    nothing else: a field of view that is added to a data set changes no other.

    Args:
        clean: clean image (H, W), of the full range of its type.
        noise: kind, amplitude and seed.
        fov: name of the field of view.
        capture: number of the capture.

    Returns:
        Image (H, W) in the unit of `to_unit_range`, in which the bit depth ends at 1; not clamped.
    """
    image = to_unit_range(clean).astype(np.float64)
    field = int.from_bytes(hashlib.sha256(fov.encode()).digest()[:16])
    random = np.random.default_rng((noise.seed, field, capture))
    if noise.kind == "gaussian":
        drawn = random.normal(0.0, noise.std, image.shape)
    else:
        drawn = random.lognormal(0.0, noise.sigma, image.shape) - 1.0
    unit = float(np.ptp(image)) if noise.unit == "image_range" else 1.0
    return (image + unit * drawn).astype(np.float32)
