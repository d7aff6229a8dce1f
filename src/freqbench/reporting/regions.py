"""Which patch and which regions a comparison figure shows: by a stated rule, not by hand."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from freqbench.data.patches import window_sums

Region = tuple[int, int]


def deciding_metric(metrics: pd.DataFrame) -> str:
    """Return the metric by which a patch is chosen: PSNR, without it the first one."""
    names = metrics["metric"].unique()
    return "psnr" if "psnr" in names else str(names[0])


def typical_patch(metrics: pd.DataFrame, baseline: str) -> str:
    """Return the test patch whose PSNR under the baseline is the median: neither the best nor the worst.

    Args:
        metrics: tidy per-image metrics of one data set; without PSNR the first metric decides.
        baseline: method whose values decide.
    """
    chosen = metrics[(metrics["method"] == baseline) & (metrics["metric"] == deciding_metric(metrics))]
    values = chosen.groupby("patch_id")["value"].mean().sort_values(kind="stable")
    return str(values.index[(len(values) - 1) // 2])


def detailed_regions(clean: npt.NDArray[np.float32], count: int, size: int) -> list[Region]:
    """Return the upper left corners of the windows with most detail, none overlapping another.

    Detail is the mean squared gradient of the clean image.

    Args:
        clean: image (H, W).
        count: windows wanted; fewer are returned where no more fit.
        size: width and height of a window in pixels.
    """
    rows, columns = np.gradient(clean.astype(np.float64))
    size = min(size, *clean.shape)
    # scaled to integers: the window sums are those of the patch rule
    energy = rows**2 + columns**2
    detail = window_sums((energy / max(energy.max(), 1e-12) * 65535).astype(np.uint16), size).astype(np.float64)
    regions: list[Region] = []
    for _ in range(count):
        if not np.isfinite(detail).any():
            break
        y, x = (int(place) for place in np.unravel_index(np.nanargmax(detail), detail.shape))
        regions.append((y, x))
        detail[max(0, y - size + 1) : y + size, max(0, x - size + 1) : x + size] = np.nan
    return regions
