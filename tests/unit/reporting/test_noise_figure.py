"""The noise figure comes from the model and the points alone, the same each time."""

import numpy as np
import pytest
from PIL import Image

from freqbench.data.exclusions import Exclusions
from freqbench.data.index import index_images
from freqbench.data.noise_model.measure import measure_noise
from freqbench.data.phantom import PhantomSpec, simulate
from freqbench.data.readers.fmd_layout import pair_fmd_layout
from freqbench.data.source import SourceRecord, hash_images
from freqbench.errors import FreqbenchError
from freqbench.files import write_json
from freqbench.layout import Layout
from freqbench.reporting.noise_figure import draw_noise


@pytest.fixture(params=["tissue", "nuclei"])
def measured(request, make_study, tmp_path):
    """A study with a measured model; a single defocused capture (nuclei) has no fit."""
    root, level = tmp_path / "images", {"tissue": "raw", "nuclei": "defocus"}[request.param]
    simulate(PhantomSpec(request.param, specimens=1, fovs=1, captures=1, size=96, seed=1), root)
    record = SourceRecord(root, "phantom", "", "", "", hash_images(root, (level, "gt")))
    report, points = measure_noise(
        index_images(record, "tiny", pair_fmd_layout(record, level), Exclusions(record.root)), record
    )
    assert (report["fit"] is None) == (request.param == "nuclei")
    config = make_study()
    layout = Layout.of(config)
    write_json(layout.noise("tiny"), report)
    points.to_csv(layout.noise_points("tiny"), index=False)
    return config


def test_it_is_drawn_from_its_files_and_the_same_twice(measured):
    layout = Layout.of(measured)
    draw_noise(measured, "tiny")
    first = {suffix: layout.noise_figure("tiny", suffix).read_bytes() for suffix in ("png", "pdf")}
    draw_noise(measured, "tiny")
    assert {suffix: layout.noise_figure("tiny", suffix).read_bytes() for suffix in first} == first
    pixels = np.asarray(Image.open(layout.noise_figure("tiny", "png")).convert("RGB"))
    assert min(pixels.shape[:2]) > 500


def test_missing_or_damaged_files_are_named(measured):
    layout = Layout.of(measured)
    layout.noise_points("tiny").unlink()
    with pytest.raises(FreqbenchError, match=r"tiny\.json: not readable .*freqbench noise"):
        draw_noise(measured, "tiny")
    write_json(layout.noise("tiny"), {"captures": [1, 1]})
    layout.noise_points("tiny").write_text("mean\n1\n")
    with pytest.raises(FreqbenchError, match=r"tiny\.json: not readable"):
        draw_noise(measured, "tiny")
    layout.noise("tiny").unlink()
    with pytest.raises(FreqbenchError, match=r"tiny\.json: no such file"):
        draw_noise(measured, "tiny")
