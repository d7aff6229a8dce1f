"""The leakage audit: what do train and test share? It can stop the study."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from freqbench.config.datasets import Audit
from freqbench.data.image_files import Grey, read_grey
from freqbench.data.overlap import Overlap, common_area, measure_overlap, prepare
from freqbench.data.pixel_scale import AS_STORED, PixelScale
from freqbench.errors import FreqbenchError

Mask = npt.NDArray[np.bool_]

NULL_MARGIN = 0.1
"""Related fields must correlate by this much more than mirrored copies, which cannot show the same place."""

SAFETY_MARGIN = 4
"""Pixels around a shared area that are not tested on either: the point-spread function carries light there."""

SAME_AREA_RESIDUAL = 0.5
"""Fields that show the same pixels leave at most this part of the variance that mirrored copies leave unexplained.

A margin between correlations would have no room where mirrored copies alone reach 0.97, as on small fields of
sparse nuclei: there not even an exact copy could exceed it.
"""


@dataclass(frozen=True)
class Finding:
    """One relation between a train and a test field of view."""

    train: str
    test: str
    kind: str
    overlap: Overlap


@dataclass
class AuditReport:
    """What the audit measured and decided.

    Attributes:
        verdict: ``clean``; ``related`` (one specimen on both sides, at another place or depth); ``masked``
            (shared area, excluded from the test); ``leaking`` (shared area or identical pixels).
        findings: one for each train-test pair of fields of view.
        identical: pairs of files on both sides of the split that hold the same pixels.
        usable: mask of the area of each test field of view that may be tested on.
    """

    verdict: str
    findings: list[Finding]
    identical: list[tuple[str, str]]
    usable: dict[str, Mask] = field(repr=False)

    def as_json(self) -> dict[str, Any]:
        """Return everything but the masks; of those, the usable share."""
        return {
            "verdict": self.verdict,
            "identical_pixels": [{"train": a, "test": b} for a, b in self.identical],
            "pairs": [
                {
                    "train": finding.train,
                    "test": finding.test,
                    "kind": finding.kind,
                    "shift": list(finding.overlap.shift),
                    "correlation": round(finding.overlap.correlation, 4),
                    "common_area": round(finding.overlap.area, 4),
                    "correlation_of_mirrored_copies": round(finding.overlap.null, 4),
                }
                for finding in self.findings
            ],
            "usable_area": {fov: round(float(mask.mean()), 4) for fov, mask in self.usable.items()},
        }

    def summary(self) -> str:
        """Return the findings that matter, in words."""
        lines = [f"{b} holds the same pixels as {a}" for a, b in self.identical[:3]]
        lines += [
            f"test field of view {f.test} "
            + ("shows the same pixels as" if f.kind == "same area" else "is related to")
            + f" train field of view {f.train} (shift {f.overlap.shift[0]}, {f.overlap.shift[1]} px; "
            f"correlation {f.overlap.correlation:.3f} over {f.overlap.area:.0%} of the area)"
            for f in self.findings
            if f.kind != "unrelated"
        ]
        return "; ".join(lines) or "no relation found"


def audit_split(
    index: pd.DataFrame,
    sides: dict[str, str],
    root: Path,
    settings: Audit,
    *,
    mask_shared_area: bool,
    scale: PixelScale = AS_STORED,
    advance: Callable[[int, int], None] | None = None,
) -> AuditReport:
    """Compare every train field of view with every test field of view.

    Args:
        index: manifest of the images.
        sides: side of each field of view.
        root: folder that the manifest's paths are relative to.
        settings: thresholds.
        mask_shared_area: exclude shared area from the test instead of calling it a leak.
        scale: what the stored numbers of the images mean.
        advance: called with the number of pairs compared and the number of all.

    Returns:
        The report. Deciding whether to go on is the caller's business.

    Raises:
        FreqbenchError: if the split and the manifest name other fields of view, or train and test fields of
            view differ in size.
    """
    different = set(sides) ^ set(index["fov"])
    if different:
        raise FreqbenchError(
            f"split: field of view {min(different)} is not in both the split and the index; run `freqbench split`"
        )
    clean_files = index.drop_duplicates("fov")[["fov", "clean"]].astype(str).to_numpy().tolist()
    clean = {fov: read_grey(root / name, scale) for fov, name in clean_files if sides[fov] != "unused"}
    prepared = {fov: prepare(pixels, settings.smoothing) for fov, pixels in clean.items()}
    train = [fov for fov, side in sides.items() if side == "train"]
    test = [fov for fov, side in sides.items() if side == "test"]
    findings, usable = [], {fov: np.ones(clean[fov].shape, dtype=bool) for fov in test}
    pairs = [(a, b) for a in train for b in test]
    for number, (a, b) in enumerate(pairs, start=1):
        if clean[a].shape != clean[b].shape:
            raise FreqbenchError(
                f"audit: fields of view {a} and {b} differ in size, {_size(clean[a])} and {_size(clean[b])} pixels, so "
                "the audit cannot compare them; crop them to one size, or list only fields of one size in `split`"
            )
        overlap = measure_overlap(prepared[a], prepared[b], settings.minimum_overlap)
        kind = classify(overlap, settings)
        findings.append(Finding(a, b, kind, overlap))
        if kind == "same area" and mask_shared_area:
            usable[b] &= unshared_area(clean[b].shape, overlap.shift)
        if advance is not None:
            advance(number, len(pairs))
    identical = identical_pixels(index, sides, root, scale)
    return AuditReport(_verdict(findings, identical, mask_shared_area), findings, identical, usable)


def classify(overlap: Overlap, settings: Audit) -> str:
    """Return ``same area``, ``related`` or ``unrelated``."""
    explained = 1 - overlap.correlation <= SAME_AREA_RESIDUAL * (1 - overlap.null)
    if overlap.correlation >= settings.same_area and explained:
        return "same area"
    beyond_chance = overlap.correlation >= overlap.null + NULL_MARGIN
    return "related" if overlap.correlation >= settings.related and beyond_chance else "unrelated"


def unshared_area(shape: tuple[int, ...], shift: tuple[int, int]) -> Mask:
    """Return the area of the second image of a registered pair that the first does not show.

    Args:
        shape: height and width.
        shift: rows and columns by which the second image has to move to lie on the first.
    """
    mask = np.ones(shape, dtype=bool)
    shared = common_area(shape, (-shift[0], -shift[1]))
    grown = tuple(slice(max(0, part.start - SAFETY_MARGIN), part.stop + SAFETY_MARGIN) for part in shared)
    mask[grown] = False
    return mask


def identical_pixels(
    index: pd.DataFrame, sides: dict[str, str], root: Path, scale: PixelScale = AS_STORED
) -> list[tuple[str, str]]:
    """Return the train and test files that hold the same pixels, whatever their encoding."""
    seen: dict[str, str] = {}
    for name in _files(index, sides, "train"):
        seen.setdefault(_pixel_hash(root / name, scale), name)
    found = ((seen.get(_pixel_hash(root / name, scale)), name) for name in _files(index, sides, "test"))
    return [(train, test) for train, test in found if train is not None]


def _files(index: pd.DataFrame, sides: dict[str, str], side: str) -> list[str]:
    rows = index[index["fov"].map(sides) == side]
    return [*rows["noisy"], *rows["clean"].unique()]


def _size(image: Grey) -> str:
    return f"{image.shape[1]}x{image.shape[0]}"


def _pixel_hash(path: Path, scale: PixelScale) -> str:
    pixels = read_grey(path, scale)
    return hashlib.sha256(repr((pixels.shape, str(pixels.dtype))).encode() + pixels.tobytes()).hexdigest()


def _verdict(findings: list[Finding], identical: list[tuple[str, str]], masked: bool) -> str:
    kinds = {finding.kind for finding in findings}
    if identical or ("same area" in kinds and not masked):
        return "leaking"
    if "same area" in kinds:
        return "masked"
    return "related" if "related" in kinds else "clean"
