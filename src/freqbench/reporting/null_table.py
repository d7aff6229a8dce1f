"""The null simulation as a table: false positives of the tests, and coverage of the intervals, by setting."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from freqbench.errors import FreqbenchError
from freqbench.reporting.blocks import Block, Cell, Page, Row, write_page
from freqbench.statistics.null_simulation import COVERAGE, LEVELS

SETTING = ["distribution", "correlation", "fovs", "seeds"]
TESTS = {
    "image_t": "t, patches",
    "image_wilcoxon": "Wilcoxon, patches",
    "fov_t": "t, fields of view",
    "fov_wilcoxon": "Wilcoxon, fields of view",
}
INTERVALS = {
    "image_t": "t, patches",
    "patch_bootstrap": "bootstrap, patches",
    "fov_t": "t, fields of view",
    "cluster_bootstrap": "bootstrap, fields of view and trainings",
}


def write_null_table(source: Path, path: Callable[[str], Path]) -> None:
    """Write the null simulation as Markdown, HTML and LaTeX.

    Args:
        source: the table that `freqbench null-simulation` writes.
        path: where to, by suffix.

    Raises:
        FreqbenchError: if the table is missing or damaged.
    """
    try:
        table = pd.read_csv(source).drop_duplicates()
        parts = table[["quantity", "level"]].drop_duplicates()
        blocks = [
            *(_block(table, "false_positives", level, TESTS) for level in LEVELS if level in set(parts["level"])),
            _block(table, "coverage", COVERAGE, INTERVALS),
        ]
        notes = _notes(table)
    except (OSError, ValueError, KeyError, IndexError) as error:
        raise FreqbenchError(f"{source}: not readable ({error!r}); run `freqbench null-simulation` first") from error
    write_page(path, Page("What the analyses find where there is nothing to find", blocks, notes))


def _block(table: pd.DataFrame, quantity: str, level: float, analyses: Mapping[str, str]) -> Block:
    chosen = table[table["quantity"].eq(quantity) & table["level"].eq(level)]
    shown = [name for name in analyses if name in set(chosen["analysis"])]
    # fields of view first, then how alike their patches are
    order = chosen.sort_values(["seeds", "distribution", "fovs", "correlation"], ascending=[True, False, True, True])
    rows: list[Row] = []
    groups: Any = order.groupby(SETTING, sort=False)
    for (distribution, correlation, fovs, seeds), found in groups:
        values = found.set_index("analysis")[["value", "standard_error"]]
        cells = [_cell(list(values.loc[name]) if name in values.index else None) for name in shown]
        several = f", {seeds} trainings" if seeds > 1 else ""
        rows.append((f"{fovs} fields, correlation {correlation:g}, {distribution}{several}", cells))
    what = f"False positives at p < {level:g}" if quantity == "false_positives" else "Coverage of 95 % intervals"
    return Block(what, [analyses[name] for name in shown], rows, first="Setting")


def _cell(found: list[float] | None) -> Cell:
    if found is None:
        return Cell("")
    value, error = found
    return Cell(f"{value:.1%} ± {error:.1%}".replace("%", " %"))


def _notes(table: pd.DataFrame) -> list[str]:
    patches, trained = table["patches"].iloc[0], table[table["seeds"] > 1]
    notes = [
        f"Paired differences of mean 0, {patches} patches of each field of view, the effect of a field normal or "
        "exponential less its mean. ±: standard error of the simulation.",
        "Correlation: between patches of one field of view. Empty: too few simulations for the level.",
    ]
    if len(trained):
        notes.append(
            f"With {trained['seeds'].iloc[0]} trainings their means differ by a variance of "
            f"{trained['run_variance'].iloc[0]:g} of a patch's. A test over fields of view takes these networks for "
            "given, and so does not keep its level for what other trainings would give."
        )
    return notes
