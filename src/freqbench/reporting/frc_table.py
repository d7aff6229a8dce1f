"""The table of resolutions: up to which frequency restored images agree with the clean ones, and with each other."""

from typing import Any

import pandas as pd

from freqbench.config import Config
from freqbench.files import atomic_path
from freqbench.layout import Layout
from freqbench.reporting.blocks import Block, Cell, Page, write_page
from freqbench.reporting.collect import read_verdicts
from freqbench.reporting.labels import method_label, study_notes
from freqbench.spectra.filter_change import change_by_filter
from freqbench.spectra.summary import ABOVE, BELOW, THRESHOLDS, crossings, read_spectra

CURVE_LABELS = {"frc_clean": "to clean", "frc_captures": "between captures"}
READING = (
    "Period of the frequency at which the mean Fourier ring correlation (FRC) falls below the threshold, with its "
    "95 % interval, by bootstrap over fields of view: smaller is finer. ≤: the curve stays above the threshold up to "
    "the Nyquist frequency, a period of two pixels.",
    "To clean: structures agree with the clean image up to there. Between captures: two restored captures of one "
    "window agree with each other; it needs no clean image and sees noise that is left, but not what a method "
    "removes or invents in all captures alike.",
    "A clean image that is the mean of n captures, as FMD's is, holds the noise of each: towards high frequencies the "
    "correlation of a degraded capture with it levels off near 1/√n, 0.14 for 50 of them, and a method that lets noise "
    "through gains there.",
    "1/7 is a fixed threshold; half-bit grows where rings hold few frequencies. Both are made for two images with "
    "equal, independent noise, as captures of the degraded image have; elsewhere they are landmarks.",
)


def write_frc_table(config: Config) -> None:
    """Write the resolutions of all data sets as CSV, Markdown, HTML and LaTeX.

    Raises:
        FreqbenchError: if a tidy file or an audit is missing.
    """
    layout = Layout.of(config)
    tables, page = frc_page(config)
    with atomic_path(layout.frc_table("csv")) as temporary:
        pd.concat(tables.values(), ignore_index=True).to_csv(temporary, index=False, float_format="%.9g")
    write_page(layout.frc_table, page)


def frc_page(config: Config) -> tuple[dict[str, pd.DataFrame], Page]:
    """Return the resolutions by data set, and the table as it is printed.

    Raises:
        FreqbenchError: if a tidy file or an audit is missing.
    """
    spectra = {name: read_spectra(config, name) for name in config.datasets}
    tables = {name: crossings(config, name, curves) for name, curves in spectra.items()}
    blocks = [_block(config, name, table) for name, table in tables.items()]
    notes = study_notes(config, {name: read_verdicts(config, name) for name in config.datasets})
    notes += [
        f"{name}: no window was captured twice, so captures cannot be compared with each other."
        for name, table in tables.items()
        if "frc_captures" not in set(table["curve"])
    ]
    notes += [note for name, curves in spectra.items() for note in filter_notes(name, curves)]
    title = f"Resolution by Fourier ring correlation, study {config.name}"
    return tables, Page(title, blocks, [*notes, *READING])


def filter_notes(dataset: str, spectra: pd.DataFrame) -> list[str]:
    """Return by how much the Gaussian filter changes the correlation of the degraded images; nothing without it."""
    change = change_by_filter(spectra)
    if change is None:
        return []
    above = "" if pd.isna(change.largest_above) else f", {change.largest_above:.3f} where that lies above 1/7"
    return [
        f"{dataset}: the Gaussian filter changes the mean FRC of the input to clean by at most {change.largest:.3f} "
        f"(at {change.frequency:.2f} cycles per pixel){above}. A filter that is positive and the same in all "
        "directions cancels in the FRC; what is left comes from the borders of patches, from clamping, and from "
        "frequencies at which the filter leaves next to nothing."
    ]


def _block(config: Config, dataset: str, table: pd.DataFrame) -> Block:
    columns = [(curve, threshold) for curve in CURVE_LABELS if curve in set(table["curve"]) for threshold in THRESHOLDS]
    unit = "µm" if config.datasets[dataset].pixel_size else "pixels"
    headers = [f"{CURVE_LABELS[curve]}, {threshold} ({unit}) ↓" for curve, threshold in columns]
    numbers: Any = table.set_index(["method", "curve", "threshold"])
    scale = config.datasets[dataset].pixel_size or 1.0
    rows = []
    for method in config.method_names_of(dataset):
        cells = [_cell(numbers.loc[(method, curve, threshold)], scale) for curve, threshold in columns]
        rows.append((method_label(method), cells))
    first: Any = table.iloc[0]
    fields = "1 field" if first["fovs"] == 1 else f"{first['fovs']} fields"
    return Block(f"{dataset}: resolution by Fourier ring correlation ({fields} of view)", headers, rows)


def _cell(row: Any, scale: float) -> Cell:
    if row["note"] == BELOW:
        return Cell("none")
    text = f"{scale * row['pixels']:.2f}"
    if row["note"] == ABOVE:
        return Cell(f"≤ {text}")
    if pd.isna(row["frequency_low"]):
        return Cell(text)
    # a low frequency is a long period
    short, long = (f"{scale / row[name]:.2f}" if row[name] > 0 else "∞" for name in ("frequency_high", "frequency_low"))
    return Cell(f"{text} ({short} to {long})")
