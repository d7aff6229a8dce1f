"""Registration finds a known placement, and correlations are those of their definition."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from freqbench.data.registration.correlation import correlation_at
from freqbench.data.registration.field import Candidate, Field, prepare
from freqbench.data.registration.geometry import common_area
from freqbench.data.registration.overlap import measure_overlap as measure_fields


def measure_overlap(first, second, minimum_area):
    return measure_fields(Field(first), Candidate(Field(second)), minimum_area)


SHIFT = st.tuples(st.integers(-14, 14), st.integers(-18, 18))


def texture(shape: tuple[int, int], seed: int = 0) -> np.ndarray:
    """Return a smooth random image: a scene larger than the fields of view that are cut from it."""
    return ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=shape), 2)


SCENE = texture((120, 140))


def views(shift: tuple[int, int], shape=(48, 64)) -> tuple[np.ndarray, np.ndarray]:
    """Return two fields of view of one scene; the second has to move by ``shift`` to lie on the first."""
    y, x = 30, 35
    first = SCENE[y : y + shape[0], x : x + shape[1]]
    y, x = y + shift[0], x + shift[1]
    return first, SCENE[y : y + shape[0], x : x + shape[1]]


@given(shift=SHIFT)
def test_common_area_is_where_both_images_have_pixels(shift):
    shape = (9, 7)
    rows, columns = np.indices(shape)
    # pixel (y, x) of the second image lies on (y, x) + shift of the first
    inside = (rows - shift[0] >= 0) & (rows - shift[0] < shape[0])
    inside &= (columns - shift[1] >= 0) & (columns - shift[1] < shape[1])
    area = np.zeros(shape, dtype=bool)
    area[common_area(shape, shift)] = True
    assert np.array_equal(area, inside)


@given(shift=st.tuples(st.integers(-40, 40), st.integers(-50, 50)))
def test_correlation_at_a_shift_is_pearsons(shift):
    first, second = texture((48, 64), 1), texture((48, 64), 2)
    correlation, area = correlation_at(first, second, shift)
    pairs = [
        (first[y, x], second[y - shift[0], x - shift[1]])
        for y in range(48)
        for x in range(64)
        if 0 <= y - shift[0] < 48 and 0 <= x - shift[1] < 64
    ]
    assert area == len(pairs) / first.size
    assert correlation == pytest.approx(np.corrcoef(np.transpose(pairs))[0, 1], abs=1e-9)


def test_correlation_of_nothing_and_of_a_constant_is_zero():
    assert correlation_at(SCENE, SCENE, (120, 0)) == (0.0, 0.0)
    assert correlation_at(SCENE, SCENE, (500, -500)) == (0.0, 0.0)
    assert correlation_at(SCENE, np.ones_like(SCENE), (3, 4))[0] == 0.0


@given(shift=SHIFT)
@settings(max_examples=10)
def test_a_known_shift_is_found(shift):
    overlap = measure_overlap(*views(shift), 0.25)
    assert overlap.shift == shift
    assert overlap.correlation == pytest.approx(1.0, abs=1e-9)
    assert overlap.area == pytest.approx((48 - abs(shift[0])) * (64 - abs(shift[1])) / (48 * 64))
    assert overlap.null < 0.9


def test_a_shift_that_binning_cannot_express_is_found():
    # twice the size of the search: binned by two, then refined
    scene = texture((700, 700))
    overlap = measure_overlap(scene[:512, :512], scene[61:573, 137:649], 0.25)
    assert overlap.shift == (61, 137)
    assert overlap.correlation == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize(("gain", "offset"), [(0.5, 0.0), (3.0, 10.0)])
def test_gain_and_offset_do_not_matter(gain, offset):
    first, second = views((5, -9))
    overlap = measure_overlap(first, gain * second + offset, 0.25)
    assert overlap.shift == (5, -9)
    assert overlap.correlation == pytest.approx(1.0, abs=1e-9)


def test_the_null_is_what_mirrored_copies_reach():
    image = texture((48, 48), 3)
    symmetric = image + image[:, ::-1]
    assert measure_overlap(symmetric, symmetric, 0.25).null == pytest.approx(1.0, abs=2e-4)
    assert measure_overlap(image, image, 0.25).null < 0.8
    assert measure_overlap(image, image[::-1], 0.25).null == pytest.approx(1.0, abs=2e-4)


def test_the_measure_does_not_depend_on_which_image_is_first():
    first, second = views((7, 11))
    forth, back = measure_overlap(first, second, 0.25), measure_overlap(second, first, 0.25)
    assert back.shift == (-forth.shift[0], -forth.shift[1])
    assert back.correlation == pytest.approx(forth.correlation)
    assert back.area == forth.area


def test_prepare_is_the_smoothed_logarithm():
    counts = np.array([[0, 255]] * 2, dtype=np.uint8)
    assert np.allclose(prepare(counts, 0.0).image, [[0, np.log(256)]] * 2)
    point = np.zeros((33, 33), dtype=np.uint16)
    point[16, 16] = 1000
    smooth = prepare(point, 2.0).image
    assert smooth.sum() == pytest.approx(np.log(1001), rel=1e-6)
    assert smooth[16, 18] / smooth[16, 16] == pytest.approx(np.exp(-0.5), rel=1e-6)
