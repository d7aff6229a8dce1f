"""Guessing the bits of a camera from its images."""

import numpy as np
import pytest
import tifffile

from freqbench.scaffolding.guess_depth import LOOKED_AT, look


@pytest.fixture
def write(tmp_path):
    """Write images whose brightest pixels are given; return their paths."""

    def images(*brightest, dtype=np.uint16, size=(20, 30)):
        paths = []
        for number, value in enumerate(brightest):
            pixels = np.zeros(size, dtype)
            pixels[3, 4] = value
            paths.append(tmp_path / f"{number}.tif")
            tifffile.imwrite(paths[-1], pixels)
        return paths

    return images


@pytest.mark.parametrize(
    ("brightest", "expected"),
    [([4095], 12), ([4096], 14), ([700, 1023], 10), ([16383], 14), ([16384], None), ([65535], None), ([200], None)],
)
def test_the_smallest_usual_depth_that_holds_the_brightest(write, brightest, expected):
    looked = look(write(*brightest))
    assert looked.bit_depth == expected
    assert looked.brightest == max(brightest)
    assert looked.smallest_side == 20


def test_eight_bits_need_no_depth(write):
    assert look(write(255, dtype=np.uint8)).bit_depth is None


def test_a_declared_depth_stays(write):
    assert look(write(700), bit_depth=12).bit_depth == 12


@pytest.mark.parametrize(
    ("low", "high", "expected"), [(0, 1, None), (0.2, 0.7, None), (-3.5, 200.2, (-4.0, 201.0)), (0, 1.5, (0.0, 2.0))]
)
def test_floats(tmp_path, low, high, expected):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, np.linspace(low, high, 400, dtype=np.float32).reshape(20, 20))
    assert look([path]).data_range == expected


def test_not_all_of_many_images_are_read(write):
    paths = write(*range(1, 101))
    looked = look(paths)
    assert looked.number == LOOKED_AT
    assert looked.brightest == 100  # the first and the last are among them
