"""What the files of train and test share: the same pixels, or one in the average of another."""

import hashlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from freqbench.data.leakage.across_sets import JoinedSources
from freqbench.data.leakage.shared_noise import (
    Containment,
    Residual,
    containment,
    fine_structure,
    noise_of,
    shared_noise,
)
from freqbench.data.source import SourceRecord


@dataclass(frozen=True)
class CaptureReport:
    """What was found out about single files.

    Attributes:
        identical: train and test files that hold the same pixels.
        duplicates: files of one side that hold the same pixels: captures counted as independent that are not.
        captures: number of degraded images by side.
        distinct: number of those that differ in their pixels, by side.
        averaged: train and test files that share their noise, with its correlation: one is part of the average that
            the other is.
        common_noise: median correlation of the noise of train and test files; well above 0 for a camera's pattern
            that the clean images lack.
        contained: by field of view, how its captures and its clean image hang together.
    """

    identical: list[tuple[str, str]]
    duplicates: list[tuple[str, str]]
    captures: dict[str, int]
    distinct: dict[str, int]
    averaged: list[tuple[str, str, float]]
    common_noise: float
    contained: dict[str, Containment]

    def as_json(self) -> dict[str, Any]:
        """Return all findings."""
        return {
            "identical_pixels": [{"train": a, "test": b} for a, b in self.identical],
            "duplicates_on_one_side": [{"first": a, "second": b} for a, b in self.duplicates],
            "captures": {
                side: {"files": self.captures[side], "distinct": self.distinct[side]} for side in self.captures
            },
            "shared_noise": [{"train": a, "test": b, "correlation": round(r, 4)} for a, b, r in self.averaged],
            "common_noise": round(self.common_noise, 4),
            "clean_and_captures": {fov: found.as_json() for fov, found in self.contained.items()},
        }


@dataclass
class _Side:
    """What was read of one side."""

    files: list[tuple[str, str]] = field(default_factory=list)
    first_with: dict[str, str] = field(default_factory=dict)
    duplicates: list[tuple[str, str]] = field(default_factory=list)
    noise: dict[str, Residual] = field(default_factory=dict)
    targets: dict[str, Residual] = field(default_factory=dict)
    captures: int = 0

    def is_new(self, name: str, pixels: npt.NDArray[np.generic]) -> bool:
        """Record a file; return whether its pixels were not seen on this side."""
        key = pixel_hash(pixels)
        first = self.first_with.setdefault(key, name)
        self.files.append((name, key))
        if first != name:
            self.duplicates.append((first, name))
        return first == name


def examine_captures(index: pd.DataFrame, sides: dict[str, str], record: SourceRecord | JoinedSources) -> CaptureReport:
    """Look for shared pixels and shared noise.

    All averaging levels of a field of view share its captures, and its clean image is their mean. A split by
    field of view keeps them on one side by construction; here it is measured whether files of another field of
    view, a copied capture or an average that contains one, break that.

    Args:
        index: manifest of the images.
        sides: side of each field of view; fields of view that are unused are not read.
        record: where the images are and what their numbers mean.
    """
    train, test = _Side(), _Side()
    contained = {}
    for fov, rows in index.groupby("fov", sort=False):
        if sides[str(fov)] != "unused":
            side = train if sides[str(fov)] == "train" else test
            contained[str(fov)] = _read_field(side, rows, record)
    identical = [(train.first_with[key], name) for name, key in test.files if key in train.first_with]
    forth, back = shared_noise(train.noise, test.noise | test.targets), shared_noise(test.noise, train.targets)
    averaged = forth.pairs + [(b, a, correlation) for a, b, correlation in back.pairs]
    # what a copied file shares with others follows from the copy, which is named already
    copies = {name for pair in identical for name in pair}
    averaged = [(a, b, correlation) for a, b, correlation in averaged if not {a, b} & copies]
    return CaptureReport(
        identical,
        train.duplicates + test.duplicates,
        {"train": train.captures, "test": test.captures},
        {"train": len(train.noise), "test": len(test.noise)},
        averaged,
        forth.common,
        contained,
    )


def pixel_hash(pixels: npt.NDArray[np.generic]) -> str:
    """Return a hash of shape, type and pixels, whatever the encoding of the file."""
    return hashlib.sha256(repr((pixels.shape, str(pixels.dtype))).encode() + pixels.tobytes()).hexdigest()


def _read_field(side: _Side, rows: pd.DataFrame, record: SourceRecord | JoinedSources) -> Containment:
    """Read the images of a field of view into its side."""
    clean_name = str(rows["clean"].iloc[0])
    clean = record.pixels(clean_name)
    noise, mean = [], np.zeros(clean.shape)
    for name in rows["noisy"].astype(str):
        pixels = record.pixels(name)
        mean += pixels / len(rows)
        if side.is_new(name, pixels):
            noise.append(noise_of(pixels, clean))
            side.noise[name] = noise[-1]
    side.captures += len(rows)
    side.is_new(clean_name, clean)
    side.targets[clean_name] = fine_structure(clean)
    return containment(noise, mean, clean, len(rows), record.scale_of(clean_name).step_of(clean))
