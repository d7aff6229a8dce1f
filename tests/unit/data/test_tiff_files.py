"""A TIFF or OME-TIFF gives the one grey plane in it, or one line that says what to choose."""

import io
import os
from pathlib import Path

import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from freqbench.data.image_files import read_grey
from freqbench.data.tiff_files import read_tiff
from freqbench.errors import FreqbenchError
from freqbench.mirror import MIRROR_VARIABLE

PLANE = np.random.default_rng(0).integers(0, 60000, (24, 32)).astype(np.uint16)

OPTIONS = {
    "plain": {},
    "zlib in strips": {"compression": "zlib", "rowsperstrip": 5},
    "tiled": {"tile": (16, 16)},
    "big endian": {"byteorder": ">"},
    "BigTIFF": {"bigtiff": True},
    "OME": {"ome": True},
    "ImageJ": {"imagej": True},
}


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_pixels_come_back_as_they_were_written(tmp_path, options):
    tifffile.imwrite(tmp_path / "plane.tif", PLANE, **options)
    pixels = read_grey(tmp_path / "plane.tif")
    assert pixels.dtype == np.uint16
    assert pixels.dtype.isnative
    assert np.array_equal(pixels, PLANE)


@pytest.mark.parametrize("axes", ["TCZYX", "CYX", "ZYX"])
@pytest.mark.parametrize("size", [(24, 32), (1, 32), (24, 1)])
def test_axes_of_length_1_are_dropped_and_no_others(tmp_path, axes, size):
    plane = PLANE[: size[0], : size[1]]
    stored = plane.reshape((1,) * (len(axes) - 2) + plane.shape)
    tifffile.imwrite(tmp_path / "plane.ome.tif", stored, ome=True, metadata={"axes": axes})
    assert np.array_equal(read_tiff(tmp_path / "plane.ome.tif"), plane)


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_deflate", "packbits"])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_compressions_that_microscopes_write(tmp_path, compression, kind):
    Image.fromarray(PLANE.astype(kind)).save(tmp_path / "plane.tif", compression=compression)
    assert np.array_equal(read_grey(tmp_path / "plane.tif"), PLANE.astype(kind))


@pytest.mark.parametrize(
    ("axes", "shape", "message"),
    [
        ("CYX", (2, 8, 8), "holds 2 channels (axes CYX), but one grey plane is needed; choose one channel and save it"),
        ("ZYX", (3, 8, 8), "holds 3 z planes (axes ZYX), but one grey plane is needed; choose one z plane"),
        ("TYX", (4, 8, 8), "holds 4 time points (axes TYX), but one grey plane is needed; choose one time point"),
        ("CZYX", (1, 3, 8, 8), "holds 3 z planes (axes"),
    ],
)
def test_an_ome_tiff_of_several_planes_says_what_to_choose(tmp_path, axes, shape, message):
    path = tmp_path / "stack.ome.tif"
    tifffile.imwrite(path, np.zeros(shape, np.uint16), ome=True, metadata={"axes": axes}, photometric="minisblack")
    with pytest.raises(FreqbenchError) as caught:
        read_grey(path)
    assert str(caught.value).startswith(f"{path}: {message}")


def test_pages_without_names(tmp_path):
    path = tmp_path / "pages.tif"
    tifffile.imwrite(path, np.zeros((2, 8, 8), np.uint16), metadata=None, photometric="minisblack")
    with pytest.raises(FreqbenchError, match=r"pages\.tif: holds 2 pages \(axes .*choose one page"):
        read_grey(path)


def test_two_images_of_different_size(tmp_path):
    path = tmp_path / "two.tif"
    with tifffile.TiffWriter(path) as writer:
        writer.write(PLANE)
        writer.write(PLANE[:10])
    with pytest.raises(FreqbenchError, match=r"two\.tif: holds 2 images; save the one"):
        read_grey(path)


def test_colour_and_swapped_black(tmp_path):
    tifffile.imwrite(tmp_path / "rgb.tif", np.zeros((8, 8, 3), np.uint8), photometric="rgb")
    with pytest.raises(FreqbenchError, match=r"rgb\.tif: image mode is RGB, but grey is needed"):
        read_grey(tmp_path / "rgb.tif")
    Image.new("P", (8, 8)).save(tmp_path / "palette.tif")
    with pytest.raises(FreqbenchError, match=r"palette\.tif: image mode is PALETTE, but grey is needed"):
        read_grey(tmp_path / "palette.tif")
    tifffile.imwrite(tmp_path / "white.tif", PLANE, photometric="miniswhite")
    with pytest.raises(FreqbenchError, match=r"white\.tif: stores white as 0"):
        read_grey(tmp_path / "white.tif")


def test_missing_and_not_a_tiff(tmp_path):
    with pytest.raises(FreqbenchError, match=r"absent\.tif: image is missing"):
        read_grey(tmp_path / "absent.tif")
    for content in (b"", b"<html>404</html>"):
        (tmp_path / "text.TIFF").write_bytes(content)
        with pytest.raises(FreqbenchError, match=r"text\.TIFF: not an image file, or truncated"):
            read_grey(tmp_path / "text.TIFF")


@pytest.mark.parametrize("options", [OPTIONS[name] for name in ("plain", "zlib in strips", "tiled", "ImageJ")])
@given(share=st.floats(0, 0.99))
def test_a_truncated_file_is_refused_in_silence(tmp_path_factory, options, share):
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, PLANE, **options)
    path = tmp_path_factory.getbasetemp() / "truncated.tif"
    path.write_bytes(buffer.getvalue()[: int(share * len(buffer.getvalue()))])
    with pytest.raises(FreqbenchError, match=r"truncated\.tif: (image is truncated|not an image file)"):
        read_grey(path)


@pytest.mark.mirror
def test_a_real_plane_of_bbbc006():
    path = Path(os.environ.get(MIRROR_VARIABLE, "nowhere")) / "data" / "bbbc006" / "z00_a01_s1_w1.tif"
    if not path.is_file():
        pytest.skip(f"{MIRROR_VARIABLE} names no folder with data/bbbc006")
    pixels = read_grey(path)
    assert pixels.shape == (520, 696)
    assert pixels.dtype == np.uint16
    assert pixels.max() > 255
