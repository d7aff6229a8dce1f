"""Which fields of view show one place or one specimen: all pairs, registered once, before the split."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from freqbench.config.datasets import Audit
from freqbench.data.image_files import Grey
from freqbench.data.index import natural_order
from freqbench.data.leakage.across_sets import JoinedSources
from freqbench.data.registration.field import Candidate, Field, prepare
from freqbench.data.registration.overlap import Overlap, measure_overlap
from freqbench.data.source import SourceRecord
from freqbench.errors import FreqbenchError
from freqbench.files import read_json, write_json

Kind = Literal["unrelated", "undecided", "related", "same area"]
KINDS: tuple[Kind, ...] = ("unrelated", "undecided", "related", "same area")
"""From the weakest relation to the strongest."""

NULL_MARGIN = 0.1
"""Related fields must correlate by this much more than mirrored copies, which cannot show the same place."""

SAME_AREA_RESIDUAL = 0.5
"""Fields that show the same pixels leave at most this part of the variance that mirrored copies leave unexplained.

A margin between correlations would have no room where mirrored copies alone reach 0.97, as on small fields of
sparse nuclei: there not even an exact copy could exceed it.
"""

SAME_AREA_DETAIL = 0.75
"""Fields that show the same pixels agree in fine detail too; whole planted copies with noise reach 0.89."""

RELATED_AREA = 0.25
"""Smallest common area that shows a relation: over less, one cell on another correlates as fields do."""

SAME_AREA_ERRORS, RELATED_ERRORS = 3.2, 1.5
"""Standard errors by which a correlation must pass that of mirrored copies.

