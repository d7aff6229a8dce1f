"""The intensity scale: declared, checked against the pixels, and the way back."""

from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from freqbench.errors import FreqbenchError
from freqbench.restoring.image_stack import ImageStack, Shape
from freqbench.restoring.intensity import check_intensities, depth_remark, scale_of


class InMemory(ImageStack):
    def __init__(self, planes):
        self.planes = np.asarray(planes)
        self.shape = Shape("ZYX", self.planes.shape, self.planes.dtype)

    def plane(self, number):
        return self.planes[number]

    @contextmanager
    def create(self, path, dtype, software):
        raise NotImplementedError

    def close(self):
        pass


def shape(dtype, bits=None):
    return Shape("YX", (4, 4), np.dtype(dtype), bits)


@pytest.mark.parametrize(
    ("dtype", "said", "in_file", "high", "source"),
    [
        ("uint8", None, None, 255, "type"),
        ("uint16", None, None, 65535, "type"),
        ("uint16", 12, None, 4095, "user"),
        ("uint16", None, 12, 4095, "file"),
        ("uint16", 14, 12, 16383, "user"),
        ("uint16", 16, 12, 65535, "user"),
    ],
)
def test_the_user_is_believed_before_the_file(dtype, said, in_file, high, source):
    scale = scale_of(shape(dtype, in_file), said, None)
    assert (scale.low, scale.high, scale.source) == (0, high, source)


def test_floats_are_0_to_1_unless_said():
    assert (scale_of(shape("float32"), None, None).low, scale_of(shape("float32"), None, None).high) == (0, 1)
    scale = scale_of(shape("float64"), None, (-100.0, 900.0))
    assert scale.to_unit(np.array([-100.0, 400.0, 900.0])) == pytest.approx([0, 0.5, 1])


@pytest.mark.parametrize(
    ("dtype", "bits", "data_range", "message"),
    [
        ("float32", 12, None, "--bit-depth is for integers"),
        ("float32", None, (1.0, 1.0), "the first value must be smaller"),
        ("uint16", None, (0.0, 1.0), "--data-range is for floats"),
        ("uint8", 12, None, "has 8 bits, but --bit-depth is 12"),
        ("complex64", None, None, "pixels are complex64"),
        ("int16", None, None, "pixels are int16"),
        ("uint32", None, None, "pixels are uint32"),
        ("bool", None, None, "pixels are bool"),
    ],
)
def test_contradictions_and_other_types_are_refused(dtype, bits, data_range, message):
    with pytest.raises(FreqbenchError, match=message):
        scale_of(shape(dtype), bits, data_range)


@given(st.integers(1, 16), st.data())
def test_integers_come_back_as_they_were(bits, data):
    stored = np.array(data.draw(st.lists(st.integers(0, 2**bits - 1), min_size=1)), dtype=np.uint16)
    scale = scale_of(shape("uint16"), bits, None)
    assert np.array_equal(scale.from_unit(scale.to_unit(stored), stored.dtype), stored)


def test_the_scale_is_that_of_the_study():
    """Patches of 8 and 16 bits are divided by the largest of their type in float32: the same bits here."""
    from freqbench.data.image_files import to_unit_range

    for dtype in (np.uint8, np.uint16):
        stored = np.arange(np.iinfo(dtype).max + 1).astype(dtype)
        assert np.array_equal(scale_of(shape(dtype), None, None).to_unit(stored), to_unit_range(stored))


def test_values_are_clamped_and_rounded():
    scale = scale_of(shape("uint16"), 12, None)
    values = np.array([-0.2, 0.0, 0.4999 / 4095, 0.5001 / 4095, 1.0, 1.3], dtype=np.float32)
    assert scale.from_unit(values, np.dtype(np.uint16)).tolist() == [0, 0, 0, 1, 4095, 4095]
    assert scale.from_unit(values, np.dtype(np.float32)) == pytest.approx([0, 0, 0.4999, 0.5001, 4095, 4095], abs=1e-3)


@pytest.mark.parametrize(
    ("planes", "bits", "data_range", "message"),
    [
        (np.array([[[1, 2]], [[5000, 3]]], dtype=np.uint16), 12, None, "holds 5000, but --bit-depth says 12 bits"),
        (np.array([[[0.5, np.nan]]], dtype=np.float32), None, None, "plane 1 of 1 holds 1 or more pixels that are NaN"),
        (np.array([[[0.5, np.inf]]], dtype=np.float32), None, None, "NaN or infinite"),
        (np.array([[[0.5, 3.0]]], dtype=np.float32), None, None, "holds 0.5 to 3, outside 0 to 1, the range of floats"),
        (np.array([[[-0.5, 0.3]]], dtype=np.float32), None, (0.0, 2.0), "holds -0.5 to 0.3, outside 0 to 2;"),
    ],
)
def test_pixels_outside_the_scale_are_found_before_any_work(planes, bits, data_range, message):
    stack = InMemory(planes)
    with pytest.raises(FreqbenchError, match=message):
        check_intensities(stack, scale_of(stack.shape, bits, data_range))


@pytest.mark.parametrize(("most", "bits"), [(900, 10), (1023, 10), (1024, 12), (4095, 12), (4096, 14), (16383, 14)])
def test_a_maximum_of_fewer_bits_is_noticed(most, bits):
    scale = scale_of(shape("uint16"), None, None)
    assert f"`--bit-depth {bits}`" in str(depth_remark(scale, most))


def test_what_is_said_or_uses_the_range_is_not_questioned():
    assert depth_remark(scale_of(shape("uint16"), 16, None), 900) is None
    assert depth_remark(scale_of(shape("uint16"), None, None), 16384) is None
    assert depth_remark(scale_of(shape("uint8"), None, None), 9) is None
    assert depth_remark(scale_of(shape("uint16"), None, None), 0) is None
    # a writer may state the bits of the type, whatever the camera has
    assert depth_remark(scale_of(shape("uint16", 16), None, None), 4095) is not None
