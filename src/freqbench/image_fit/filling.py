"""When each objective fills which part of the spectrum, and whether a second loss does so earlier than the first."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from freqbench.config import Config
from freqbench.errors import FreqbenchError
from freqbench.image_fit.measure import COLUMNS, METRICS
from freqbench.image_fit.spectral_error import BANDS, band_of
from freqbench.layout import Layout

FILLED = 0.5
"""Relative power of the error below which a band counts as filled by half."""

FILLING_COLUMNS = ("objective", "seed", "band", "unfilled", "half_filled", "final_error")


@dataclass(frozen=True)
class Comparison:
    """An objective against the first one in one band, seed by seed: same noise, same initial weights.

    Attributes:
        objective: the one that is compared.
        band: of `BANDS`.
        earlier: seeds in which it leaves less unfilled than the first objective.
        later: seeds in which it leaves more unfilled.
        seeds: all seeds.
    """

    objective: str
    band: str
    earlier: int
    later: int
    seeds: int

    @property
    def verdict(self) -> Literal["earlier", "later", "undecided"]:
        """``earlier`` or ``later`` where all seeds agree."""
        if self.earlier == self.seeds:
            return "earlier"
        return "later" if self.later == self.seeds else "undecided"


def read_image_fit(config: Config) -> pd.DataFrame:
    """Read the tidy file.

    Raises:
        FreqbenchError: if it is missing or damaged.
    """
    path = Layout.of(config).image_fit
    try:
        values = pd.read_csv(path, dtype={"objective": str, "quantity": str}, keep_default_na=True)
        return values[list(COLUMNS)]
    except (OSError, ValueError, KeyError) as error:
        raise FreqbenchError(f"{path}: not readable ({error}); run `freqbench fit-image`") from error


def filling(values: pd.DataFrame) -> pd.DataFrame:
    """Return one row an objective, seed and band.

    ``unfilled`` is the mean of the relative spectral error, at most 1 each, over the rings of the band and over the
    iterations on a logarithmic scale, from 1 to the last: 1 if the band stays empty, 0 if it is right from the start.
    Limited to 1, since what the untrained network shows there by chance is no less filled than nothing.
    ``half_filled`` is the first measured iteration from which on the mean error of the band's rings stays at or below
    `FILLED`, NaN if there is none; ``final_error`` that mean at the end.

    Args:
        values: of `read_image_fit`.
    """
    errors = values[(values["quantity"] == "spectral_error") & (values["iteration"] >= 1)]
    errors = errors.assign(
        band=band_of(errors["frequency"].to_numpy(dtype=float)), limited=errors["value"].clip(upper=1)
    )
    rows = []
    for (objective, seed, band), part in errors.groupby(["objective", "seed", "band"], sort=False):
        course = part.groupby("iteration")[["value", "limited"]].mean()
        octaves = np.log2(course.index.to_numpy(dtype=float))
        unfilled = np.trapezoid(course["limited"], octaves) / (octaves[-1] - octaves[0])
        rows.append((objective, seed, band, unfilled, _half_filled(course["value"]), course["value"].iloc[-1]))
    return pd.DataFrame(rows, columns=list(FILLING_COLUMNS))


def _half_filled(errors: "pd.Series[float]") -> float:
    """Return the first iteration from which on the error stays small, NaN if there is none."""
    above = np.flatnonzero(errors.to_numpy() > FILLED)
    first = above[-1] + 1 if len(above) else 0
    return float(errors.index[first]) if first < len(errors) else float("nan")


def final_metrics(values: pd.DataFrame) -> pd.DataFrame:
    """Return the metrics after the last iteration: one row an objective and seed, one column a metric."""
    last = values[(values["iteration"] == values["iteration"].max()) & values["quantity"].isin(METRICS)]
    table = last.pivot_table(index=["objective", "seed"], columns="quantity", values="value", sort=False)
    return pd.DataFrame(table.reset_index())


def compare_filling(table: pd.DataFrame, first: str) -> list[Comparison]:
    """Compare every further objective with the first one in each band.

    Args:
        table: of `filling`.
        first: name of the first objective.
    """
    unfilled: Any = table.pivot_table(index=["objective", "band"], columns="seed", values="unfilled", sort=False)
    return [
        _comparison(objective, band, unfilled.loc[(objective, band)] - unfilled.loc[(first, band)])
        for objective in dict.fromkeys(table["objective"])
        if objective != first
        for band in BANDS
    ]


def _comparison(objective: str, band: str, difference: "pd.Series[float]") -> Comparison:
    return Comparison(objective, band, int((difference < 0).sum()), int((difference > 0).sum()), len(difference))
