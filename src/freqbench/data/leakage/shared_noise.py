"""Noise that two images share: one is part of the average that the other is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

Residual = npt.NDArray[np.float32]

WINDOW = 256
"""Width of the central part whose noise is compared: 65536 pixels give a standard error of 0.004."""

SHARED_NOISE = 0.05
"""Correlation of the noise of two images from which one contains the other; a capture in an average of 50: 0.14."""

CHANCE_ERRORS = 6
"""Standard errors that chance does not reach in a million pairs of white noise."""

ROUNDING = 0.51
"""Largest difference, in steps of the stored numbers, between a rounded mean and the mean."""


@dataclass(frozen=True)
class SharedNoise:
    """Noise that files of two sides share.

    Attributes:
        pairs: file, file and correlation.
        common: median correlation of all pairs. What all pairs share is a pattern of the camera, not a leak.
    """

    pairs: list[tuple[str, str, float]]
    common: float


@dataclass(frozen=True)
class Containment:
    """How the captures of a field of view and its clean image hang together.

    Attributes:
        captures: number of captures.
        correlation: mean correlation of the noise of two different captures, None with fewer than two. The
            differences of N captures from their own mean correlate by -1/(N-1); from the mean of N others, whose
            noise they share, by 1/(N+1).
        off: largest difference between the clean image and the mean of the captures, in steps of the stored numbers.
    """

    captures: int
    correlation: float | None
    off: float

    def as_json(self) -> dict[str, Any]:
        """Return the measurement and what it says."""
        several = self.captures > 1
        return {
            "captures": self.captures,
            "clean_is_their_mean": self.off <= ROUNDING,
            "largest_difference_from_their_mean": round(self.off, 3),
            "correlation_of_noise": None if self.correlation is None else round(self.correlation, 5),
            "expected_if_clean_is_their_mean": round(-1 / (self.captures - 1), 5) if several else None,
        }


def noise_of(degraded: npt.NDArray[np.generic], clean: npt.NDArray[np.generic]) -> Residual:
    """Return the noise of the central part of an image, standardised.

    What a defocused image lacks is structure, which fields of two specimens could share by chance: it is taken out.

    Args:
        degraded: image of shape (H, W), any real type.
        clean: its clean image.
    """
    return standardised(_fine(_central(degraded).astype(np.float32) - _central(clean).astype(np.float32)))


def fine_structure(image: npt.NDArray[np.generic]) -> Residual:
    """Return what noise of an image there could be besides its structure, standardised."""
    return standardised(_fine(_central(image).astype(np.float32)))


def standardised(image: Residual) -> Residual:
    """Return an image with mean 0 and variance 1; 0 if it is constant."""
    centred = image - image.mean()
    spread = float(centred.std())
    return np.asarray(centred / spread if spread > 0 else centred, dtype=np.float32)


def containment(
    noise: Sequence[Residual], mean: npt.NDArray[np.float64], clean: npt.NDArray[np.generic], count: int, step: float
) -> Containment:
    """Measure how the captures of a field of view and its clean image hang together.

    Args:
        noise: standardised noise of each different capture.
        mean: mean of all captures.
        clean: the clean image.
        count: number of captures.
        step: difference of two neighbouring stored numbers in the units of ``mean`` and ``clean``.
    """
    correlation = None
    if len(noise) > 1:
        # the mean over pairs follows from the variance of the sum
        total = np.sum(noise, axis=0, dtype=np.float64)
        correlation = (float((total**2).mean()) - len(noise)) / (len(noise) * (len(noise) - 1))
    return Containment(count, correlation, float(np.abs(mean - clean.astype(np.float64)).max()) / step)


def shared_noise(first: dict[str, Residual], second: dict[str, Residual]) -> SharedNoise:
    """Return pairs of files of two sides whose noise correlates as that of no other pair does.

    Args:
        first: standardised noise by file.
        second: the same of the other side.
    """
    pairs: list[tuple[str, str, float]] = []
    all_correlations: list[npt.NDArray[np.floating]] = []
    for shape in {image.shape for image in first.values()}:
        rows = {name: image for name, image in first.items() if image.shape == shape}
        columns = {name: image for name, image in second.items() if image.shape == shape}
        if not columns:
            continue
        names = list(columns)
        right = np.stack([image.ravel() for image in columns.values()])
        matrix = np.stack([right @ image.ravel() / image.size for image in rows.values()])
        all_correlations.append(matrix.ravel())
        common = max(0.0, float(np.median(matrix)))
        threshold = common + max(SHARED_NOISE, CHANCE_ERRORS / float(np.sqrt(right.shape[1])))
        for (name, image), line in zip(rows.items(), matrix, strict=True):
            for k in np.flatnonzero(line >= threshold):
                # structure that two fields have in common by chance, their mirrored copies have too
                mirrored = float(max((image * copy).mean() for copy in _mirrored(columns[names[k]])))
                if line[k] - mirrored >= threshold - common:
                    pairs.append((name, names[k], float(line[k])))
    everything = np.concatenate(all_correlations) if all_correlations else np.zeros(1)
    return SharedNoise(pairs, float(np.median(everything)))


def _mirrored(image: Residual) -> list[Residual]:
    return [image[::-1], image[:, ::-1], image[::-1, ::-1]]


def _central(image: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
    top, left = (max(0, (length - WINDOW) // 2) for length in image.shape)
    return image[top : top + WINDOW, left : left + WINDOW]


def _fine(image: Residual) -> Residual:
    return np.asarray(image - ndimage.gaussian_filter(image, 1.0), dtype=np.float32)
