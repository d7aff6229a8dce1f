"""The figure of the null simulation comes from its table alone, the same each time."""

from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from freqbench.errors import FreqbenchError
from freqbench.reporting.null_figure import draw_null
from freqbench.statistics.null_simulation import COLUMNS, default_settings

ANALYSES = {
    "false_positives": (0.05, ("image_t", "image_wilcoxon", "fov_t", "fov_wilcoxon")),
    "coverage": (0.95, ("image_t", "patch_bootstrap", "fov_t", "cluster_bootstrap")),
}


@pytest.fixture(scope="module")
def simulated():
    """A table as the simulation writes it, with values of no meaning."""
    rng = np.random.default_rng(0)
    rows = [
        {**asdict(setting), "quantity": quantity, "analysis": analysis, "level": level, "value": rng.uniform()}
        for setting in default_settings()
        for quantity, (level, analyses) in ANALYSES.items()
        for analysis in analyses
    ]
    return pd.DataFrame(rows).assign(simulations=100, standard_error=0.05)[list(COLUMNS)]


@pytest.fixture
def paths(tmp_path):
    return tmp_path / "null.csv", {suffix: tmp_path / f"null.{suffix}" for suffix in ("png", "pdf")}


def test_it_is_the_same_twice(simulated, paths):
    source, figures = paths
    simulated.to_csv(source, index=False)
    draw_null(source, figures)
    first = {suffix: path.read_bytes() for suffix, path in figures.items()}
    draw_null(source, figures)
    assert {suffix: path.read_bytes() for suffix, path in figures.items()} == first
    pixels = np.asarray(Image.open(figures["png"]).convert("RGB"))
    assert min(pixels.shape[:2]) > 500


def test_no_label_covers_another(simulated, paths, monkeypatch):
    from matplotlib.figure import Figure

    drawn = []
    monkeypatch.setattr(Figure, "savefig", lambda figure, path, **_: (drawn.append(figure), path.touch()))
    source, figures = paths
    simulated.assign(value=0.9).to_csv(source, index=False)
    draw_null(source, figures)
    for axis, count in zip(drawn[0].axes, (4, 6), strict=True):
        heights = sorted(text.xyann[1] for text in axis.texts)
        assert len(heights) == count
        gap = 0.04 * np.ptp(axis.get_ylim())
        assert np.diff(heights).min() > gap
        assert heights[-1] <= axis.get_ylim()[1]


@pytest.mark.parametrize("content", [None, "", "quantity,level\nx,1\n"])
def test_a_missing_or_damaged_table_is_named(content, paths):
    source, figures = paths
    if content is not None:
        source.write_text(content)
    with pytest.raises(FreqbenchError, match=r"null\.csv: not readable .*freqbench null-simulation"):
        draw_null(source, figures)
    assert not figures["png"].exists()
