"""The table of nuclei: boxes, crops, and the rules of exclusion, one planted case each."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from freqbench.config.nuclei import Nuclei
from freqbench.errors import FreqbenchError
from freqbench.nuclei.labels import in_reading_order
from freqbench.nuclei.table import COLUMNS, REASONS, crop_bounds, nuclei_table, read_nuclei, write_nuclei


def settings(**changes):
    return Nuclei(segmenter={"kind": "threshold", "diameter": 10}, **{"min_area": 20, "margin": 3} | changes)


def boxes(*spans, shape=(60, 80)):
    """Labels of rectangles (y0, x0, y1, x1)."""
    labels = np.zeros(shape, dtype=np.uint16)
    for number, (y0, x0, y1, x1) in enumerate(spans, start=1):
        labels[y0:y1, x0:x1] = number
    return labels


def reasons(labels, **changes):
    return nuclei_table({"1": labels}, settings(**changes))["excluded"].tolist()


def test_boxes_are_half_open_and_crops_have_their_margin():
    table = nuclei_table({"7": boxes((10, 20, 22, 36))}, settings())
    assert tuple(table.columns) == COLUMNS
    assert table.to_numpy().tolist() == [["7", 1, 12 * 16, 10, 20, 22, 36, 7, 17, 25, 39, ""]]


@pytest.mark.parametrize("box", [(0, 20, 12, 32), (48, 20, 60, 32), (20, 0, 32, 12), (20, 68, 32, 80)])
def test_a_nucleus_at_the_border_is_excluded(box):
    assert reasons(boxes(box)) == ["border"]


@pytest.mark.parametrize(("top", "reason"), [(3, ""), (2, "border")])
def test_the_margin_must_lie_inside_too(top, reason):
    assert reasons(boxes((top, 20, top + 12, 32))) == [reason]


@pytest.mark.parametrize(("width", "reason"), [(5, ""), (4, "small")])
def test_the_smallest_area_still_counts(width, reason):
    assert reasons(boxes((20, 20, 24, 20 + width))) == [reason]


def test_a_label_in_pieces_is_excluded():
    labels = boxes((20, 20, 30, 30), (20, 40, 30, 50))
    labels[20:30, 60:70] = 2
    assert reasons(labels) == ["", "in pieces"]


def test_pixels_that_touch_at_a_corner_hang_together():
    labels = boxes((20, 20, 26, 26))
    labels[26:32, 26:32] = 1
    assert reasons(labels) == [""]


def test_neighbours_that_touch_are_two_whole_nuclei_whose_crops_overlap():
    table = nuclei_table({"1": boxes((20, 20, 32, 32), (20, 32, 32, 44))}, settings())
    assert table["excluded"].tolist() == ["", ""]
    assert table["crop_x1"][0] > table["crop_x0"][1]


def test_the_first_reason_is_given():
    assert list(REASONS) == ["small", "in pieces", "border"]
    assert reasons(boxes((0, 0, 2, 2))) == ["small"]


def test_fields_of_view_and_numbers_keep_their_order():
    labels = {"10": boxes((20, 20, 32, 32), (40, 40, 52, 52)), "2": boxes((20, 20, 32, 32)), "3": boxes()}
    table = nuclei_table(labels, settings())
    assert list(zip(table["fov"], table["nucleus"], strict=True)) == [("10", 1), ("10", 2), ("2", 1)]


@given(st.integers(0, 100), st.integers(1, 40), st.integers(0, 9), st.integers(11, 50))
def test_a_crop_holds_the_box_with_its_margin_in_the_middle_and_is_never_too_small(start, length, margin, least):
    low, high = crop_bounds(start, start + length, settings(margin=margin, min_crop=least))
    before, after = start - low, high - (start + length)
    assert min(before, after) >= margin
    assert after - before in (0, 1)
    assert high - low == max(length + 2 * margin, least)


def test_a_crop_below_the_window_of_ssim_cannot_be_asked_for():
    with pytest.raises(ValidationError, match="greater than or equal to 11"):
        settings(min_crop=10)


def test_written_and_read(tmp_path):
    table = nuclei_table({"NA": boxes((20, 20, 32, 32), (0, 0, 12, 12)), "01": boxes((1, 1, 3, 3))}, settings())
    write_nuclei(table, tmp_path / "nuclei.csv")
    read = read_nuclei(tmp_path / "nuclei.csv")
    assert read.to_numpy().tolist() == table.to_numpy().tolist()
    assert set(read["fov"]) == {"NA", "01"}


@pytest.mark.parametrize("content", [None, "", "fov,nucleus\n1,2\n"])
def test_no_table_of_nuclei(tmp_path, content):
    if content is not None:
        (tmp_path / "nuclei.csv").write_text(content)
    with pytest.raises(FreqbenchError, match=r"nuclei\.csv: (no readable|not a) table of nuclei.*freqbench segment"):
        read_nuclei(tmp_path / "nuclei.csv")


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 70), st.integers(1, 10), st.integers(1, 10)), max_size=6))
def test_every_label_has_its_row_and_its_area(spans):
    labels = in_reading_order(boxes(*[(y, x, y + h, x + w) for y, x, h, w in spans]))
    table = nuclei_table({"1": labels}, settings())
    assert table["nucleus"].tolist() == list(range(1, labels.max() + 1))
    assert table["area"].tolist() == np.bincount(labels.ravel(), minlength=1)[1:].tolist()
    for row in table.itertuples():
        inside = labels[row.y0 : row.y1, row.x0 : row.x1] == row.nucleus
        assert inside.sum() == row.area
