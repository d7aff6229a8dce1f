"""The leakage audit: what do train and test share? It can stop the study."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import ndimage

from freqbench.config.datasets import Audit
from freqbench.data.image_files import Grey
from freqbench.data.leakage.across_sets import JoinedSources
from freqbench.data.leakage.captures import CaptureReport, examine_captures
from freqbench.data.leakage.similarity import Finding, Similarity, read_clean, register, specimens
from freqbench.data.registration.geometry import shown_by_first
from freqbench.data.registration.overlap import Overlap
from freqbench.data.source import SourceRecord
from freqbench.errors import FreqbenchError

Mask = npt.NDArray[np.bool_]

SAFETY_MARGIN = 4
"""Pixels around a shared area that are not tested on either: the point-spread function carries light there."""


@dataclass
class AuditReport:
    """What the audit measured and decided.

    Attributes:
        verdict: ``clean``; ``not compared`` (some pairs differ in size, the others are clean); ``undecided``
            (correlated, but too few cells to tell that from chance); ``related`` (one specimen on both sides:
            declared, or seen at another place or depth); ``masked`` (shared area, excluded from the test);
            ``leaking`` (shared area, identical pixels, or a capture in an average of the other side).
        findings: one for each train-test pair of fields of view, the train field first.
        captures: what single files share.
        usable: mask of the area of each test field of view that may be tested on.
        sides: side of each field of view.
        specimens: presumed specimens, each a list of fields of view.
        others: findings on one side, where they were measured.
        files: clean image of each field of view.
        not_compared: train-test pairs of fields of view that differ in size.
    """

    verdict: str
    findings: list[Finding]
    captures: CaptureReport
    usable: dict[str, Mask] = field(repr=False)
    sides: dict[str, str]
    specimens: list[list[str]]
    others: list[Finding]
    files: dict[str, str]
    not_compared: list[tuple[str, str]] = field(default_factory=list)

    @property
    def identical(self) -> list[tuple[str, str]]:
        """Train and test files that hold the same pixels."""
        return self.captures.identical

    def as_json(self) -> dict[str, Any]:
        """Return everything but the masks; of those, the usable share."""
        return {
            "verdict": self.verdict,
            **self.captures.as_json(),
            "pairs": [
                {"train": finding.first, "test": finding.second, **_measurement(finding)} for finding in self.findings
            ],
            "pairs_not_compared": [{"train": a, "test": b} for a, b in self.not_compared],
            "other_pairs": [finding.as_json() for finding in self.others],
            "fields_of_view": [
                {"fov": fov, "side": side, "specimen": number}
                for number, members in enumerate(self.specimens, start=1)
                for fov, side in ((member, self.sides[member]) for member in members)
            ],
            "specimens_on_both_sides": _on_both_sides(self.specimens, self.sides),
            "usable_area": {fov: round(float(mask.mean()), 4) for fov, mask in self.usable.items()},
        }

    def summary(self) -> str:
        """Return the findings that matter, in words, with the files."""
        lines = [f"{b} holds the same pixels as {a}" for a, b in self.identical[:3]]
        lines += [f"{a} and {b} share their noise (correlation {r:.2f})" for a, b, r in self.captures.averaged[:3]]
        lines += [self._words(f) for f in self.findings if f.kind in ("same area", "related")]
        if not lines:
            split = _on_both_sides(self.specimens, self.sides)
            lines = [f"fields of view {', '.join(members)} are of one group and on both sides" for members in split]
        undecided = sum(f.kind == "undecided" for f in self.findings)
        if undecided:
            lines.append(f"{undecided} of {len(self.findings)} pairs cannot be told from mirrored copies")
        if self.not_compared:
            a, b = self.not_compared[0]
            lines.append(f"{len(self.not_compared)} pairs differ in size and were not compared, such as {a} and {b}")
        lines += [f"{b} holds the same pixels as {a}, on one side" for a, b in self.captures.duplicates[:3]]
        return "; ".join(lines) or "no relation found"

    def _words(self, finding: Finding) -> str:
        overlap = finding.overlap
        relation = "shows the same pixels as" if finding.kind == "same area" else "is related to"
        turn = f", turned {overlap.rotation:.1f} degrees, scaled {overlap.scale:.3f}" if overlap.turned else ""
        return (
            f"test field of view {finding.second} ({self.files[finding.second]}) {relation} train field of view "
            f"{finding.first} ({self.files[finding.first]}; shift {overlap.shift[0]:.0f}, {overlap.shift[1]:.0f} px"
            f"{turn}; correlation {overlap.correlation:.3f} over {overlap.area:.0%} of the area)"
        )


def audit_split(
    index: pd.DataFrame,
    sides: dict[str, str],
    record: SourceRecord | JoinedSources,
    settings: Audit,
    *,
    mask_shared_area: bool,
    any_size: bool = False,
    known: Similarity | None = None,
    advance: Callable[[int, int], None] | None = None,
) -> AuditReport:
    """Compare every train field of view with every test field of view.

    Args:
        index: manifest of the images.
        sides: side of each field of view.
        record: where the images are and what their numbers mean.
        settings: thresholds.
        mask_shared_area: exclude shared area from the test instead of calling it a leak.
        any_size: leave out pairs of fields of view that differ in size, instead of stopping there.
        known: pairs that are registered already.
        advance: called with the number of pairs compared and the number of all.

    Returns:
        The report. Deciding whether to go on is the caller's business.

    Raises:
        FreqbenchError: if the split and the manifest name other fields of view, or train and test fields of
            view differ in size and ``any_size`` is not set.
    """
    different = set(sides) ^ set(index["fov"])
    if different:
        raise FreqbenchError(
            f"split: field of view {min(different)} is not in both the split and the index; run `freqbench split`"
        )
    clean = read_clean(index[index["fov"].map(sides) != "unused"], record)
    train = [fov for fov, side in sides.items() if side == "train"]
    test = [fov for fov, side in sides.items() if side == "test"]
    pairs = [(a, b) for a in train for b in test]
    different_size = [(a, b) for a, b in pairs if clean[a].shape != clean[b].shape]
    if different_size and not any_size:
        a, b = different_size[0]
        raise FreqbenchError(
            f"audit: fields of view {a} and {b} differ in size, {_size(clean[a])} and {_size(clean[b])} pixels, so "
            "the audit cannot compare them; crop them to one size, or list only fields of one size in `split`"
        )
    pairs = [pair for pair in pairs if pair not in different_size]
    known = known or Similarity([], complete=False)
    found = {pair: known.between(*pair) for pair in pairs}
    missing = [pair for pair, finding in found.items() if finding is None]
    found |= dict(zip(missing, register(clean, missing, settings, advance), strict=True))
    findings = [finding for finding in found.values() if finding is not None]
    usable = {fov: np.ones(clean[fov].shape, dtype=bool) for fov in test}
    for finding in findings:
        if finding.kind == "same area" and mask_shared_area:
            usable[finding.second] &= unshared_area(clean[finding.second].shape, finding.overlap)
    captures = examine_captures(index, sides, record)
    across = {frozenset(pair) for pair in pairs}
    others = [f for f in known.findings if frozenset((f.first, f.second)) not in across]
    files = dict(index.drop_duplicates("fov")[["fov", "clean"]].astype(str).to_numpy().tolist())
    presumed = specimens(index, [*findings, *others])
    verdict = _verdict(findings, captures, _on_both_sides(presumed, sides), masked=mask_shared_area)
    if different_size and verdict == "clean":
        verdict = "not compared"
    return AuditReport(verdict, findings, captures, usable, sides, presumed, others, files, different_size)


def unshared_area(shape: tuple[int, ...], overlap: Overlap) -> Mask:
    """Return the area of the second image of a registered pair that the first does not show.

    Args:
        shape: height and width.
        overlap: placement of the second image on the first.
    """
    shown = shown_by_first(shape, overlap.shift, overlap.rotation, overlap.scale)
    grown = ndimage.maximum_filter(shown, 2 * SAFETY_MARGIN + 1, mode="constant")
    return np.asarray(~grown)


def _measurement(finding: Finding) -> dict[str, Any]:
    return {name: value for name, value in finding.as_json().items() if name not in ("first", "second")}


def _size(image: Grey) -> str:
    return f"{image.shape[1]}x{image.shape[0]}"


def _on_both_sides(groups: list[list[str]], sides: dict[str, str]) -> list[list[str]]:
    return [members for members in groups if {"train", "test"} <= {sides[fov] for fov in members}]


def _verdict(findings: list[Finding], captures: CaptureReport, split: list[list[str]], *, masked: bool) -> str:
    kinds = {finding.kind for finding in findings}
    if captures.identical or captures.averaged or ("same area" in kinds and not masked):
        return "leaking"
    if "same area" in kinds:
        return "masked"
    if split:
        return "related"
    return "undecided" if "undecided" in kinds else "clean"
