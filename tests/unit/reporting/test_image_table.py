"""The table image by image: its rows, its marks, and what the CARE study prints below."""

import math

import pandas as pd
import pytest

from freqbench.errors import FreqbenchError
from freqbench.layout import Layout
from freqbench.reporting.image_table import image_page, image_values, write_image_table

METHODS = ("input", "gaussian", "clean", "spatial", "ffl", "lffl_a1")
MEANS = {(method, "psnr"): value for method, value in zip(METHODS, (20, 30, math.inf, 31, 30.5, 33), strict=True)}
MEANS |= {(method, "gmsd"): value for method, value in zip(METHODS, (0.3, 0.2, 0, 0.11, 0.12, 0.13), strict=True)}


@pytest.fixture
def study(make_study, write_results):
    config = make_study(image_table={"rows": "image", "experiments": {"tiny": "AA"}})
    write_results(config, MEANS, fovs=4, captures=3, spread=0.3)
    return config


def test_a_row_is_an_image_and_the_best_trained_method_is_bold(study):
    page = image_page(study, image_values(study))
    block = page.blocks[0]
    assert block.caption == "tiny: PSNR ↑ in dB, trained on tiny"
    assert block.headers == ["Input (degraded)", "Spatial only", "FFL", "LFFL α=1"]
    named = [name for name, cells in block.rows if cells]
    assert len([name for name in named if name[0].isdigit()]) == 12
    mean = dict(block.rows)["Mean"]
    assert [cell.best for cell in mean] == [False, False, False, True]
    gain = dict(block.rows)["Improvement over input"]
    assert gain[0].text == ""
    assert float(gain[3].text) == pytest.approx(float(mean[3].text) - float(mean[0].text), abs=0.011)


def test_a_method_is_not_tested_against_itself_nor_the_input(study):
    rows = dict(image_page(study, image_values(study)).blocks[0].rows)
    cells = [cell.text for cell in rows["against FFL"]]
    assert cells[0] == cells[2] == ""
    assert cells[1]
    assert cells[3]


def test_the_printed_means_stand_in_a_block_of_their_own(study):
    page = image_page(study, image_values(study))
    printed = [block for block in page.blocks if "printed by the CARE study" in block.caption]
    # the study has no GMSD
    assert [block.caption.split(",")[0] for block in printed] == ["tiny: PSNR"]
    cells = [cell.text for cell in dict(printed[0].rows)["Mean"]]
    assert cells == ["30.444", "38.779", "37.982", "38.877"]
    assert dict(printed[0].rows)["Improvement over input"][1].text == "+8.335"
    assert any("Its images are not public" in note for note in page.notes)


def test_all_forms_are_written_and_the_csv_has_every_number(study):
    write_image_table(study)
    layout = Layout.of(study)
    table = pd.read_csv(layout.image_table("csv"))
    assert set(table["quantity"]) == {"value", "mean", "improvement", "p_value"}
    assert len(table[(table["quantity"] == "value") & (table["metric"] == "psnr")]) == 12 * 4
    for form in ("md", "html", "tex"):
        assert "Improvement over input" in layout.image_table(form).read_text(encoding="utf-8")


def test_rows_may_be_fields_of_view(make_study, write_results):
    config = make_study(image_table={"rows": "field"})
    write_results(config, MEANS, fovs=4, captures=3, spread=0.3)
    page = image_page(config, image_values(config))
    rows = page.blocks[0].rows
    assert len([name for name, cells in rows if cells and name[0].isdigit()]) == 4
    assert [name for name, cells in rows if not cells] == [
        "Over 4 fields of view",
        "p, paired t-test over 4 fields of view",
    ]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"controls": ["clean"]}, "image_table: needs the control `input`"),
        ({"image_table": {"experiments": {"other": "AA"}}}, "image_table.experiments: `other` is not among `datasets`"),
    ],
)
def test_bad_settings_are_named(make_study, changes, message):
    with pytest.raises(FreqbenchError, match=message):
        make_study(**({"image_table": {"rows": "image"}} | changes))
