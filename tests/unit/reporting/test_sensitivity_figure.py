"""The loss sensitivity figure: which panel a loss is drawn in, and that it comes from the tidy file alone."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from freqbench.errors import FreqbenchError
from freqbench.layout import Layout
from freqbench.reporting.sensitivity_figure import FAMILIES, OWN, REFERENCE, _heading, draw_sensitivity, panels
from freqbench.sensitivity.measure import COLUMNS
from freqbench.sensitivity.probes import PERCEPTUAL_LABEL, STANDARD


def write_values(config, losses, value=0.5):
    rows = [
        ("tiny", patch, loss, quantity, frequency, value * (1 + number))
        for number, loss in enumerate(losses)
        for patch in ("a", "b")
        for quantity in ("low_pass", "gradient")
        for frequency in (0.1, 0.3, 0.5)
    ]
    path = Layout.of(config).sensitivity("tiny")
    path.parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(rows, columns=list(COLUMNS)).to_csv(path, index=False)


def test_every_measured_loss_has_its_panel():
    standard = [label for label, _, _ in STANDARD] + [PERCEPTUAL_LABEL]
    columns = panels([*standard, "mine"])
    shown = [loss for column in columns.values() for loss in column]
    assert sorted([REFERENCE, *shown]) == sorted([*standard, "mine"])
    assert columns[OWN] == ["mine"]
    assert list(panels(standard)) == list(FAMILIES)


def test_it_is_drawn_from_the_tidy_file_and_the_same_twice(make_study):
    config = make_study()
    layout = Layout.of(config)
    write_values(config, ["L1", "L2", "FRC", "mine"])
    draw_sensitivity(config, "tiny")
    first = {suffix: layout.sensitivity_figure("tiny", suffix).read_bytes() for suffix in ("png", "pdf")}
    draw_sensitivity(config, "tiny")
    assert {suffix: layout.sensitivity_figure("tiny", suffix).read_bytes() for suffix in first} == first
    pixels = np.asarray(Image.open(layout.sensitivity_figure("tiny", "png")).convert("RGB"))
    assert min(pixels.shape[:2]) > 500
    assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 50
    write_values(config, ["L1", "L2", "FRC", "mine"], value=0.7)
    draw_sensitivity(config, "tiny")
    assert layout.sensitivity_figure("tiny", "png").read_bytes() != first["png"]


def test_a_missing_or_damaged_file_is_named(make_study):
    config = make_study()
    path = Layout.of(config).sensitivity("tiny")
    with pytest.raises(FreqbenchError, match=r"tiny\.csv: not readable .*freqbench sensitivity"):
        draw_sensitivity(config, "tiny")
    path.parent.mkdir(parents=True)
    path.write_text("loss,value\nL1,1\n")
    with pytest.raises(FreqbenchError, match=r"tiny\.csv: not readable"):
        draw_sensitivity(config, "tiny")


def test_of_several_splits_the_heading_names_the_first(make_study):
    values = pd.DataFrame({"patch_id": ["a", "b"]})
    assert _heading(make_study(), "tiny", values).startswith("tiny (smoke): ")
    config = make_study(datasets={"tiny": {"split": {"repeats": 3}}})
    assert _heading(config, "tiny", values).startswith("tiny, split 1 of 3 (smoke): ")


def test_nothing_is_cut_or_covered_with_every_loss_and_more_of_the_study(make_study, drawn_figures, assert_readable):
    config = make_study()
    losses = [*(label for label, _, _ in STANDARD), PERCEPTUAL_LABEL, "LFFL α=1 (conv1_2)", "mine"]
    write_values(config, losses)
    draw_sensitivity(config, "tiny")
    assert_readable(drawn_figures[0])
    curves = {line.get_label(): line for axes in drawn_figures[0].axes for line in axes.lines}
    assert set(curves) == set(losses)
