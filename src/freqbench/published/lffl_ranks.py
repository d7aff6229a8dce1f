"""Rank every value of the LFFL paper's Table 1, and say which way its asterisks point."""

from collections.abc import Iterator

from freqbench.published.checks import (
    MARKED_AND_BETTER,
    MARKED_AND_EQUAL,
    MARKED_AND_WORSE,
    NOT_MARKED,
    PaperCheck,
)
from freqbench.published.lffl_table import BASELINES, SOURCE, LfflTable, Place


def check_ranks(table: LfflTable) -> Iterator[PaperCheck]:
    """Yield one check for each printed value: its rank, and its gain on the best baseline if it has one."""
    for place, by_method in table.values.items():
        for method, printed in by_method.items():
            is_marked = (place, method) in table.marked
            text = printed.text + ("*" if is_marked else "")
            rank = f"rank {rank_text(table, place, method)} of {len(by_method)}"
            outcome, note = _direction(table, place, method) if is_marked else (NOT_MARKED, "")
            yield PaperCheck(
                SOURCE, "ranks", f"{place} {method}", text, rank, _gain(table, place, method), outcome, note
            )


def rank_text(table: LfflTable, place: Place, method: str) -> str:
    """Return the rank among all methods, with an equals sign where others are printed equal."""
    gains = [table.gain(place, method, other) for other in table.values[place] if other != method]
    return f"{1 + sum(gain < 0 for gain in gains)}{'=' if 0 in gains else ''}"


def _gain(table: LfflTable, place: Place, method: str) -> str:
    """Return the gain on the best baseline in words; empty for a baseline."""
    if method in BASELINES:
        return ""
    gain, best = table.gain_on_baselines(place, method), table.best(place, BASELINES)
    if gain == 0:
        return f"printed equal to {best}"
    size = f"{abs(gain):.{table.values[place][method].decimals}f}"
    return f"{'better' if gain > 0 else 'worse'} than {best} by {size}"


def _direction(table: LfflTable, place: Place, method: str) -> tuple[str, str]:
    """Return where an asterisk points, and for one that marks a worse value, what it could be better than."""
    gain = table.gain_on_baselines(place, method)
    if gain > 0:
        return MARKED_AND_BETTER, ""
    if gain == 0:
        return MARKED_AND_EQUAL, ""
    beaten = [name for name in BASELINES if name != method and table.gain(place, method, name) > 0]
    others = f"; it is better than {' and '.join(beaten)}" if beaten else ""
    return (
        MARKED_AND_WORSE,
        f"the asterisk stands for a difference from the best baseline, which is a loss here{others}",
    )
