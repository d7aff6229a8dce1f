"""F1 at IoU 0.5, against closed forms and a count by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from freqbench.errors import FreqbenchError
from freqbench.nuclei.agreement import agreement, intersection_over_union
from freqbench.nuclei.labels import in_reading_order

LABELS = arrays(np.uint16, (6, 7), elements=st.integers(0, 5)).map(in_reading_order)


def bars(*spans):
    """Labels of one row: half-open spans, numbered from 1."""
    labels = np.zeros((1, 40), dtype=np.uint16)
    for number, (start, stop) in enumerate(spans, start=1):
        labels[0, start:stop] = number
    return labels


def test_by_hand():
    # IoU 8/12; exactly 1/2, which does not count; missed; one found that is not there
    found = bars((0, 10), (15, 20), (30, 35))
    given_labels = bars((2, 12), (15, 25), (38, 40))
    result = agreement(found, given_labels)
    assert (result.found, result.given, result.matched) == (3, 3, 1)
    assert result.precision == result.recall == pytest.approx(1 / 3)
    assert result.f1 == pytest.approx(2 * 1 / 6)
    assert result.mean_iou == pytest.approx(8 / 12)


def test_precision_and_recall_are_not_mixed_up():
    result = agreement(bars((0, 5), (10, 15), (20, 25), (30, 35)), bars((0, 5)))
    assert (result.precision, result.recall, result.f1) == (0.25, 1.0, pytest.approx(2 / 5))


def test_a_nucleus_that_is_cut_in_two_is_missed():
    result = agreement(bars((0, 5), (5, 10)), bars((0, 10)))
    assert (result.matched, result.f1, result.mean_iou) == (0, 0.0, 0.0)


def test_a_higher_threshold_asks_for_more():
    found, given_labels = bars((0, 9)), bars((0, 10))
    assert agreement(found, given_labels, 0.85).matched == 1
    assert agreement(found, given_labels, 0.9).matched == 0


@pytest.mark.parametrize(("found", "given_labels", "f1"), [((), (), 1.0), (((0, 5),), (), 0.0), ((), ((0, 5),), 0.0)])
def test_empty_images(found, given_labels, f1):
    result = agreement(bars(*found), bars(*given_labels))
    assert (result.f1, result.matched) == (f1, 0)
    assert np.isfinite([result.precision, result.recall, result.mean_iou]).all()


@given(LABELS)
def test_an_image_agrees_with_itself(labels):
    result = agreement(labels, labels)
    assert result.matched == result.found == labels.max()
    assert result.f1 == 1.0


@given(LABELS, LABELS)
@settings(max_examples=60)
def test_as_counted_pair_by_pair(found, given_labels):
    expected = [
        [
            np.logical_and(found == a, given_labels == b).sum() / np.logical_or(found == a, given_labels == b).sum()
            for b in range(1, given_labels.max() + 1)
        ]
        for a in range(1, found.max() + 1)
    ]
    ratios = intersection_over_union(found, given_labels)
    assert ratios.ravel().tolist() == [value for row in expected for value in row]
    forth, back = agreement(found, given_labels), agreement(given_labels, found)
    assert (forth.matched, forth.f1, forth.precision) == (back.matched, back.f1, back.recall)


def test_labels_of_another_size_are_refused():
    with pytest.raises(FreqbenchError, match=r"has 40x1 pixels, the given labels have 40x2"):
        agreement(bars((0, 5)), np.zeros((2, 40), dtype=np.uint16))


@pytest.mark.parametrize("threshold", [0.4, 1.0])
def test_thresholds_that_allow_no_unique_match(threshold):
    with pytest.raises(ValueError, match=r"from 0\.5 to below 1"):
        agreement(bars((0, 5)), bars((0, 5)), threshold)
