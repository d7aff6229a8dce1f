"""What the nucleus level of a study measures and leaves: for the table, the manifest and what is published."""

from pathlib import Path

from freqbench.config import Config
from freqbench.layout import TABLE_FORMS, Layout

NUCLEUS_METRICS = ("psnr", "ssim", "fsim", "gmsd")
"""Metrics of a nucleus, those of the LFFL paper. LPIPS stays one of patches: its network halves an image four times,
so that little is left of a crop.

What they need of a crop: SSIM 11 pixels, the width of its window; FSIM and GMSD 6. `min_crop` is never below 11, so a
nucleus is measured by all or by none. A small crop still changes FSIM: its filters reach to wavelengths of 48 pixels,
and those that are longer than the crop see little more than its periodic continuation.
"""


def segmented(config: Config) -> tuple[str, ...]:
    """Return the data sets whose nuclei are measured."""
    return tuple(name for name, dataset in config.datasets.items() if dataset.nuclei is not None)


def nucleus_results(config: Config, layout: Layout) -> list[Path]:
    """Return the tables, figures, statistics and records of the nucleus level; none where no data set has nuclei."""
    names = segmented(config)
    if not names:
        return []
    figures = [layout.segment_figure(name, suffix) for name in names for suffix in ("png", "pdf")]
    found = [path(name) for name in names for path in (layout.segmentation, layout.nuclei, layout.nucleus_statistics)]
    return [*(layout.nuclei_table(suffix) for suffix in TABLE_FORMS), *figures, *found]