Of 1056 pairs of independent phantom specimens of 64 to 256 pixels the highest reached 2.96 with a correlation
above 0.9. A copy that shows fewer than about ten cells can stay below, too: then it is undecided.
"""

Advance = Callable[[int, int], None]


@dataclass(frozen=True)
class Finding:
    """One relation between two fields of view; in the audit the first trains and the second tests."""

    first: str
    second: str
    kind: Kind
    overlap: Overlap

    def as_json(self) -> dict[str, Any]:
        """Return the measurement."""
        overlap = self.overlap
        return {
            "first": self.first,
            "second": self.second,
            "kind": self.kind,
            "shift": [round(step, 2) for step in overlap.shift],
            "rotation": round(overlap.rotation, 3),
            "scale": round(overlap.scale, 4),
            "correlation": round(overlap.correlation, 4),
            "common_area": round(overlap.area, 4),
            "correlation_of_mirrored_copies": round(overlap.null, 4),
            "correlation_of_detail": round(overlap.detail, 4),
            "independent_pixels": round(overlap.independent, 1),
            "standard_errors_beyond_mirrored_copies": round(overlap.beyond_chance, 2),
        }

    def turned_round(self) -> "Finding":
        """Return the same relation with the fields exchanged."""
        return Finding(self.second, self.first, self.kind, self.overlap.inverse())


@dataclass(frozen=True)
class Similarity:
    """Registered pairs of fields of view.

    Attributes:
        findings: one for each pair.
        complete: whether all pairs were compared.
    """

    findings: list[Finding]
    complete: bool

    def between(self, first: str, second: str) -> Finding | None:
        """Return the relation of two fields of view in this order, None if they were not compared."""
        for finding in self.findings:
            if (finding.first, finding.second) == (first, second):
                return finding
            if (finding.second, finding.first) == (first, second):
                return finding.turned_round()
        return None

    def write(self, path: Path) -> None:
        """Write the measurements unrounded, for the split and the audit to go on with."""
        pairs = [asdict(finding) for finding in self.findings]
        write_json(path, {"complete": self.complete, "pairs": pairs})

    @classmethod
    def read(cls, path: Path) -> "Similarity":
        """Read what `write` wrote.

        Raises:
            FreqbenchError: if it is missing or damaged.
        """
        content = read_json(path)
        try:
            findings = []
            for pair in content["pairs"]:
                overlap = Overlap(**pair["overlap"])
                overlap = replace(overlap, shift=(overlap.shift[0], overlap.shift[1]))
                findings.append(Finding(pair["first"], pair["second"], pair["kind"], overlap))
            return cls(findings, bool(content["complete"]))
        except (KeyError, TypeError) as error:
            raise FreqbenchError(f"{path}: not readable ({error}); run `freqbench similarity` again") from error


def measure_similarity(
    index: pd.DataFrame,
    record: SourceRecord,
    settings: Audit,
    *,
    needed: bool = False,
    advance: Advance | None = None,
) -> Similarity:
    """Compare all fields of view with each other, if they are not too many.

    Args:
        index: manifest of the images.
        record: where the images are and what their numbers mean.
        settings: thresholds and the limit of pairs.
        needed: compare all pairs whatever their number, because the split depends on them.
        advance: called with the number of pairs compared and the number of all.

    Returns:
        All pairs of fields of one size, in natural order; none beyond the limit.
    """
    fovs = natural_order(list(index["fov"].unique()))
    pairs = list(combinations(fovs, 2))
    if len(pairs) > settings.all_pairs and not needed:
        return Similarity([], False)
    clean = read_clean(index, record)
    comparable = [(a, b) for a, b in pairs if clean[a].shape == clean[b].shape]
    return Similarity(register(clean, comparable, settings, advance), len(comparable) == len(pairs))


def read_clean(index: pd.DataFrame, record: SourceRecord | JoinedSources) -> dict[str, Grey]:
    """Return the clean image of each field of view."""
    files = index.drop_duplicates("fov")[["fov", "clean"]].astype(str).to_numpy().tolist()
    return {fov: record.pixels(name) for fov, name in files}


def register(
    clean: dict[str, Grey], pairs: Sequence[tuple[str, str]], settings: Audit, advance: Advance | None = None
) -> list[Finding]:
    """Register pairs of clean images.

    Returns:
        The findings in the order of ``pairs``.
    """
    fields: dict[str, Field] = {}

    def field(fov: str) -> Field:
        if fov not in fields:
            fields[fov] = prepare(clean[fov], settings.smoothing)
        return fields[fov]

    found: dict[tuple[str, str], Finding] = {}
    # the templates of a second field are large: kept for all its first fields, not for all fields
    for second in dict.fromkeys(b for _, b in pairs):
        candidate = Candidate(field(second))
        for first in (a for a, b in pairs if b == second):
            overlap = measure_overlap(field(first), candidate, settings.minimum_overlap)
            found[first, second] = Finding(first, second, classify(overlap, settings), overlap)
            if advance is not None:
                advance(len(found), len(pairs))
    return [found[pair] for pair in pairs]


def classify(overlap: Overlap, settings: Audit) -> Kind:
    """Return ``same area``, ``related``, ``undecided`` or ``unrelated``.

    ``undecided``: the fields correlate as those of one specimen or of shared pixels do, and better than their
    mirrored copies, but not by more than chance allows: too few cells to tell.
    """
    explained = 1 - overlap.correlation <= SAME_AREA_RESIDUAL * (1 - overlap.null)
    sharp = overlap.detail >= SAME_AREA_DETAIL and overlap.beyond_chance >= SAME_AREA_ERRORS
    if overlap.correlation >= settings.same_area and explained and sharp:
        return "same area"
    if overlap.correlation < settings.related:
        return "unrelated"
    wide = overlap.area >= RELATED_AREA
    beyond = overlap.correlation >= overlap.null + NULL_MARGIN and overlap.beyond_chance >= RELATED_ERRORS
    if beyond and wide:
        return "related"
    hidden = wide and overlap.null + NULL_MARGIN >= settings.same_area
    suspicious = overlap.correlation >= settings.same_area or hidden
    return "undecided" if suspicious and overlap.correlation >= overlap.null else "unrelated"


def declared_groups(index: pd.DataFrame) -> list[list[str]]:
    """Return the fields of view of each group that the data set itself declares, in natural order."""
    pairs = index[["fov", "group"]].drop_duplicates()
    groups = [natural_order(list(rows["fov"])) for _, rows in pairs.groupby("group", sort=False)]
    order = {fov: place for place, fov in enumerate(natural_order(list(pairs["fov"])))}
    return sorted(groups, key=lambda members: order[members[0]])


def specimens(index: pd.DataFrame, findings: Iterable[Finding]) -> list[list[str]]:
    """Return presumed specimens, in natural order.

    These are fields of view connected by a declared group, or by being ``related`` or of the ``same area``.
    """
    groups = declared_groups(index)
    of = {fov: set(group) for group in groups for fov in group}
    joined = [(group[0], fov) for group in groups for fov in group[1:]]
    joined += [(found.first, found.second) for found in findings if found.kind in ("related", "same area")]
    for first, second in joined:
        if first in of and second in of and of[first] is not of[second]:
            merged = of[first] | of[second]
            of |= dict.fromkeys(merged, merged)
    order = {fov: place for place, fov in enumerate(natural_order(list(of)))}
    distinct = {tuple(sorted(members, key=order.__getitem__)) for members in of.values()}
    return [list(members) for members in sorted(distinct, key=lambda members: order[members[0]])]
