"""Losses x generators, as a table and as a figure: numbers that a test chooses come back in their cells."""

import pandas as pd
import pytest

from freqbench.errors import FreqbenchError
from freqbench.files import write_json
from freqbench.layout import TABLE_FORMS, Layout
from freqbench.reporting.collect import collect
from freqbench.reporting.matrix_figure import draw_matrix
from freqbench.reporting.matrix_table import write_matrix_table
from freqbench.reporting.table1 import block_of, table1
from freqbench.run import trainings_on

GENERATORS = {"rrdb": {"blocks": 1}, "care": {"kind": "care_unet"}, "mine": {"kind": "noise2noise_unet"}}
PARAMETERS = {"rrdb": 1_000_000, "care": 922_977, "mine": 5_000}
OFFSETS = {"spatial": 0.0, "ffl": 0.5, "lffl_a1": -1.0}
LEVELS = {"rrdb": 30.0, "care": 28.0, "mine": 26.0}


@pytest.fixture
def study(make_study, write_results):
    methods = [
        {"name": "spatial"},
        {"name": "lffl_a1", "loss": "log_focal_frequency", "weight": "paper"},
        {"name": "ffl", "loss": "focal_frequency", "weight": 1.0},
        # one that does not exist with every generator
        {"name": "laplace", "loss": "laplace", "weight": 1.0, "generator": "care"},
    ]
    config = make_study(
        methods=methods, generator=None, generators=GENERATORS, comparison={"significance": 0.05}, controls=["input"]
    )
    means = {("input", "psnr"): 20.0, ("input", "gmsd"): 0.2}
    for generator, level in LEVELS.items():
        for method, offset in OFFSETS.items():
            # the loss that helps the first generator does nothing for the last
            gain = 0.0 if generator == "mine" else offset
            means[f"{method}@{generator}", "psnr"] = level + gain
            means[f"{method}@{generator}", "gmsd"] = 0.3 - 0.1 * gain
    means |= {("laplace@care", "psnr"): 29.0, ("laplace@care", "gmsd"): 0.3}
    write_results(config, means, fovs=6)
    layout = Layout.of(config)
    write_json(layout.audit("tiny", 1), {"verdict": "clean"})
    for run in trainings_on(config, "tiny"):
        parameters = PARAMETERS[run.method.partition("@")[2]] + (33 if "laplace" in run.method else 0)
        manifest = {"parameters": {"generator": parameters}, "seconds_per_iteration": 0.25, "wall_seconds": 1.0}
        write_json(layout.training_manifest(*run.key), manifest)
    return config


def rows_of(text, caption):
    part = text[text.index(f"**{caption}") :].split("\n\n")[1]
    lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in part.splitlines()]
    return lines[0], {cells[0]: cells[1:] for cells in lines[2:]}


def test_each_cell_is_the_difference_to_the_baseline_of_its_generator(study):
    write_matrix_table(study)
    layout = Layout.of(study)
    assert all(layout.matrix_table(form).is_file() for form in TABLE_FORMS)
    text = layout.matrix_table("md").read_text(encoding="utf-8")
    header, rows = rows_of(text, "tiny: PSNR ↑ in dB, 6 fields of view")
    assert header == ["Loss", "RRDB", "CARE U-Net", "mine"]
    assert rows["Spatial only: its mean"] == ["30.000", "28.000", "26.000"]
    assert [cell.split()[0] for cell in rows["FFL"]] == ["+0.5000", "+0.5000", "+0.0000"]
    assert [cell.split()[-1] for cell in rows["FFL"]] == ["▲", "▲", "–"]
    assert [cell.split()[-1] for cell in rows["LFFL α=1"]] == ["▼", "▼", "–"]
    low, high = (float(end) for end in rows["FFL"][0].split("(")[1].split(")")[0].split(" to "))
    assert low < 0.5 < high
    # better is marked as better whatever the direction of the metric
    assert [cell.split()[-1] for cell in rows_of(text, "tiny: GMSD ↓")[1]["FFL"]] == ["▲", "▲", "–"]
    assert rows["Laplace"][0] == rows["Laplace"][2] == ""
    assert rows["Laplace"][1].startswith("+1.0000")


def test_what_each_generator_costs_stands_below(study):
    write_matrix_table(study)
    text = Layout.of(study).matrix_table("md").read_text(encoding="utf-8")
    _, rows = rows_of(text, "The generators")
    # without the head that one loss needs in its training
    assert rows["parameters"] == ["1,000,000", "922,977", "5,000"]
    assert rows["seconds per iteration"] == ["0.25"] * 3
    numbers = pd.read_csv(Layout.of(study).matrix_table("csv"))
    head = numbers[(numbers["loss"] == "laplace") & (numbers["metric"] == "psnr")].iloc[0]
    assert (head["generator"], head["generator_parameters"]) == ("care", 923_010)
    # one family over all generators: 2 metrics x (2 + 3 + 2) comparisons
    assert set(numbers["family_size"].dropna()) == {14}


def test_table_1_has_a_group_for_each_generator(study):
    block = block_of(study, table1(study, collect(study)), "tiny")
    names = [name for name, _ in block.rows]
    assert names[:4] == ["RRDB", "Spatial only (RRDB)", "FFL (RRDB)", "LFFL α=1 (RRDB)"]
    assert names[-2:] == ["Controls", "Input (degraded)"]
    # the best of each generator is bold, not that of the best generator alone
    best = [name for name, cells in block.rows if cells and cells[0].best]
    assert best[:2] == ["FFL (RRDB)", "Laplace (CARE U-Net)"]
    # all of the last generator are equal
    assert len(best) == 5


def test_the_figure_has_each_difference_at_its_place(study, drawn_figures, assert_readable):
    draw_matrix(study, "tiny")
    (figure,) = drawn_figures
    assert_readable(figure)
    psnr = figure.axes[0]
    assert [text.get_text() for text in psnr.get_yticklabels()] == ["LFFL α=1", "FFL", "Laplace"]
    points = {line.get_label(): line for line in psnr.get_lines() if "@" in str(line.get_label())}
    assert points["ffl@rrdb"].get_xdata()[0] == pytest.approx(0.5)
    assert points["lffl_a1@care"].get_xdata()[0] == pytest.approx(-1.0)
    # one symbol a generator; filled where it is decided, open where it is not
    assert points["ffl@rrdb"].get_marker() == points["lffl_a1@rrdb"].get_marker() != points["ffl@care"].get_marker()
    assert points["ffl@rrdb"].get_markerfacecolor() != "white"
    assert points["ffl@mine"].get_markerfacecolor() == "white"
    # the symbols of a loss lie in its row, in the order of the generators
    heights = [points[f"ffl@{name}"].get_ydata()[0] for name in GENERATORS]
    assert heights == sorted(heights)
    assert all(0.5 < height < 1.5 for height in heights)
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend == ["RRDB", "CARE U-Net", "mine"]


def test_a_study_with_one_generator_has_no_matrix(make_study):
    with pytest.raises(FreqbenchError, match="one generator; a matrix needs several"):
        write_matrix_table(make_study())
