"""What captures and clean images share: the same pixels, or one in the average of another."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import ndimage

from freqbench.data.image_files import read_grey

Residual = npt.NDArray[np.float32]

WINDOW = 256
"""Width of the central part whose noise is compared: 65536 pixels give a standard error of 0.004."""

SHARED_NOISE = 0.05
"""Correlation of the noise of two images from which one contains the other; a capture in an average of 50: 0.14."""

CHANCE_ERRORS = 6
"""Standard errors that chance does not reach in a million pairs of white noise."""

ROUNDING = 0.51
"""Largest difference in counts between a rounded mean and the mean."""


@dataclass(frozen=True)
class CaptureReport:
    """What was found out about single files.

    Attributes:
        identical: train and test files that hold the same pixels.
        duplicates: files of one side that hold the same pixels: captures counted as independent that are not.
        captures: number of degraded images by side.
        distinct: number of those that differ in their pixels, by side.
        averaged: train and test files whose noise is the same: one is part of the average that the other is.
        contained: by field of view, whether its clean image contains its captures.
    """

    identical: list[tuple[str, str]]
    duplicates: list[tuple[str, str]]
    captures: dict[str, int]
    distinct: dict[str, int]
    averaged: list[tuple[str, str, float]]
    contained: dict[str, dict[str, float | None]]

    def as_json(self) -> dict[str, Any]:
        """Return all findings."""
        return {
            "identical_pixels": [{"train": a, "test": b} for a, b in self.identical],
            "duplicates_on_one_side": [{"first": a, "second": b} for a, b in self.duplicates],
            "captures": {
                side: {"files": self.captures[side], "distinct": self.distinct[side]} for side in self.captures
            },
            "shared_noise": [{"train": a, "test": b, "correlation": round(r, 4)} for a, b, r in self.averaged],
            "averaging_levels": "on the side of their field of view, by construction of the split",
            "clean_contains_captures": self.contained,
        }


def examine_captures(index: pd.DataFrame, sides: dict[str, str], root: Path) -> CaptureReport:
    """Look for shared pixels and shared noise.

    All averaging levels of a field of view share its captures, and its clean image is their mean. A split by
    field of view keeps them on one side by construction; here it is measured whether files of another field of
    view, a copied capture or an average that contains one, break that.

    Args:
        index: manifest of the images.
        sides: side of each field of view; fields of view that are unused are not read.
        root: folder that the manifest's paths are relative to.
    """
    hashes: dict[str, dict[str, str]] = {"train": {}, "test": {}}
    duplicates: list[tuple[str, str]] = []
    captures, distinct = dict.fromkeys(hashes, 0), dict.fromkeys(hashes, 0)
    files: dict[str, list[tuple[str, str]]] = {"train": [], "test": []}
    noise: dict[str, dict[str, Residual]] = {"train": {}, "test": {}}
    targets: dict[str, dict[str, Residual]] = {"train": {}, "test": {}}
    contained: dict[str, dict[str, float | None]] = {}
    for fov, rows in index.groupby("fov", sort=False):
        side = sides[str(fov)]
        if side == "unused":
            continue
        seen = hashes[side]
        clean_name = str(rows["clean"].iloc[0])
        clean = read_grey(root / clean_name)
        residuals: list[Residual] = []
        mean = np.zeros(clean.shape)
        for name in [*rows["noisy"].astype(str), clean_name]:
            pixels = read_grey(root / name)
            key = pixel_hash(pixels)
            files[side].append((name, key))
            if key in seen:
                duplicates.append((seen[key], name))
            if name == clean_name:
                seen.setdefault(key, name)
                continue
            captures[side] += 1
            distinct[side] += key not in seen
            mean += pixels
            # what a defocused capture lacks is structure, which fields of other specimens could share by chance
            residual = _central(_without_structure(pixels.astype(np.float32) - clean.astype(np.float32)))
            if key not in seen:
                residuals.append(residual)
                noise[side][name] = _standardised(residual)
            seen.setdefault(key, name)
        targets[side][clean_name] = _standardised(_central(_without_structure(clean.astype(np.float32))))
        contained[str(fov)] = _contained(residuals, mean / len(rows), clean, len(rows))
    identical = [(hashes["train"][key], name) for name, key in files["test"] if key in hashes["train"]]
    averaged = _shared(noise["train"], noise["test"] | targets["test"])
    averaged += [(b, a, r) for a, b, r in _shared(noise["test"], targets["train"])]
    copies = {name for pair in identical for name in pair}
    # what a copied file shares with others follows from the copy, which is named already
    averaged = [(a, b, r) for a, b, r in averaged if not {a, b} & copies]
    return CaptureReport(identical, duplicates, captures, distinct, averaged, contained)


def pixel_hash(pixels: npt.NDArray[np.generic]) -> str:
    """Return a hash of shape, type and pixels, whatever the encoding of the file."""
    return hashlib.sha256(repr((pixels.shape, str(pixels.dtype))).encode() + pixels.tobytes()).hexdigest()


def _contained(
    residuals: list[Residual], mean: npt.NDArray[np.float64], clean: npt.NDArray[np.generic], count: int
) -> dict[str, float | None]:
    """Return how captures and clean image of a field of view hang together.

    The differences of two captures from their own mean of N correlate by -1/(N-1); from an independent mean of N,
    whose noise they share, by 1/(N+1).
    """
    correlation = None
    if len(residuals) > 1:
        stack = np.stack([_standardised(residual).ravel() for residual in residuals])
        matrix = stack @ stack.T / stack.shape[1]
        correlation = float((matrix.sum() - np.trace(matrix)) / (len(stack) * (len(stack) - 1)))
    off = float(np.abs(mean - clean.astype(np.float64)).max())
    return {
        "captures": float(count),
        "correlation_of_residuals": None if correlation is None else round(correlation, 5),
        "expected_if_contained_in_50": round(-1 / 49, 5),
        "largest_difference_from_the_mean": round(off, 3),
        "is_the_mean_of_these_captures": float(off <= ROUNDING),
    }


def _shared(first: dict[str, Residual], second: dict[str, Residual]) -> list[tuple[str, str, float]]:
    """Return pairs of files of two sides whose noise correlates."""
    found: list[tuple[str, str, float]] = []
    for shape in {image.shape for image in first.values()}:
        rows = {name: image for name, image in first.items() if image.shape == shape}
        columns = {name: image for name, image in second.items() if image.shape == shape}
        if not columns:
            continue
        right = np.stack([image.ravel() for image in columns.values()])
        names = list(columns)
        for name, image in rows.items():
            correlation = right @ image.ravel() / image.size
            threshold = max(SHARED_NOISE, CHANCE_ERRORS / float(np.sqrt(image.size)))
            for k in np.flatnonzero(correlation >= threshold):
                other = columns[names[k]]
                mirrored = max(
                    float((image * copy).mean()) for copy in (other[::-1], other[:, ::-1], other[::-1, ::-1])
                )
                if correlation[k] - mirrored >= threshold:
                    found.append((name, names[k], float(correlation[k])))
    return found


def _central(image: npt.NDArray[np.float32]) -> Residual:
    top, left = (max(0, (length - WINDOW) // 2) for length in image.shape)
    return image[top : top + WINDOW, left : left + WINDOW]


def _without_structure(image: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    return np.asarray(image - ndimage.gaussian_filter(image, 1.0), dtype=np.float32)


def _standardised(image: Residual) -> Residual:
    centred = image - image.mean()
    spread = float(centred.std())
    return np.asarray(centred / spread if spread > 0 else centred, dtype=np.float32)
