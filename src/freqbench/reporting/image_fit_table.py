"""The table of the fitted image: when each objective fills which part of the spectrum, and a verdict in words."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from freqbench.config import Config
from freqbench.config.image_fit import FitObjective
from freqbench.files import atomic_path, read_json
from freqbench.image_fit.filling import (
    FILLED,
    Comparison,
    compare_filling,
    filling,
    final_metrics,
    read_image_fit,
)
from freqbench.image_fit.measure import METRICS, settings_of
from freqbench.image_fit.spectral_error import BANDS
from freqbench.layout import Layout
from freqbench.metrics.contracts import contract_of
from freqbench.reporting.blocks import Block, Cell, Page, Row, write_page
from freqbench.reporting.labels import method_label, tier_notes

NEVER = "not reached"
READING = (
    "Relative error of a band: power of the difference of the spectra over that of the target, mean over the rings of "
    "the band; 1: as far away as a black image. Half filled: the first measured iteration from which on it is at most "
    f"{FILLED:g}; median over seeds, least and greatest in brackets.",
    "Unfilled: the relative error of each ring, at most 1, averaged over the band and over the iterations on a "
    "logarithmic scale; 1: empty all the time, 0: right from the start. Earlier: less unfilled from the same noise and "
    "the same initial weights.",
    "One image, one network and one optimiser: this shows what a loss does in a fit, not which loss restores better. "
    "In the high frequencies of a clean image that is a mean of captures there is what is left of their noise.",
)


def write_image_fit_table(config: Config) -> None:
    """Write the table as CSV, Markdown, HTML and LaTeX.

    Raises:
        FreqbenchError: if the study has no `image_fit`, or a file of the fit is missing or damaged.
    """
    layout = Layout.of(config)
    table, page = image_fit_page(config)
    with atomic_path(layout.image_fit_table("csv")) as temporary:
        table.to_csv(temporary, index=False, float_format="%.6g")
    write_page(layout.image_fit_table, page)


def image_fit_page(config: Config) -> tuple[pd.DataFrame, Page]:
    """Return the numbers of each objective, seed and band with the metrics at the end, and the table as printed.

    Raises:
        FreqbenchError: if the study has no `image_fit`, or a file of the fit is missing or damaged.
    """
    settings, values = settings_of(config), read_image_fit(config)
    table, last = filling(values), final_metrics(values)
    seeds = f"{len(settings.seeds)} seed{'s' if len(settings.seeds) > 1 else ''}"
    at_end = [_metrics_row(objective, last) for objective in settings.objectives]
    bands = [_bands_row(objective, table) for objective in settings.objectives]
    blocks = [
        Block(
            f"After {settings.iterations} iterations, mean over {seeds} and their range",
            [_metric_header(name) for name in METRICS],
            at_end,
            first="Objective",
        ),
        Block(
            "Iteration at which a band is half filled, and how much of it is unfilled on the way (mean over seeds)",
            [header for name in BANDS for header in (f"{_band(name)}: half filled", f"{name}: unfilled ↓")],
            bands,
            first="Objective",
        ),
    ]
    notes = [*verdicts(config, values), image_sentence(config), weights_sentence(config), *tier_notes(config), *READING]
    title = f"One image fitted with {len(settings.objectives)} objectives, study {config.name}"
    return table.merge(last, on=["objective", "seed"]), Page(title, blocks, notes)


def objective_label(objective: FitObjective) -> str:
    """Return the printed name of an objective."""
    return "MSE alone" if objective.loss is None else f"MSE + {method_label(objective.name)}"


def verdicts(config: Config, values: pd.DataFrame) -> list[str]:
    """Return a sentence on each further objective: did it fill the high frequencies earlier than the first one?"""
    settings = settings_of(config)
    comparisons = compare_filling(filling(values), settings.objectives[0].name)
    sentences = []
    for objective in settings.objectives[1:]:
        own = {one.band: one for one in comparisons if one.objective == objective.name}
        label, high = objective_label(objective), own["high"]
        outcome = {
            "earlier": f"{label} filled the high frequencies of this image earlier than MSE alone",
            "later": f"{label} did not fill the high frequencies of this image earlier than MSE alone, but later",
            "undecided": f"The seeds do not decide whether {label} fills the high frequencies of this image earlier "
            "than MSE alone",
        }[high.verdict]
        counts = ", ".join(f"{band} {_count(one)}" for band, one in own.items())
        sentences.append(f"{outcome} (earlier in: {counts}).")
    return sentences


def image_sentence(config: Config) -> str:
    """Return what is fitted, and how it was chosen."""
    image = read_json(Layout.of(config).image_fit_manifest)["image"]
    y, x = image["corner"]
    return f"Image: {image['origin']}, rows from {y}, columns from {x}: {image['rule']}."


def weights_sentence(config: Config) -> str:
    """Return the weights of the losses beside the mean squared error, with their range over the seeds."""
    weights = read_json(Layout.of(config).image_fit_manifest)["weights"]
    parts = []
    for objective in settings_of(config).objectives[1:]:
        low, high = min(weights[objective.name].values()), max(weights[objective.name].values())
        amount = f"{low:.3g}" if low == high else f"{low:.3g} to {high:.3g}"
        origin = ", calibrated for each seed" if objective.weight == "calibrated" else ""
        parts.append(f"{method_label(objective.name)} {amount}{origin}")
    return f"Weights beside a mean squared error of weight 1: {'; '.join(parts)}."


def _count(comparison: Comparison) -> str:
    return f"{comparison.earlier} of {comparison.seeds} seeds"


def _metric_header(name: str) -> str:
    contract = contract_of(name)
    unit = f" ({contract.unit})" if contract.unit else ""
    return f"{contract.label}{unit} {'↑' if contract.better == 'higher' else '↓'}"


def _metrics_row(objective: FitObjective, last: pd.DataFrame) -> Row:
    own, cells = last[last["objective"] == objective.name], []
    for name in METRICS:
        digits = contract_of(name).digits
        values = own[name]
        spread = f" ({values.min():.{digits}f} to {values.max():.{digits}f})" if len(values) > 1 else ""
        cells.append(Cell(f"{values.mean():.{digits}f}{spread}"))
    return objective_label(objective), cells


def _bands_row(objective: FitObjective, table: pd.DataFrame) -> Row:
    cells = []
    for band in BANDS:
        own = table[(table["objective"] == objective.name) & (table["band"] == band)]
        cells += [Cell(_iterations(own["half_filled"].to_numpy(dtype=float))), Cell(f"{own['unfilled'].mean():.3f}")]
    return objective_label(objective), cells


def _iterations(found: npt.NDArray[np.float64]) -> str:
    """Return median, least and greatest of iterations; what was never reached counts as greater than all."""
    ordered = np.sort(np.where(np.isnan(found), np.inf, found))
    low, middle, high = (
        NEVER if np.isinf(value) else f"{value:g}"
        for value in (ordered[0], ordered[(len(ordered) - 1) // 2], ordered[-1])
    )
    return middle if low == high else f"{middle} ({low} to {high})"


def _band(name: str) -> str:
    low, high = BANDS[name]
    return f"{name}, {low:.2f} to {high:.2f} cycles/pixel"
