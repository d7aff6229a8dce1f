"""The audit of printed numbers: everything that the papers' own tables allow to be recomputed."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources.abc import Traversable

from freqbench.published.care_means import check_inputs, check_means
from freqbench.published.care_p_values import check_p_values
from freqbench.published.care_study import read_care_study
from freqbench.published.checks import (
    AGREES,
    ANOTHER_READING,
    DIFFERS,
    NOT_CHECKABLE,
    WITHIN_ROUNDING,
    PaperCheck,
    Part,
)
from freqbench.published.claims import check_claims
from freqbench.published.frc_table import check_frc_table
from freqbench.published.lffl_ranks import check_ranks
from freqbench.published.lffl_table import LfflTable, read_lffl_table


@dataclass(frozen=True)
class PaperAudit:
    """The outcome.

    Attributes:
        checks: every check, in the order of the report.
        lffl: the table that was ranked.
    """

    checks: Sequence[PaperCheck]
    lffl: LfflTable

    def of(self, *parts: Part) -> list[PaperCheck]:
        """Return the checks of some parts."""
        return [check for check in self.checks if check.part in parts]

    @property
    def findings(self) -> list[PaperCheck]:
        """What a reader of the papers should know."""
        return [check for check in self.checks if check.is_finding]

    @property
    def counts(self) -> dict[str, int]:
        """Number of printed means, p-values and correlations by outcome: agreeing, differing, not checkable."""
        outcomes = [check.outcome for check in self.of("means", "p-values", "correlations")]
        words = (AGREES, WITHIN_ROUNDING, ANOTHER_READING, DIFFERS, NOT_CHECKABLE)
        return {word: outcomes.count(word) for word in words}


def audit_papers(folder: Traversable | None = None) -> PaperAudit:
    """Check the printed numbers and claims of the CARE study, the LFFL paper and the FRC loss paper.

    Args:
        folder: where the files of printed numbers lie; None: the package's own.

    Raises:
        FreqbenchError: if a file is missing or damaged.
    """
    care, lffl = read_care_study(folder), read_lffl_table(folder)
    checks = [*check_means(care), *check_inputs(care), *check_p_values(care)]
    checks += [*check_ranks(lffl), *check_claims(lffl), *check_frc_table(folder)]
    return PaperAudit(checks, lffl)
