"""One checked statement of a paper, and the words for its outcome."""

from dataclasses import dataclass
from typing import Literal

Part = Literal["means", "inputs", "p-values", "asterisks", "claims"]

AGREES = "agrees"
WITHIN_ROUNDING = "agrees within rounding"
ANOTHER_READING = "agrees by another reading"
DIFFERS = "differs"
NOT_CHECKABLE = "not checkable"
MARKED_AND_BETTER = "marked, better"
MARKED_AND_WORSE = "marked, worse"
HOLDS = "holds"
HOLDS_IN_PART = "holds in part"
DOES_NOT_HOLD = "does not hold"

DISCREPANCIES = (DIFFERS, MARKED_AND_WORSE, HOLDS_IN_PART, DOES_NOT_HOLD)
"""Outcomes that a reader of the paper should know."""


@dataclass(frozen=True)
class PaperCheck:
    """One line of the audit.

    Attributes:
        paper: where the statement stands.
        part: what kind of statement it is.
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
    def is_discrepancy(self) -> bool:
        """Whether a reader of the paper should know."""
        return self.outcome in DISCREPANCIES
