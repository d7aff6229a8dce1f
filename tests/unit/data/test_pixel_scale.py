"""Declared ranges become the full range of an integer; what contradicts the declaration is refused."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from freqbench.data.image_files import to_unit_range
from freqbench.data.pixel_scale import AS_STORED, PixelScale
from freqbench.errors import FreqbenchError

PATH = Path("image.tif")


def refused(scale, pixels):
    with pytest.raises(FreqbenchError) as caught:
        scale.apply(pixels, PATH)
    return str(caught.value)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_integers_stay_as_stored(kind):
    pixels = np.arange(256, dtype=kind)[None]
    assert AS_STORED.apply(pixels, PATH) is pixels
    assert PixelScale(bit_depth=8 * pixels.dtype.itemsize).apply(pixels, PATH) is pixels


@pytest.mark.parametrize("bits", range(9, 16))
def test_every_value_of_a_depth_is_kept_apart_and_rounded_to_the_nearest(bits):
    top = 2**bits - 1
    values = np.arange(top + 1, dtype=np.uint16)
    scaled = PixelScale(bit_depth=bits).apply(values, PATH)
    assert scaled.dtype == np.uint16
    assert (scaled[0], scaled[-1]) == (0, 65535)
    assert (np.diff(scaled.astype(int)) > 0).all()
    assert scaled.tolist() == [round(Fraction(65535 * value, top)) for value in values.tolist()]
    # what the methods see: the stored number by the maximum of its depth
    assert np.allclose(to_unit_range(scaled), values / top, rtol=0, atol=0.5 / 65535 + 1e-7)


@given(
    low=st.floats(-1e4, 1e4),
    width=st.floats(1e-3, 1e4),
    unit=st.lists(st.floats(0, 1), min_size=1, max_size=20),
    kind=st.sampled_from([np.float32, np.float64]),
)
def test_floats_of_a_declared_range(low, width, unit, kind):
    low, high = float(kind(low)), float(kind(low + width))
    pixels = np.clip((low + np.array(unit) * (high - low)).astype(kind), low, high)
    scaled = PixelScale(data_range=(low, high)).apply(pixels, PATH)
    assert scaled.dtype == np.uint16
    expected = (pixels.astype(np.float64) - low) / (high - low)
    assert np.abs(scaled / 65535 - expected).max() <= 0.5 / 65535 + 1e-12


def test_floats_are_in_the_unit_range_unless_declared():
    assert AS_STORED.apply(np.array([[0.0, 0.5, 1.0]], np.float32), PATH).tolist() == [[0, 32768, 65535]]


@pytest.mark.parametrize("bad", [-0.001, 1.001, 4095.0, np.nan, np.inf])
def test_floats_outside_their_range_are_counted(bad):
    message = refused(AS_STORED, np.array([[0.5, bad, bad]]))
    assert message.startswith("image.tif: 2 of 3 pixels lie outside [0, 1] or are not numbers")
    assert message.endswith("declare the range of the set with `data_range: [low, high]`")


def test_values_above_the_declared_depth():
    message = refused(PixelScale(bit_depth=12), np.array([[4096]], np.uint16))
    assert message == "image.tif: holds 4096, but 12 bits end at 4095; correct `bit_depth`"


@pytest.mark.parametrize(("bits", "kind", "has"), [(8, np.uint16, 16), (12, np.uint8, 8), (16, np.uint8, 8)])
def test_another_type_than_the_declared_depth(bits, kind, has):
    message = refused(PixelScale(bit_depth=bits), np.zeros((2, 2), kind))
    assert message.startswith(f"image.tif: has {has} bits, but `bit_depth: {bits}` is declared")


@pytest.mark.parametrize("kind", [bool, np.int16, np.int32, np.uint32, np.complex64])
def test_other_types(kind):
    assert refused(AS_STORED, np.zeros((2, 2), kind)).startswith(f"image.tif: pixels are {np.dtype(kind)}, but uint8")


def test_a_declaration_for_the_other_kind():
    assert "which is for floats" in refused(PixelScale(data_range=(0, 1)), np.zeros((2, 2), np.uint8))
    assert "which is for integers" in refused(PixelScale(bit_depth=12), np.zeros((2, 2)))


def test_the_depth_of_an_image():
    assert AS_STORED.bits_of(np.zeros(1, np.uint8)) == 8
    assert AS_STORED.bits_of(np.zeros(1, np.uint16)) == 16
    assert PixelScale(bit_depth=12).bits_of(np.zeros(1, np.uint16)) == 12
