"""The audit figure: how similar all fields of view are, on which side they stand, and what is masked."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from freqbench.config import Config
from freqbench.errors import FreqbenchError
from freqbench.files import read_json
from freqbench.layout import Layout
from freqbench.reporting.figure_files import by_form, figure_style, save_figure
from freqbench.reporting.figure_page import PAGE
from freqbench.run import check_split

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SIDE_COLOURS = {"train": "#0072B2", "test": "#D55E00", "unused": "0.6"}
"""Blue and vermilion of Okabe and Ito; sides are also named in the tick labels."""

KIND_MARKS = {"same area": "■", "related": "○", "undecided": "?"}
PANEL, CELL, LEAST_CELL, BESIDE = 1.8, 0.36, 0.11, 1.8
"""Width of a masked field, of a cell, of a cell of many fields, and of what stands beside the cells, in inches."""

MASKS_A_ROW = 4
MOST_LABELLED = 25
"""Fields of view up to which each correlation is written into its cell."""

TOP = 8.0
"""Standard errors at which the colours end; 3.2 make the same area."""


def draw_audit(config: Config, dataset: str, split: int) -> None:
    """Draw the audit of a split from ``audit.json`` and the mask, as PNG and PDF.

    Raises:
        FreqbenchError: if there is no such split, or a file is missing or damaged.
    """
    check_split(config, dataset, split)
    layout = Layout.of(config)
    audit = read_json(layout.audit(dataset, split))
    masks = _masks(layout, dataset, split)
    with figure_style(points=7.5):
        try:
            figure = _figure(f"{dataset}, split {split} ({config.tier}): {audit['verdict']}", audit, masks)
        except (KeyError, TypeError) as error:
            raise FreqbenchError(
                f"{layout.audit(dataset, split)}: not readable ({error}); run `freqbench audit` again"
            ) from error
        save_figure(figure, by_form(lambda suffix: layout.audit_figure(dataset, split, suffix)))


@dataclass(frozen=True)
class Relations:
    """What the figure shows of ``audit.json``.

    Attributes:
        fields: fields of view in the order of their presumed specimens.
        evidence: standard errors by which a pair correlates better than mirrored copies do, NaN on the diagonal and
            where a pair was not compared.
        correlations: correlation at the best placement, NaN in the same cells.
        kinds: kind of each pair that is not unrelated, by row and column.
    """

    fields: list[dict[str, Any]]
    evidence: npt.NDArray[np.float64]
    correlations: npt.NDArray[np.float64]
    kinds: dict[tuple[int, int], str]


def relations(audit: dict[str, Any]) -> Relations:
    """Return the relations of all fields of view that an audit holds."""
    fields = sorted(audit["fields_of_view"], key=lambda field: field["specimen"])
    place = {field["fov"]: number for number, field in enumerate(fields)}
    evidence, correlations = np.full((2, len(fields), len(fields)), np.nan)
    kinds = {}
    pairs = [(pair["train"], pair["test"], pair) for pair in audit["pairs"]]
    pairs += [(pair["first"], pair["second"], pair) for pair in audit["other_pairs"]]
    for first, second, pair in pairs:
        row, column = place[first], place[second]
        evidence[row, column] = evidence[column, row] = pair["standard_errors_beyond_mirrored_copies"]
        correlations[row, column] = correlations[column, row] = pair["correlation"]
        if pair["kind"] != "unrelated":
            kinds[row, column] = kinds[column, row] = pair["kind"]
    return Relations(fields, evidence, correlations, kinds)


def _masks(
    layout: Layout, dataset: str, split: int
) -> dict[str, tuple[npt.NDArray[np.bool_], npt.NDArray[np.float64]]]:
    """Return mask and clean image of each field of view that is not usable everywhere."""
    from freqbench.data.image_files import read_grey
    from freqbench.data.index import read_index
    from freqbench.data.leakage.masks import read_masks
    from freqbench.data.source import SourceRecord

    masked = {fov: mask for fov, mask in read_masks(layout.mask(dataset, split)).items() if not mask.all()}
    if not masked:
        return {}
    index = read_index(layout.index(dataset))
    root = SourceRecord.read(layout.source(dataset)).root
    files = dict(index.drop_duplicates("fov")[["fov", "clean"]].astype(str).to_numpy().tolist())
    return {fov: (mask, np.sqrt(read_grey(root / files[fov]))) for fov, mask in masked.items()}


def _figure(
    heading: str,
    audit: dict[str, Any],
    masks: dict[str, tuple[npt.NDArray[np.bool_], npt.NDArray[np.float64]]],
) -> "Figure":
    from matplotlib.figure import Figure

    found = relations(audit)
    count = len(found.fields)
    # as wide as a page as long as the labels of so many fields of view do not touch
    width = max(4.0, min(CELL * count, max(PAGE - BESIDE, LEAST_CELL * count))) + BESIDE
    rows = -(-len(masks) // MASKS_A_ROW)
    columns = min(MASKS_A_ROW, max(1, len(masks)))
    height = width + PANEL * 1.3 * rows
    figure = Figure(figsize=(width, height), layout="constrained")
    figure.suptitle(f"Leakage audit of {heading}", fontsize=9)
    grid = figure.add_gridspec(1 + rows, columns, height_ratios=[width - 0.8, *[PANEL * 1.3] * rows])
    _draw_matrix(figure.add_subplot(grid[0, :]), found)
    for number, (fov, (mask, image)) in enumerate(masks.items()):
        panel = figure.add_subplot(grid[1 + number // columns, number % columns])
        panel.imshow(image, cmap="gray")
        overlay = np.zeros((*mask.shape, 4))
        overlay[~mask] = (0.84, 0.37, 0.0, 0.4)
        panel.imshow(overlay)
        panel.set_title(f"field {fov}: {mask.mean():.0%} tested", fontsize=8)
        panel.set_axis_off()
    figure.supxlabel(
        "numbers: correlation at the best placement; ■ same area   ○ related   ? undecided\n"
        "boxes: presumed specimens; grey: not compared"
        + ("\norange: shown by a train field, not tested" if masks else ""),
        fontsize=7,
    )
    return figure


def _draw_matrix(axis: "Axes", found: Relations) -> None:
    from matplotlib.patches import Rectangle

    axis.set_facecolor("0.85")
    image = axis.imshow(np.ma.masked_invalid(found.evidence), vmin=0, vmax=TOP, cmap="viridis")
    assert axis.figure is not None
    label = "standard errors above mirrored copies, which cannot show the same place"
    axis.figure.colorbar(image, ax=axis, label=label, shrink=0.8, extend="both")
    labelled = len(found.fields) <= MOST_LABELLED
    for row, column in zip(*np.nonzero(np.isfinite(found.evidence)), strict=True):
        mark = KIND_MARKS.get(found.kinds.get((int(row), int(column)), ""), "")
        number = f"{found.correlations[row, column]:.2f}".replace("0.", ".", 1) if labelled else ""
        colour = "black" if found.evidence[row, column] > 0.6 * TOP else "white"
        text = "\n".join(filter(None, (mark, number)))
        axis.text(
            column, row, text, ha="center", va="center", fontsize=6 if len(found.fields) > 11 else 7, color=colour
        )
    specimens = [field["specimen"] for field in found.fields]
    for specimen in dict.fromkeys(specimens):
        start, count = specimens.index(specimen), specimens.count(specimen)
        if count > 1:
            corner = (start - 0.5, start - 0.5)
            # white in black is seen on every colour, and on the frame
            for colour, line in (("black", 2.6), ("white", 1.2)):
                box = Rectangle(corner, count, count, fill=False, edgecolor=colour, linewidth=line, zorder=5)
                axis.add_patch(box).set_clip_on(False)
    labels = [f"{field['fov']} {field['side']}" for field in found.fields]
    axis.set_xticks(range(len(labels)), labels, rotation=90)
    axis.set_yticks(range(len(labels)), labels)
    for ticks in (axis.get_xticklabels(), axis.get_yticklabels()):
        for tick, field in zip(ticks, found.fields, strict=True):
            tick.set_color(SIDE_COLOURS[field["side"]])
    axis.set_xlabel("field of view and its side")
