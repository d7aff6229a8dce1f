"""Images are read as they are, or refused by name."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from freqbench.data.image_files import bit_depth_of, read_grey, to_unit_range, write_png
from freqbench.errors import FreqbenchError

RAMP = {
    np.uint8: np.arange(256, dtype=np.uint8).reshape(8, 32),
    np.uint16: np.arange(0, 65536, 257, dtype=np.uint16).reshape(8, 32),
}


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_read_without_any_scaling(tmp_path, save, kind, suffix):
    pixels = read_grey(save(tmp_path / f"ramp.{suffix}", RAMP[kind]))
    assert pixels.dtype == kind
    assert np.array_equal(pixels, RAMP[kind])


def test_big_endian_tiff_is_read_in_native_order(tmp_path):
    image = Image.frombytes("I;16B", (32, 8), RAMP[np.uint16].astype(">u2").tobytes())
    image.save(tmp_path / "big.tif")
    pixels = read_grey(tmp_path / "big.tif")
    assert pixels.dtype == np.uint16
    assert pixels.dtype.isnative
    assert np.array_equal(pixels, RAMP[np.uint16])


@pytest.mark.parametrize(("mode", "suffix"), [(mode, "png") for mode in ("RGB", "RGBA", "P", "1")])
def test_other_modes_are_refused(tmp_path, mode, suffix):
    path = tmp_path / f"image.{suffix}"
    Image.new(mode, (8, 8)).save(path)
    with pytest.raises(FreqbenchError, match=f"{path}: image mode is {mode}, but grey of 8 or 16 bits is needed"):
        read_grey(path)


def test_missing_and_not_an_image(tmp_path):
    with pytest.raises(FreqbenchError, match=r"absent\.png: image is missing"):
        read_grey(tmp_path / "absent.png")
    for content in (b"", b"<html>404</html>"):
        (tmp_path / "text.png").write_bytes(content)
        with pytest.raises(FreqbenchError, match=r"text\.png: not an image file"):
            read_grey(tmp_path / "text.png")


@given(share=st.floats(0, 0.9))
def test_a_truncated_image_is_refused(tmp_path_factory, share):
    buffer = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (32, 32), dtype=np.uint8)).save(buffer, format="PNG")
    path = tmp_path_factory.getbasetemp() / "truncated.png"
    path.write_bytes(buffer.getvalue()[: int(share * len(buffer.getvalue()))])
    with pytest.raises(FreqbenchError, match=r"truncated\.png: (image is truncated or corrupt|not an image file)"):
        read_grey(path)


@given(pixels=arrays(np.uint8, st.tuples(st.integers(1, 20), st.integers(1, 20))))
def test_written_image_is_read_again(tmp_path_factory, pixels):
    path = tmp_path_factory.getbasetemp() / "written.png"
    write_png(path, pixels)
    assert np.array_equal(read_grey(path), pixels)


@pytest.mark.parametrize(("kind", "bits"), [(np.uint8, 8), (np.uint16, 16)])
def test_scaled_by_the_depth_and_never_by_the_image(kind, bits):
    top = 2**bits - 1
    values = to_unit_range(np.array([[0, 1, top // 3, top]], dtype=kind))
    assert values.dtype == np.float32
    assert np.allclose(values, [[0, 1 / top, 1 / 3, 1]], rtol=1e-6, atol=0)
    assert values.max() == 1.0
    assert to_unit_range(np.array([[1]], dtype=kind))[0, 0] == np.float32(1 / top)
    assert bit_depth_of(np.zeros((1, 1), dtype=kind)) == bits
