"""The threshold segmenter finds discs where they are, divides those that touch, and finds nothing in noise alone."""

import numpy as np
import pytest

from freqbench.config.nuclei import ThresholdSegmenter
from freqbench.nuclei.agreement import agreement
from freqbench.nuclei.labels import in_reading_order
from freqbench.nuclei.threshold import segment_by_threshold

SETTINGS = ThresholdSegmenter(kind="threshold", diameter=24)


def grid(radius=12):
    return [(y, x, radius) for y in (30, 80, 130) for x in (30, 75, 120, 165)]


def test_all_discs_are_found(disc_labels, disc_image):
    labels = disc_labels((160, 200), grid())
    result = agreement(segment_by_threshold(disc_image(labels), SETTINGS), labels)
    assert (result.found, result.matched, result.f1) == (12, 12, 1.0)
    assert result.mean_iou > 0.9


def test_dim_discs_are_found_beside_very_bright_specks(disc_labels, disc_image):
    labels = disc_labels((160, 200), grid())
    image = disc_image(labels) * np.float32(0.1)
    image[5:12, 5:12] = 1.0
    image[5:12, 190:197] = 1.0
    found = segment_by_threshold(image, SETTINGS)
    assert agreement(found, labels).matched == 12


@pytest.mark.parametrize("distance", [20, 22, 24])
def test_touching_discs_are_divided_where_they_meet(disc_labels, disc_image, distance):
    left, right = 60.0, 60.0 + distance
    labels = disc_labels((120, 150), [(60, left, 12), (60, right, 12)])
    # as one object: the segmenter sees no edge between the two
    image = disc_image((labels > 0).astype(np.uint16))
    found = segment_by_threshold(image, SETTINGS)
    assert found.max() == 2
    columns = [np.argwhere(found == number)[:, 1] for number in (1, 2)]
    low, high = sorted(columns, key=np.mean)
    middle = (left + right) / 2
    assert low.max() == pytest.approx(middle, abs=2)
    assert high.min() == pytest.approx(middle, abs=2)


@pytest.mark.parametrize("factor", [2, 3])
def test_lengths_scale_with_the_diameter(disc_labels, disc_image, factor):
    labels = disc_labels((160 * factor, 200 * factor), [(factor * y, factor * x, factor * r) for y, x, r in grid()])
    settings = SETTINGS.model_copy(update={"diameter": 24.0 * factor})
    result = agreement(segment_by_threshold(disc_image(labels), settings), labels)
    assert result.f1 == 1.0


def test_the_opening_removes_what_is_thinner(disc_labels, disc_image):
    labels = disc_labels((120, 150), [(60, 40, 12)])
    lined = labels.copy()
    lined[20, 10:140] = 1
    image = disc_image(lined)
    assert agreement(segment_by_threshold(image, SETTINGS.model_copy(update={"opening": 0.15})), labels).f1 == 1.0
    assert agreement(segment_by_threshold(image, SETTINGS.model_copy(update={"opening": 0.0})), labels).f1 < 1.0


def test_an_image_without_contrast_has_no_nuclei():
    found = segment_by_threshold(np.full((50, 60), 0.3, dtype=np.float32), SETTINGS)
    assert found.shape == (50, 60)
    assert found.max() == 0


def test_twice_the_same(disc_labels, disc_image):
    image = disc_image(disc_labels((160, 200), grid()), noise=0.05)
    assert (segment_by_threshold(image, SETTINGS) == segment_by_threshold(image, SETTINGS)).all()


def test_numbers_follow_the_reading_order(disc_labels, disc_image):
    found = segment_by_threshold(disc_image(disc_labels((160, 200), grid())), SETTINGS)
    assert (found == in_reading_order(found)).all()
