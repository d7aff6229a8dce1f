"""The audit figure: how similar all fields of view are, on which side they stand, and what is masked."""

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from freqbench.config import Config
from freqbench.errors import FreqbenchError
from freqbench.files import atomic_path, read_json
from freqbench.layout import Layout
from freqbench.run import check_split

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SIDE_COLOURS = {"train": "#0072B2", "test": "#D55E00", "unused": "0.6"}
"""Blue and vermilion of Okabe and Ito; sides are also named in the tick labels."""

KIND_MARKS = {"same area": "■", "related": "○", "undecided": "?"}
PANEL, CELL, MASKS_A_ROW = 1.5, 0.3, 4
"""In inches."""


def draw_audit(config: Config, dataset: str, split: int) -> None:
    """Draw the audit of a split from ``audit.json`` and the mask, as PNG and PDF.

    Raises:
        FreqbenchError: if there is no such split, or a file is missing or damaged.
    """
    import matplotlib as mpl

    check_split(config, dataset, split)
    layout = Layout.of(config)
    audit = read_json(layout.audit(dataset, split))
    masks = _masks(layout, dataset, split)
    with mpl.rc_context({"pdf.fonttype": 42, "font.size": 8}):
        try:
            figure = _figure(f"{dataset}, split {split} ({config.tier}): {audit['verdict']}", audit, masks)
        except (KeyError, TypeError) as error:
            raise FreqbenchError(
                f"{layout.audit(dataset, split)}: not readable ({error}); run `freqbench audit` again"
            ) from error
        for suffix in ("png", "pdf"):
            with atomic_path(layout.audit_figure(dataset, split, suffix)) as temporary:
                # without the date, the same audit gives the same file
                metadata = {"CreationDate": None} if suffix == "pdf" else None
                figure.savefig(temporary, dpi=150, metadata=metadata)


def similarity_matrix(
    audit: dict[str, Any],
) -> tuple[list[dict[str, Any]], npt.NDArray[np.float64], dict[tuple[int, int], str]]:
    """Return what the figure shows of ``audit.json``.

    Returns:
        Fields of view in the order of their presumed specimens; the correlations of all pairs, NaN where a pair
        was not compared; and the kind of each related or undecided pair by row and column.
    """
    fields = sorted(audit["fields_of_view"], key=lambda field: field["specimen"])
    place = {field["fov"]: number for number, field in enumerate(fields)}
    matrix = np.full((len(fields), len(fields)), np.nan)
    np.fill_diagonal(matrix, 1)
    kinds = {}
    pairs = [(pair["train"], pair["test"], pair) for pair in audit["pairs"]]
    pairs += [(pair["first"], pair["second"], pair) for pair in audit["other_pairs"]]
    for first, second, pair in pairs:
        row, column = place[first], place[second]
        matrix[row, column] = matrix[column, row] = pair["correlation"]
        if pair["kind"] != "unrelated":
            kinds[row, column] = kinds[column, row] = pair["kind"]
    return fields, matrix, kinds


def _masks(
    layout: Layout, dataset: str, split: int
) -> dict[str, tuple[npt.NDArray[np.bool_], npt.NDArray[np.float64]]]:
    """Return mask and clean image of each field of view that is not usable everywhere."""
    from freqbench.data.image_files import read_grey
    from freqbench.data.index import read_index
    from freqbench.data.source import SourceRecord

    path = layout.mask(dataset, split)
    try:
        with np.load(path) as stored:
            masked = {fov: stored[fov] for fov in stored.files if not stored[fov].all()}
    except (OSError, ValueError) as error:
        raise FreqbenchError(f"{path}: not readable ({error}); run `freqbench audit` first") from error
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

    fields, matrix, kinds = similarity_matrix(audit)
    width = max(4.0, CELL * len(fields)) + 1.8
    rows = -(-len(masks) // MASKS_A_ROW)
    height = width + PANEL * 1.2 * rows
    figure = Figure(figsize=(width, height), layout="constrained")
    figure.suptitle(f"Leakage audit of {heading}", fontsize=10)
    grid = figure.add_gridspec(1 + rows, MASKS_A_ROW, height_ratios=[width - 0.8, *[PANEL * 1.2] * rows])
    axis = figure.add_subplot(grid[0, :])
    _draw_matrix(axis, fields, matrix, kinds)
    for number, (fov, (mask, image)) in enumerate(masks.items()):
        panel = figure.add_subplot(grid[1 + number // MASKS_A_ROW, number % MASKS_A_ROW])
        panel.imshow(image, cmap="gray")
        overlay = np.zeros((*mask.shape, 4))
        overlay[~mask] = (0.84, 0.37, 0.0, 0.4)
        panel.imshow(overlay)
        panel.set_title(f"{fov}: {mask.mean():.0%} tested", fontsize=7)
        panel.set_axis_off()
    figure.supxlabel(
        "■ same area   ○ related   ? undecided\nboxes: presumed specimens; grey: not compared"
        + ("\norange: shown by a train field, not tested" if masks else ""),
        fontsize=7,
    )
    return figure


def _draw_matrix(
    axis: "Axes",
    fields: list[dict[str, Any]],
    matrix: npt.NDArray[np.float64],
    kinds: dict[tuple[int, int], str],
) -> None:
    from matplotlib.patches import Rectangle

    axis.set_facecolor("0.85")
    image = axis.imshow(np.ma.masked_invalid(matrix), vmin=0, vmax=1, cmap="viridis")
    assert axis.figure is not None
    axis.figure.colorbar(image, ax=axis, label="correlation at the best placement", shrink=0.8)
    for (row, column), kind in kinds.items():
        colour = "black" if matrix[row, column] > 0.6 else "white"
        axis.text(column, row, KIND_MARKS[kind], ha="center", va="center", fontsize=7, color=colour)
    specimens = [field["specimen"] for field in fields]
    for specimen in dict.fromkeys(specimens):
        start, count = specimens.index(specimen), specimens.count(specimen)
        if count > 1:
            corner = (start - 0.5, start - 0.5)
            axis.add_patch(Rectangle(corner, count, count, fill=False, edgecolor="red", linewidth=1.5))
    labels = [f"{field['fov']} {field['side']}" for field in fields]
    axis.set_xticks(range(len(fields)), labels, rotation=90)
    axis.set_yticks(range(len(fields)), labels)
    for ticks in (axis.get_xticklabels(), axis.get_yticklabels()):
        for tick, field in zip(ticks, fields, strict=True):
            tick.set_color(SIDE_COLOURS[field["side"]])
    axis.set_xlabel("field of view and its side")
