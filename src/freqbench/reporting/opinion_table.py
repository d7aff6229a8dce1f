"""The table of agreement between metrics and people's opinion, as CSV, Markdown, HTML and LaTeX."""

from pathlib import Path
from typing import Any

import pandas as pd

from freqbench.files import atomic_path
from freqbench.metrics.contracts import contract_of
from freqbench.opinion.measure import MSE
from freqbench.reporting.blocks import Block, Cell, Page, Row, write_page

NAME = "opinion"
COEFFICIENTS = {"pearson": "Pearson's correlation", "spearman": "Spearman's rank correlation"}
READING = (
    "Correlation of a metric with the opinion scores of KADID-10k, which grow with the quality, over the distorted "
    "images of each distortion. It is positive where metric and people agree on what is better: those of metrics that "
    "fall with the quality have their sign turned. Bold: the highest of a row.",
    "In brackets the 95 % interval, by bootstrap over reference images: images of one reference are not independent.",
    "Images are grey, the mean of red, green and blue, in [0, 1]. Distortions of colour alone may leave nothing to "
    "measure. FRC area: without a window, 1 minus the FRC loss of this suite.",
)
PRINTED_READING = (
    "Printed: Table 1 of the FRC loss paper, with its standard error; how that was found is not known to us. The "
    "correlations of its errors are positive, so we take its signs to be turned as ours are. It calls the white noise "
    "Gaussian. Its 1−L_FRC stands beside our FRC area; its text prints a plain sum over rings, its code an area. Its "
    "settings of SSIM are not known to us, nor whether it took all levels.",
)


def write_opinion_table(agreement: pd.DataFrame, folder: Path) -> list[Path]:
    """Write the agreement of metrics with people's opinion.

    Args:
        agreement: see `freqbench.opinion.agreement.agreement`.
        folder: for ``opinion.csv``, ``.md``, ``.html`` and ``.tex``.

    Returns:
        The paths.

    Raises:
        FreqbenchError: if they cannot be written.
    """
    paths = [folder / f"{NAME}.{suffix}" for suffix in ("csv", "md", "html", "tex")]
    with atomic_path(paths[0]) as temporary:
        agreement.to_csv(temporary, index=False, float_format="%.9g")
    write_page(lambda suffix: folder / f"{NAME}.{suffix}", opinion_page(agreement))
    return paths


def opinion_page(agreement: pd.DataFrame) -> Page:
    """Return the table as it is printed."""
    metrics, names = list(dict.fromkeys(agreement["metric"])), list(dict.fromkeys(agreement["name"]))
    cells: Any = agreement.set_index(["name", "metric"])
    blocks = [
        Block(
            f"{title} with people's opinion",
            [metric_label(metric) for metric in metrics],
            [_row(cells, name, metrics, coefficient) for name in names],
            first="Distortion",
        )
        for coefficient, title in COEFFICIENTS.items()
    ]
    printed = agreement[agreement["published"].notna()]
    notes = [_counts(agreement), *READING]
    if len(printed):
        blocks.append(_printed_block(printed))
        notes += PRINTED_READING
    return Page("Agreement of metrics with people's opinion, KADID-10k", blocks, notes)


def metric_label(metric: str) -> str:
    """Return the printed name of a metric."""
    return "MSE" if metric == MSE else contract_of(metric).label


def _row(cells: Any, name: str, metrics: list[str], coefficient: str) -> Row:
    rows = [cells.loc[(name, metric)] for metric in metrics]
    best = max((row[coefficient] for row in rows if pd.notna(row[coefficient])), default=None)
    return name, [_cell(row, coefficient, is_best=row[coefficient] == best) for row in rows]


def _cell(row: Any, coefficient: str, *, is_best: bool = False) -> Cell:
    value, low, high = (row[f"{coefficient}{end}"] for end in ("", "_low", "_high"))
    if pd.isna(value):
        return Cell("n/a")
    interval = "" if pd.isna(low) else f" [{low:.2f}, {high:.2f}]"
    return Cell(f"{value:.3f}{interval}", best=is_best)


def _printed_block(printed: pd.DataFrame) -> Block:
    rows: list[Row] = []
    for record in printed.to_dict("records"):
        row: Any = record
        difference = "n/a" if pd.isna(row["difference"]) else f"{round(row['difference'], 3) + 0.0:+.3f}"
        shown = Cell(f"{row['published']:.2f} ± {row['published_error']:.2f}")
        name = f"{row['name']}, {metric_label(row['metric'])}"
        rows.append((name, [_cell(row, "pearson"), shown, Cell(difference)]))
    headers = ["here", "printed", "here less printed"]
    return Block("Pearson's correlation beside the FRC loss paper's", headers, rows, first="Distortion, metric")


def _counts(agreement: pd.DataFrame) -> str:
    references = int(agreement["references"].max())
    each = agreement[agreement["distortion"].astype(str) != "all"]
    images = sorted({int(count) for count in each["images"] + each["left_out"]})
    count = f"{images[0]}" if len(images) == 1 else f"{images[0]} to {images[-1]}"
    text = f"{references} reference images, {count} distorted images of each distortion."
    lost = agreement[agreement["left_out"] > 0]
    if len(lost):
        metrics = ", ".join(metric_label(metric) for metric in dict.fromkeys(lost["metric"]))
        most = int(lost["left_out"].max())
        text += f" Up to {most} images are left out of {metrics}, which is not finite where nothing changed."
    return text
