"""One checked statement of a paper, and the words for its outcome."""

from dataclasses import dataclass
from typing import Literal

Part = Literal["means", "inputs", "p-values", "ranks", "claims", "readings", "correlations"]

AGREES = "agrees"
WITHIN_ROUNDING = "agrees within rounding"
ANOTHER_READING = "agrees by another reading"
DIFFERS = "differs"
NOT_CHECKABLE = "not checkable"
MARKED_AND_BETTER = "marked, better"
MARKED_AND_EQUAL = "marked, printed equal"
MARKED_AND_WORSE = "marked, worse"
NOT_MARKED = "not marked"
HOLDS = "holds"
HOLDS_IN_PART = "holds in part"
DOES_NOT_HOLD = "does not hold"
BACKED = "backed"
BACKED_IN_PART = "backed in part"
NOT_BACKED = "not backed"

FINDINGS = (DIFFERS, MARKED_AND_WORSE, HOLDS_IN_PART, DOES_NOT_HOLD)
"""Outcomes that a reader of the paper should know. A recommendation is no statement of fact: it is backed or not."""


@dataclass(frozen=True)
class PaperCheck:
    """One line of the audit.

    Attributes:
        paper: where the statement stands.
        part: what kind of statement it is; ``readings`` follow the claim that they read.
        item: the number or claim.
        printed: what the paper prints, or says in our words.
        recomputed: what its own tables give.
        allowed: what they allow when the rounding of the printed digits is taken into account.
        outcome: one of the words above.
        note: readings tried, and what may explain a discrepancy.
    """

    paper: str
    part: Part
    item: str
    printed: str
    recomputed: str
    allowed: str
    outcome: str
    note: str = ""

    @property
    def is_finding(self) -> bool:
        """Whether a reader of the paper should know."""
        return self.outcome in FINDINGS
