"""Figure 1 of the LFFL paper, rebuilt: input, every method and the clean image, with magnified regions."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from freqbench.config import Config
from freqbench.data.image_files import to_unit_range
from freqbench.data.patches import read_patches
from freqbench.evaluation import read_metrics
from freqbench.files import atomic_path, read_json
from freqbench.layout import Layout
from freqbench.reporting.labels import method_label, study_notes
from freqbench.reporting.regions import Region, detailed_regions, typical_patch

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BOX_COLOUR = "#ffd400"
"""The paper's yellow; the boxes differ in line style too."""
BOX_STYLES = ("-", "--", ":", "-.")
Image = npt.NDArray[np.float32]


def draw_comparison(config: Config, dataset: str) -> None:
    """Draw the figure of a data set and write it as PNG and PDF.

    The patch is the one with the median PSNR under the first baseline, and the regions are those with most
    detail in its clean image, so nobody picks them. The grey scale is that of the clean patch, the same in all
    panels.

    Raises:
        FreqbenchError: if a file is missing.
    """
    layout = Layout.of(config)
    keys = [(dataset, method, config.seeds_of(method)[0]) for method in config.method_names]
    metrics = read_metrics([layout.image_metrics(*key) for key in keys])
    test = read_patches(layout, dataset).side("test")
    baseline = next(name for name in config.comparison.baselines if name in config.method_names)
    patch = typical_patch(metrics, baseline)
    row = int(np.flatnonzero(test.table["patch_id"] == patch)[0])
    panels: dict[str, Image] = {
        method: np.load(layout.restored(dataset, method, seed), mmap_mode="r")[row] for _, method, seed in keys
    }
    # the paper's order: what came in, what was made of it, what it should be
    panels["clean"] = panels.pop("clean", to_unit_range(test.clean[row]))
    regions = detailed_regions(panels["clean"], config.figures.regions, config.figures.region_size)
    verdict = read_json(layout.audit(dataset))["verdict"]
    figure = _figure(panels, regions, config.figures.region_size, _captions(metrics, patch))
    figure.suptitle(f"{dataset}: patch {patch.split('/', 1)[1]}", fontsize=10)
    figure.supxlabel("\n".join(study_notes(config, {dataset: verdict})), fontsize=7, wrap=True)
    for suffix in ("png", "pdf"):
        with atomic_path(layout.figure(dataset, suffix)) as temporary:
            # without the date, the same study gives the same file
            metadata = {"CreationDate": None} if suffix == "pdf" else None
            figure.savefig(temporary, dpi=150, metadata=metadata)


def _captions(metrics: pd.DataFrame, patch: str) -> dict[str, str]:
    chosen = metrics[(metrics["patch_id"] == patch) & metrics["metric"].isin(["psnr", "ssim"])]
    wide = chosen.pivot_table(index="method", columns="metric", values="value", dropna=False)
    captions = {}
    for method, row in wide.iterrows():
        psnr = f"{row['psnr']:.2f} dB" if np.isfinite(row.get("psnr", np.nan)) else ""
        ssim = f"SSIM {row['ssim']:.3f}" if np.isfinite(row.get("ssim", np.nan)) else ""
        captions[str(method)] = "  ".join(filter(None, (psnr, ssim)))
    return captions


def _figure(panels: dict[str, Image], regions: list[Region], size: int, captions: dict[str, str]) -> "Figure":
    import matplotlib as mpl
    from matplotlib.figure import Figure
    from matplotlib.patches import Rectangle

    columns = -(-len(panels) // 2) if len(panels) > 5 else len(panels)
    rows = -(-len(panels) // columns)
    low, high = np.percentile(panels["clean"], (0.5, 99.8))
    with mpl.rc_context({"pdf.fonttype": 42, "font.size": 8}):
        figure = Figure(figsize=(2.1 * columns, 3.9 * rows + 0.6), layout="constrained")
        outer = figure.subfigures(rows, columns, squeeze=False)
        for subfigure, (method, image) in zip(outer.flat, panels.items(), strict=False):
            axes = subfigure.subplot_mosaic(
                [["image"] * len(regions), [f"region{number}" for number in range(len(regions))]],
                height_ratios=[len(regions), 1],
            )
            axes["image"].imshow(image, cmap="gray", vmin=low, vmax=high, interpolation="nearest")
            axes["image"].set_title(method_label(method), fontsize=9)
            axes["image"].set_xlabel(captions.get(method, ""), fontsize=7)
            for number, (y, x) in enumerate(regions):
                style = BOX_STYLES[number]
                box = Rectangle((x - 0.5, y - 0.5), size, size, fill=False, lw=1.2, ls=style, ec=BOX_COLOUR)
                axes["image"].add_patch(box)
                region = axes[f"region{number}"]
                region.imshow(image[y : y + size, x : x + size], cmap="gray", vmin=low, vmax=high)
                for spine in region.spines.values():
                    spine.set(color=BOX_COLOUR, linewidth=1.6, linestyle=style)
            for axis in axes.values():
                axis.set(xticks=[], yticks=[])
    return figure
